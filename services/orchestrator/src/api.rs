//! HTTP in and out: the seed's `/tasks…` and `/queue/status` under `/v1`.

mod incidents;

use crate::{
    Inner,
    store::{self, Filter, StoredTask},
};
use aetherius_bus::Context;
use aetherius_contracts::{
    endpoint::{READERS, WRITERS, page_limit, refused},
    events::StandardEvent,
    incidents::Act,
    tasks::{DiagnosticTask, QueueStatus, TaskPage, TaskStatus},
};
use aetherius_rpc::{
    Caller, Code, Json, Problem, Query,
    context::{IdempotencyKey, Lane, Trace},
    openapi::IdempotencyKeyParam,
};
use aetherius_store::{StoreError, Urgency};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    endpoints().with_state(inner).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Inner>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one))
        .routes(routes!(cancel))
        .routes(routes!(retry))
        .routes(routes!(queue))
        .merge(incidents::endpoints())
}

/// A task from an event in its standard form; the same event again gives the same task.
#[utoipa::path(
    post,
    path = "/v1/tasks",
    request_body(content = StandardEvent, example = json!({"id": "01990000-0000-7000-8000-000000000000", "type": "alert", "source": "alertmanager", "timestamp": "2026-01-02T03:04:05Z", "cluster_id": "default", "namespace": "shop", "severity": "critical", "labels": {"alertname": "KubePodCrashLooping"}, "fingerprint": "4f1d"})),
    responses((status = 201, body = DiagnosticTask), (status = 409, description = "the event belongs to another project"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
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

/// One task with its steps.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}",
    params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = DiagnosticTask)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<DiagnosticTask>, Problem> {
    caller.require(READERS)?;
    Ok(Json(find(&inner, &caller, id).await?.task))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// Only those in this state.
    #[param(value_type = Option<TaskStatus>)]
    status: Option<String>,
    /// Only those about this namespace.
    namespace: Option<String>,
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The tasks, newest first, without the outputs of their steps.
#[utoipa::path(
    get,
    path = "/v1/tasks",
    params(ListParams),
    responses((status = 200, body = TaskPage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    State(inner): State<Arc<Inner>>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<TaskPage>, Problem> {
    caller.require(READERS)?;
    let limit = page_limit(params.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let status = params.status.map(|word| {
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

/// Ends a task.
#[utoipa::path(
    put,
    path = "/v1/tasks/{id}/cancel",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = DiagnosticTask), (status = 409, description = "it has ended"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn cancel(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Result<Json<DiagnosticTask>, Problem> {
    incidents::act(&inner, &caller, key, &id, Act::Cancel).await?;
    Ok(Json(find(&inner, &caller, id).await?.task))
}

/// Does a task that has ended once more, from the beginning.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/retry",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = DiagnosticTask), (status = 409, description = "it has not ended"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
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

/// How many tasks wait and are worked on.
#[utoipa::path(
    get,
    path = "/v1/queue/status",
    responses((status = 200, body = QueueStatus)),
    extensions(("x-roles" = json!(READERS))),
)]
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
