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
use aetherius_rpc::{Caller, Code, Json, Problem, context::IdempotencyKey};
use aetherius_store::{StoreError, Urgency};
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post, put},
};
use jiff::Timestamp;
use std::sync::Arc;

const PAGE_DEFAULT: u32 = 50;
const COMMENT_CHARS_MAX: usize = 10_000;
const NAME_CHARS_MAX: usize = 200;
const WORDS_CHARS_MAX: usize = 200;
const NOTE_CHARS_MAX: usize = 4_000;
const KEY_BYTES_MAX: usize = 200;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/v1/tasks/summaries", post(summaries))
        .route("/v1/tasks/stats", get(numbers))
        .route("/v1/tasks/{id}/summary", get(one))
        .route("/v1/tasks/{id}/similar", get(similar))
        .route("/v1/tasks/{id}/notes", get(notes))
        .route("/v1/tasks/{id}/acknowledge", post(acknowledge).delete(unacknowledge))
        .route("/v1/tasks/{id}/assignee", put(assign))
        .route("/v1/tasks/{id}/comments", post(comment))
        .route("/v1/tasks/{id}/feedback", put(judge))
}

type Shared = State<Arc<Inner>>;
type Answer<T> = Result<Json<T>, Problem>;

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

async fn numbers(State(inner): Shared, caller: Caller) -> Answer<TaskStats> {
    caller.require(READERS)?;
    let stats = inner.store.read(move |tx| stats::stats(tx, &caller.project, Timestamp::now())).await;
    stats.map(Json).map_err(refused)
}

async fn one(State(inner): Shared, Path(id): Path<String>, caller: Caller) -> Answer<TaskSummary> {
    caller.require(READERS)?;
    look(&inner, &caller, &id).await.map(Json)
}

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

async fn notes(State(inner): Shared, Path(id): Path<String>, caller: Caller) -> Answer<TaskNotes> {
    caller.require(READERS)?;
    inner.store.read(move |tx| people::notes(tx, &caller.project, &id)).await.map(Json).map_err(refused)
}

async fn acknowledge(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Answer<TaskSummary> {
    done(&inner, &caller, key, &id, Act::Acknowledge).await
}

async fn unacknowledge(
    State(inner): Shared,
    Path(id): Path<String>,
    caller: Caller,
    key: IdempotencyKey,
) -> Answer<TaskSummary> {
    done(&inner, &caller, key, &id, Act::Unacknowledge).await
}

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
