//! HTTP in and out.

use crate::{
    Document, ReportPage, html, markdown,
    metrics::ReportMetrics,
    store::{self, Filter, Key},
};
use aetherius_contracts::endpoint::{READERS, refused};
use aetherius_rpc::{Caller, Code, Json, Problem, Query};
use aetherius_store::{Store, Urgency};
use axum::{
    Router,
    extract::{self, Path},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) metrics: ReportMetrics,
}

/// Who may put them away.
const KEEPERS: &[&str] = &["operator", "admin", "service"];
const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/reports", get(list))
        .route("/v1/reports/{id}", get(one))
        .route("/v1/reports/{id}/render", get(render))
        .route("/v1/reports/{id}/archive", post(archive))
        .route("/v1/tasks/{task_id}/report", get(of_task))
        .with_state(state)
}

#[derive(Deserialize)]
struct ListQuery {
    limit: Option<u32>,
    after: Option<String>,
    /// Also those that were put away.
    #[serde(default)]
    archived: bool,
}

async fn list(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ReportPage>, Problem> {
    caller.require(READERS)?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    if limit == 0 || limit > LIMIT_MAX {
        return Err(Problem::new(Code::InvalidParameter, format!("`limit` must be from 1 to {LIMIT_MAX}")));
    }
    let after = query.after.filter(|after| !after.is_empty());
    let filter = Filter { project_id: caller.project, archived_too: query.archived, after, limit };
    state.store.read(move |tx| store::list(tx, &filter)).await.map(Json).map_err(refused)
}

async fn one(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Document>, Problem> {
    find(&state, &caller, Key::Report(id)).await.map(Json)
}

async fn of_task(
    extract::State(state): extract::State<Arc<State>>,
    Path(task_id): Path<String>,
    caller: Caller,
) -> Result<Json<Document>, Problem> {
    find(&state, &caller, Key::Task(task_id)).await.map(Json)
}

#[derive(Deserialize)]
struct RenderQuery {
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    #[serde(alias = "")]
    Markdown,
    Html,
    Json,
}

async fn render(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
    Query(query): Query<RenderQuery>,
) -> Result<Response, Problem> {
    let document = find(&state, &caller, Key::Report(id)).await?;
    let (content_type, body) = match query.format {
        Format::Markdown => ("text/markdown; charset=utf-8", markdown::render(&document)),
        Format::Html => ("text/html; charset=utf-8", html::render(&document)),
        Format::Json => {
            let body = serde_json::to_string_pretty(&document).map_err(|error| Problem::internal(&error))?;
            ("application/json", body)
        }
    };
    // The policy also goes with what no browser should take for a page.
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, html::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, body).into_response())
}

async fn archive(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Document>, Problem> {
    caller.require(KEEPERS)?;
    let (project, wanted) = (caller.project.clone(), id.clone());
    let put_away =
        move |tx: &aetherius_store::Tx<'_>| store::archive(tx, &project, &wanted, Timestamp::now());
    state.store.write(Urgency::Acknowledgement, put_away).await.map_err(refused)?;
    find(&state, &caller, Key::Report(id)).await.map(Json)
}

async fn find(state: &State, caller: &Caller, key: Key) -> Result<Document, Problem> {
    caller.require(READERS)?;
    let (project, wanted) = (caller.project.clone(), key.clone());
    let found = state.store.read(move |tx| store::get(tx, &project, &wanted)).await.map_err(refused)?;
    found.ok_or_else(|| match &key {
        Key::Report(id) => Problem::not_found("report", id),
        Key::Task(id) => Problem::not_found("report on the task", id),
    })
}
