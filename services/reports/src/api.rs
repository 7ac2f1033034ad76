//! HTTP in and out.

use crate::{
    Document, ReportPage, html, markdown,
    metrics::ReportMetrics,
    store::{self, Filter, Key},
};
use aetherius_contracts::endpoint::{READERS, page_limit, refused};
use aetherius_rpc::{Caller, Json, Problem, Query};
use aetherius_store::{Store, Urgency};
use axum::{
    Router,
    extract::{self, Path},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) metrics: ReportMetrics,
}

/// Who may put them away.
const KEEPERS: &[&str] = &["operator", "admin", "service"];
const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(render))
        .routes(routes!(archive))
        .routes(routes!(of_task))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Also those that were put away.
    #[serde(default)]
    archived: bool,
}

/// The reports, newest first.
#[utoipa::path(
    get,
    path = "/v1/reports",
    params(ListQuery),
    responses((status = 200, body = ReportPage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ReportPage>, Problem> {
    caller.require(READERS)?;
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let after = query.after.filter(|after| !after.is_empty());
    let filter = Filter { project_id: caller.project, archived_too: query.archived, after, limit };
    state.store.read(move |tx| store::list(tx, &filter)).await.map(Json).map_err(refused)
}

/// One report.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}",
    params(("id" = String, Path, description = "the report")),
    responses((status = 200, body = Document)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Document>, Problem> {
    find(&state, &caller, Key::Report(id)).await.map(Json)
}

/// The report on a task; 404 while there is none.
#[utoipa::path(
    get,
    path = "/v1/tasks/{task_id}/report",
    params(("task_id" = String, Path, description = "the task")),
    responses((status = 200, body = Document)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn of_task(
    extract::State(state): extract::State<Arc<State>>,
    Path(task_id): Path<String>,
    caller: Caller,
) -> Result<Json<Document>, Problem> {
    find(&state, &caller, Key::Task(task_id)).await.map(Json)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RenderQuery {
    /// `markdown` if absent.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Markdown,
    Html,
    Json,
}

/// A report for people.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}/render",
    params(("id" = String, Path, description = "the report"), RenderQuery),
    responses((status = 200, description = "in the form that was asked for", content((String = "text/markdown"), (String = "text/html"), (Document = "application/json")))),
    extensions(("x-roles" = json!(READERS))),
)]
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

/// Puts a report away: lists show it no longer.
#[utoipa::path(
    post,
    path = "/v1/reports/{id}/archive",
    params(("id" = String, Path, description = "the report")),
    responses((status = 200, body = Document), (status = 507)),
    extensions(("x-roles" = json!(KEEPERS))),
)]
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
