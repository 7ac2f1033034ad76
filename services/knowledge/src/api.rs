//! HTTP in and out: the seed's `/knowledge…` and `/search` under `/v1`.

use crate::{Config, store};
use aetherius_contracts::endpoint::{READERS, WRITERS, page_limit, refused};
use aetherius_contracts::knowledge::{KnowledgeEntry, KnowledgeMatch, SearchQuery};
use aetherius_rpc::{Caller, Code, Json, Problem, Query};
use aetherius_store::{Store, Urgency};
use axum::{
    Router,
    extract::{self, Path},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) store: Store,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, replace, remove))
        .routes(routes!(search))
}

/// Adds an entry; what the service sets by itself is overwritten.
#[utoipa::path(
    post,
    path = "/v1/knowledge",
    request_body(content = KnowledgeEntry, example = json!({"title": "Images from the old registry", "content": "The registry moved to registry.example; change the reference.", "category": "runbook", "tags": ["image"]})),
    responses((status = 201, body = KnowledgeEntry), (status = 409, description = "the project has as many entries as it may"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn add(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Json(mut entry): Json<KnowledgeEntry>,
) -> Result<(StatusCode, Json<KnowledgeEntry>), Problem> {
    caller.require(WRITERS)?;
    check(&entry)?;
    entry.id = uuid::Uuid::now_v7().to_string();
    (entry.created_at, entry.updated_at) = (Timestamp::now(), Timestamp::now());
    let (stored, most) = (entry.clone(), state.config.entries_max);
    let room = state
        .store
        .write(Urgency::Work, move |tx| {
            let room = store::count(tx, &caller.project)? < most;
            if room {
                store::put(tx, &caller.project, &stored)?;
            }
            Ok(room)
        })
        .await;
    if room.map_err(refused)? {
        return Ok((StatusCode::CREATED, Json(entry)));
    }
    let detail = format!(
        "the project has {most} entries, as many as `services.knowledge.entries_max` allows; delete some"
    );
    Err(Problem::new(Code::Conflict, detail))
}

/// Puts an entry in the place of another.
#[utoipa::path(
    put,
    path = "/v1/knowledge/{id}",
    params(("id" = String, Path, description = "the entry")),
    request_body(content = KnowledgeEntry, example = json!({"title": "Images from the old registry", "content": "Change the reference, then roll out again.", "confidence": 0.9})),
    responses((status = 200, body = KnowledgeEntry), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn replace(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(mut entry): Json<KnowledgeEntry>,
) -> Result<Json<KnowledgeEntry>, Problem> {
    caller.require(WRITERS)?;
    check(&entry)?;
    entry.id.clone_from(&id);
    entry.updated_at = Timestamp::now();
    let stored = state
        .store
        .write(Urgency::Work, move |tx| {
            let Some(before) = store::get(tx, &caller.project, &entry.id)? else {
                return Ok(None);
            };
            entry.created_at = before.created_at;
            store::put(tx, &caller.project, &entry)?;
            Ok(Some(entry))
        })
        .await;
    stored.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("entry", &id))
}

/// One entry.
#[utoipa::path(
    get,
    path = "/v1/knowledge/{id}",
    params(("id" = String, Path, description = "the entry")),
    responses((status = 200, body = KnowledgeEntry)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<KnowledgeEntry>, Problem> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found = state.store.read(move |tx| store::get(tx, &caller.project, &wanted)).await;
    found.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("entry", &id))
}

/// Deletes an entry.
#[utoipa::path(
    delete,
    path = "/v1/knowledge/{id}",
    params(("id" = String, Path, description = "the entry")),
    responses((status = 204), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn remove(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.require(WRITERS)?;
    let wanted = id.clone();
    let removed =
        state.store.write(Urgency::Work, move |tx| store::delete(tx, &caller.project, &wanted)).await;
    if removed.map_err(refused)? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("entry", &id)) }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// The `next` of the page before.
    #[serde(default)]
    after: String,
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
struct EntryPage {
    /// In the order of their ids.
    items: Vec<KnowledgeEntry>,
    /// Give it as `after` for the next page; absent on the last.
    next: Option<String>,
}

/// The entries, a page at a time.
#[utoipa::path(
    get,
    path = "/v1/knowledge",
    params(ListParams),
    responses((status = 200, body = EntryPage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<EntryPage>, Problem> {
    caller.require(READERS)?;
    let limit = page_limit(params.limit, 50, 200)?;
    let found = state.store.read(move |tx| store::list(tx, &caller.project, &params.after, limit + 1)).await;
    let mut items = found.map_err(refused)?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(Json(EntryPage { items, next }))
}

/// The entries most like a text, best first.
#[utoipa::path(
    post,
    path = "/v1/search",
    request_body(content = SearchQuery, example = json!({"text": "pods cannot pull their image", "top_k": 3, "threshold": 0.2})),
    responses((status = 200, body = Vec<KnowledgeMatch>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn search(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Json(query): Json<SearchQuery>,
) -> Result<Json<Vec<KnowledgeMatch>>, Problem> {
    caller.require(READERS)?;
    if !(1..=50).contains(&query.top_k) || !(0.0..=1.0).contains(&query.threshold) {
        return Err(Problem::new(
            Code::InvalidBody,
            "`top_k` must be from 1 to 50 and `threshold` from 0 to 1",
        ));
    }
    state.store.read(move |tx| store::search(tx, &caller.project, &query)).await.map(Json).map_err(refused)
}

fn check(entry: &KnowledgeEntry) -> Result<(), Problem> {
    if entry.title.trim().is_empty() {
        return Err(Problem::new(Code::InvalidBody, "`title`: must not be empty"));
    }
    if (0.0..=1.0).contains(&entry.confidence) {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidBody, "`confidence`: must be from 0 to 1"))
}
