//! HTTP in and out: the seed's `/tasks…` and `/queue/status` under `/v1`.

mod incidents;

use crate::{
    Inner,
    store::{self, Filter, StoredTask},
};
use aetherius_bus::Context;
use aetherius_contracts::{
    endpoint::{READERS, WRITERS, refused},
    events::StandardEvent,
    incidents::Act,
    tasks::{DiagnosticTask, QueueStatus, TaskPage, TaskStatus},
};
use aetherius_rpc::{
    Caller, Code, Json, Problem, Query,
    context::{IdempotencyKey, Lane, Trace},
};
use aetherius_store::{StoreError, Urgency};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post, put},
};
use serde::Deserialize;
use std::sync::Arc;

const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/v1/tasks", get(list).post(create))
        .route("/v1/tasks/{id}", get(one))
        .route("/v1/tasks/{id}/cancel", put(cancel))
        .route("/v1/tasks/{id}/retry", post(retry))
        .route("/v1/queue/status", get(queue))
        .merge(incidents::router())
        .with_state(inner)
}

async fn create(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Trace(trace): Trace,
    Lane(lane): Lane,
    Json(event): Json<StandardEvent>,
) -> Result<(StatusCode, Json<DiagnosticTask>), Problem> {
    caller.require(WRITERS)?;
    let context = Context { project_id: caller.project.clone(), lane, trace };
    let config = inner.config.clone();
    let task = inner
        .store
        .write(Urgency::Acknowledgement, move |tx| {
            let id = store::create(tx, event, &context, &config)?;
            store::get(tx, &context.project_id, &id)?.ok_or(StoreError::NotFound)
        })
        .await
        .map_err(|error| match error {
            // The event's id is taken by an event of another project.
            StoreError::NotFound => Problem::new(Code::Conflict, "this event already has a task"),
            other => refused(other),
        })?;
    Ok((StatusCode::CREATED, Json(task.task)))
}

async fn one(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<DiagnosticTask>, Problem> {
    caller.require(READERS)?;
    Ok(Json(find(&inner, &caller, id).await?.task))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParams {
    status: Option<String>,
    namespace: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
}

async fn list(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<TaskPage>, Problem> {
    caller.require(READERS)?;
    let limit = params.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let status = params.status.filter(|word| !word.is_empty()).map(|word| {
        TaskStatus::from_word(&word).ok_or_else(|| {
            Problem::new(Code::InvalidParameter, format!("`status`: there is no state `{word}`"))
        })
    });
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = Filter {
        status: status.transpose()?,
        namespace: given(params.namespace),
        after: given(params.after),
    };
    // One more than asked for tells whether there is a next page.
    let found = inner.store.read(move |tx| store::list(tx, &caller.project, &filter, limit + 1)).await;
    let mut items = found.map_err(refused)?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    for task in &mut items {
        // A list is for choosing; the outputs are with the single task.
        if let Some(result) = &mut task.result {
            result.steps.clear();
        }
    }
    let next = items.last().filter(|_| more).map(|task| task.id.clone());
    Ok(Json(TaskPage { items, next }))
}

async fn cancel(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Result<Json<DiagnosticTask>, Problem> {
    incidents::act(&inner, &caller, key, &id, Act::Cancel).await?;
    Ok(Json(find(&inner, &caller, id).await?.task))
}

async fn retry(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Result<Json<DiagnosticTask>, Problem> {
    incidents::act(&inner, &caller, key, &id, Act::Retry).await?;
    inner.work.notify_one();
    Ok(Json(find(&inner, &caller, id).await?.task))
}

async fn queue(State(inner): State<Arc<Inner>>, caller: Caller) -> Result<Json<QueueStatus>, Problem> {
    caller.require(READERS)?;
    let workers = inner.config.workers;
    inner.store.read(move |tx| store::queue(tx, workers)).await.map(Json).map_err(refused)
}

async fn find(inner: &Inner, caller: &Caller, id: String) -> Result<StoredTask, Problem> {
    let (project, wanted) = (caller.project.clone(), id.clone());
    let found = inner.store.read(move |tx| store::get(tx, &project, &wanted)).await.map_err(refused)?;
    found.ok_or_else(|| no_task(&id))
}

fn no_task(id: &str) -> Problem {
    Problem::not_found("task", id)
}
