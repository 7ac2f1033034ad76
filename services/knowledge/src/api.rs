//! HTTP in and out: the seed's `/knowledge…` and `/search` under `/v1`.

use crate::{Config, store};
use aetherius_contracts::endpoint::{READERS, WRITERS, refused};
use aetherius_contracts::knowledge::{KnowledgeEntry, KnowledgeMatch, SearchQuery};
use aetherius_rpc::{Caller, Code, Json, Problem, Query};
use aetherius_store::{Store, Urgency};
use axum::{
    Router,
    extract::{self, Path},
    http::StatusCode,
    routing::{get, post},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) store: Store,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/knowledge", get(list).post(add))
        .route("/v1/knowledge/{id}", get(one).put(replace).delete(remove))
        .route("/v1/search", post(search))
        .with_state(state)
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParams {
    #[serde(default)]
    after: String,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct EntryPage {
    items: Vec<KnowledgeEntry>,
    next: Option<String>,
}

async fn list(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<EntryPage>, Problem> {
    caller.require(READERS)?;
    let limit = params.limit.unwrap_or(50).clamp(1, 200);
    let found = state.store.read(move |tx| store::list(tx, &caller.project, &params.after, limit + 1)).await;
    let mut items = found.map_err(refused)?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(Json(EntryPage { items, next }))
}

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
