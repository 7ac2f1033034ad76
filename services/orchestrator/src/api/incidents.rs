//! What lists ask for, and what people add.

use super::no_task;
use crate::{
    Inner,
    people::{self, ActError, Actor},
    stats, summary,
};
use aetherius_contracts::{
    endpoint::{READERS, WRITERS, refused},
    incidents::{
        Act, Assignment, Feedback, NewComment, PAGE_MAX, SummaryPage, TaskNotes, TaskQuery, TaskStats,
        TaskSummary,
    },
};
use aetherius_rpc::{Caller, Code, Json, Problem, context::IdempotencyKey, openapi::IdempotencyKeyParam};
use aetherius_store::{StoreError, Urgency};
use axum::extract::{Path, State};
use jiff::Timestamp;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

const PAGE_DEFAULT: u32 = 50;
const COMMENT_CHARS_MAX: usize = 10_000;
const NAME_CHARS_MAX: usize = 200;
const WORDS_CHARS_MAX: usize = 200;
const NOTE_CHARS_MAX: usize = 4_000;
const KEY_BYTES_MAX: usize = 200;

pub(super) fn endpoints() -> OpenApiRouter<Arc<Inner>> {
    OpenApiRouter::new()
        .routes(routes!(summaries))
        .routes(routes!(numbers))
        .routes(routes!(one))
        .routes(routes!(similar))
        .routes(routes!(notes))
        .routes(routes!(acknowledge, unacknowledge))
        .routes(routes!(assign))
        .routes(routes!(comment))
        .routes(routes!(judge))
}

type Shared = State<Arc<Inner>>;
type Answer<T> = Result<Json<T>, Problem>;

/// Tasks without events and outputs, newest first.
#[utoipa::path(
    post,
    path = "/v1/tasks/summaries",
    request_body(content = TaskQuery, example = json!({"statuses": ["failed", "completed"], "severities": ["critical"], "namespace": "shop", "limit": 20})),
    responses((status = 200, body = SummaryPage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn summaries(
    State(inner): Shared,
    caller: Caller,
    Json(query): Json<TaskQuery>,
) -> Answer<SummaryPage> {
    caller.require(READERS)?;
    let limit = if query.limit == 0 { PAGE_DEFAULT } else { query.limit };
    if limit > PAGE_MAX || query.ids.len() > PAGE_MAX as usize {
        let detail =
            format!("`limit` must be from 1 to {PAGE_MAX}, and there may be no more `ids` than that");
        return Err(Problem::new(Code::InvalidParameter, detail));
    }
    short_enough("words", query.words.as_deref().unwrap_or_default(), WORDS_CHARS_MAX)?;
    let page = inner.store.read(move |tx| summary::list(tx, &caller.project, &query, limit)).await;
    page.map(Json).map_err(refused)
}

/// How many tasks there are, and how many came in each of the last 48 half hours.
#[utoipa::path(
    get,
    path = "/v1/tasks/stats",
    operation_id = "stats",
    responses((status = 200, body = TaskStats)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn numbers(State(inner): Shared, caller: Caller) -> Answer<TaskStats> {
    caller.require(READERS)?;
    let stats = inner.store.read(move |tx| stats::stats(tx, &caller.project, Timestamp::now())).await;
    stats.map(Json).map_err(refused)
}

/// One task at a glance.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}/summary",
    operation_id = "summary",
    params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = TaskSummary)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(State(inner): Shared, Path(id): Path<String>, caller: Caller) -> Answer<TaskSummary> {
    caller.require(READERS)?;
    look(&inner, &caller, &id).await.map(Json)
}

/// Earlier tasks of the same alert or with the same root cause, newest first.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}/similar",
    params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = Vec<TaskSummary>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn similar(State(inner): Shared, Path(id): Path<String>, caller: Caller) -> Answer<Vec<TaskSummary>> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found = inner
        .store
        .read(move |tx| {
            let to = summary::get(tx, &caller.project, &wanted)?;
            to.map(|to| summary::similar(tx, &caller.project, &to)).transpose()
        })
        .await;
    found.map_err(|error: StoreError| refused(error))?.map(Json).ok_or_else(|| no_task(&id))
}

/// What people have written about a task and done with it.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}/notes",
    params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = TaskNotes)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn notes(State(inner): Shared, Path(id): Path<String>, caller: Caller) -> Answer<TaskNotes> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found = inner
        .store
        .read(move |tx| {
            let of = summary::get(tx, &caller.project, &wanted)?;
            of.map(|_| people::notes(tx, &caller.project, &wanted)).transpose()
        })
        .await;
    found.map_err(|error: StoreError| refused(error))?.map(Json).ok_or_else(|| no_task(&id))
}

/// Somebody cares: the caller.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/acknowledge",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = TaskSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn acknowledge(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Answer<TaskSummary> {
    done(&inner, &caller, key, &id, Act::Acknowledge).await
}

/// Nobody cares any more.
#[utoipa::path(
    delete,
    path = "/v1/tasks/{id}/acknowledge",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = TaskSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn unacknowledge(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Answer<TaskSummary> {
    done(&inner, &caller, key, &id, Act::Unacknowledge).await
}

/// The task becomes somebody's, or with `null` nobody's.
#[utoipa::path(
    put,
    path = "/v1/tasks/{id}/assignee",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = Assignment, example = json!({"assignee": "ada"})),
    responses((status = 200, body = TaskSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn assign(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
    Json(mut assignment): Json<Assignment>,
) -> Answer<TaskSummary> {
    // Nobody is called nothing.
    assignment.assignee = assignment.assignee.filter(|name| !name.trim().is_empty());
    short_enough("assignee", assignment.assignee.as_deref().unwrap_or_default(), NAME_CHARS_MAX)?;
    done(&inner, &caller, key, &id, Act::Assign(assignment)).await
}

/// Writes something about the task.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/comments",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = NewComment, example = json!({"text": "the image was deleted by the nightly clean-up"})),
    responses((status = 200, body = TaskSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn comment(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
    Json(comment): Json<NewComment>,
) -> Answer<TaskSummary> {
    if comment.text.trim().is_empty() {
        return Err(Problem::new(Code::InvalidBody, "`text`: write something"));
    }
    short_enough("text", &comment.text, COMMENT_CHARS_MAX)?;
    done(&inner, &caller, key, &id, Act::Comment(comment)).await
}

/// A person's word on the diagnosis.
#[utoipa::path(
    put,
    path = "/v1/tasks/{id}/feedback",
    params(("id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = Feedback, example = json!({"verdict": "right"})),
    responses((status = 200, body = TaskSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn judge(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
    Json(feedback): Json<Feedback>,
) -> Answer<TaskSummary> {
    short_enough("cause", feedback.cause.as_deref().unwrap_or_default(), NAME_CHARS_MAX)?;
    short_enough("note", feedback.note.as_deref().unwrap_or_default(), NOTE_CHARS_MAX)?;
    done(&inner, &caller, key, &id, Act::Judge(feedback)).await
}

/// Does it and says how the task stands then.
async fn done(
    inner: &Inner,
    caller: &Caller,
    key: IdempotencyKey,
    id: &str,
    act: Act,
) -> Answer<TaskSummary> {
    self::act(inner, caller, key, id, act).await?;
    look(inner, caller, id).await.map(Json)
}

/// Does what a person asks for, once for their key.
pub(super) async fn act(
    inner: &Inner,
    caller: &Caller,
    IdempotencyKey(key): IdempotencyKey,
    id: &str,
    act: Act,
) -> Result<(), Problem> {
    caller.require(WRITERS)?;
    if key.as_ref().is_some_and(|key| key.len() > KEY_BYTES_MAX) {
        let detail = format!("`Idempotency-Key` may have {KEY_BYTES_MAX} bytes");
        return Err(Problem::new(Code::InvalidParameter, detail));
    }
    let actor = Actor { project: caller.project.clone(), name: caller.name.clone(), idempotency_key: key };
    let wanted = id.to_owned();
    let done =
        inner.store.write(Urgency::Acknowledgement, move |tx| people::act(tx, &actor, &wanted, &act)).await;
    done.map_err(|error| match error {
        ActError::NoTask => no_task(id),
        ActError::Conflict(detail) => Problem::new(Code::Conflict, detail),
        ActError::Store(error) => refused(error),
    })
}

async fn look(inner: &Inner, caller: &Caller, id: &str) -> Result<TaskSummary, Problem> {
    let (project, wanted) = (caller.project.clone(), id.to_owned());
    let found = inner.store.read(move |tx| summary::get(tx, &project, &wanted)).await.map_err(refused)?;
    found.ok_or_else(|| no_task(id))
}

fn short_enough(name: &str, text: &str, chars_max: usize) -> Result<(), Problem> {
    if text.chars().nth(chars_max).is_none() {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidBody, format!("`{name}`: at most {chars_max} characters")))
}
