//! Silences, and how events stand.

use super::State;
use crate::silence::{self, Asker};
use aetherius_bus::Context;
use aetherius_contracts::{
    endpoint::{READERS, WRITERS, page_limit, refused},
    events::{EventStanding, Silence, SilencePage, SilenceRequest, StandingRequest},
};
use aetherius_rpc::{
    Caller, Code, Json, Problem, Query,
    context::{IdempotencyKey, Lane, Trace},
    openapi::IdempotencyKeyParam,
};
use aetherius_store::{StoreError, Urgency};
use axum::extract::{self, Path};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// 30 days: what is silent for longer is better not sent.
const MINUTES_MAX: u32 = 43_200;
const REASON_CHARS_MAX: usize = 500;
const KEY_BYTES_MAX: usize = 200;
const EVENTS_MAX: usize = 200;
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

pub(super) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(standing))
        .routes(routes!(of_event))
        .routes(routes!(begin, end))
}

type Shared = extract::State<Arc<State>>;

/// Who asks, from the parts of a request.
type Parts = (Caller, Trace, Lane, IdempotencyKey);

fn asker((caller, Trace(trace), Lane(lane), IdempotencyKey(key)): Parts) -> Result<Asker, Problem> {
    caller.require(WRITERS)?;
    if key.as_ref().is_some_and(|key| key.len() > KEY_BYTES_MAX) {
        let detail = format!("`Idempotency-Key` may have {KEY_BYTES_MAX} bytes");
        return Err(Problem::new(Code::InvalidParameter, detail));
    }
    let context = Context { project_id: caller.project, lane, trace };
    Ok(Asker { context, name: caller.name, idempotency_key: key })
}

/// For some minutes, events with the fingerprint of this one are stored and counted and make no task.
#[utoipa::path(
    put,
    path = "/v1/events/{id}/silence",
    operation_id = "silence",
    params(("id" = String, Path, description = "the event"), IdempotencyKeyParam),
    request_body(content = SilenceRequest, example = json!({"minutes": 60, "reason": "the node is being replaced"})),
    responses((status = 200, body = Silence), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn begin(
    extract::State(state): Shared,
    Path(id): Path<String>,
    parts: Parts,
    Json(request): Json<SilenceRequest>,
) -> Result<Json<Silence>, Problem> {
    let asker = asker(parts)?;
    if !(1..=MINUTES_MAX).contains(&request.minutes) {
        return Err(Problem::new(Code::InvalidBody, format!("`minutes`: must be from 1 to {MINUTES_MAX}")));
    }
    if request.reason.chars().nth(REASON_CHARS_MAX).is_some() {
        return Err(Problem::new(
            Code::InvalidBody,
            format!("`reason`: at most {REASON_CHARS_MAX} characters"),
        ));
    }
    let wanted = id.clone();
    let begun = state.store.write(Urgency::Acknowledgement, move |tx| {
        silence::begin(tx, &asker, &wanted, &request, Timestamp::now())
    });
    begun.await.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("event", &id))
}

/// Ends the silence before its time; `null` when there was none.
#[utoipa::path(
    delete,
    path = "/v1/events/{id}/silence",
    operation_id = "end_silence",
    params(("id" = String, Path, description = "the event"), IdempotencyKeyParam),
    responses((status = 200, body = Option<Silence>), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn end(
    extract::State(state): Shared,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Json<Option<Silence>>, Problem> {
    let asker = asker(parts)?;
    let wanted = id.clone();
    let ended = state
        .store
        .write(Urgency::Acknowledgement, move |tx| silence::end(tx, &asker, &wanted, Timestamp::now()));
    ended.await.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("event", &id))
}

/// All silences of the event's fingerprint, those that have ended too.
#[utoipa::path(
    get,
    path = "/v1/events/{id}/silences",
    operation_id = "silences_of_event",
    params(("id" = String, Path, description = "the event")),
    responses((status = 200, body = Vec<Silence>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn of_event(
    extract::State(state): Shared,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Vec<Silence>>, Problem> {
    caller.require(READERS)?;
    let wanted = id.clone();
    let found = state.store.read(move |tx| silence::of_event(tx, &caller.project, &wanted)).await;
    found.map_err(refused)?.map(Json).ok_or_else(|| Problem::not_found("event", &id))
}

/// How often events came again, and until when they are silenced.
#[utoipa::path(
    post,
    path = "/v1/events/standing",
    request_body(content = StandingRequest, example = json!({"event_ids": ["01990000-0000-7000-8000-000000000000"]})),
    responses((status = 200, body = Vec<EventStanding>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn standing(
    extract::State(state): Shared,
    caller: Caller,
    Json(StandingRequest { event_ids }): Json<StandingRequest>,
) -> Result<Json<Vec<EventStanding>>, Problem> {
    caller.require(READERS)?;
    if event_ids.len() > EVENTS_MAX {
        return Err(Problem::new(Code::InvalidBody, format!("`event_ids`: at most {EVENTS_MAX}")));
    }
    let read = move |tx: &aetherius_store::Tx<'_>| {
        silence::standing(tx, &caller.project, &event_ids, Timestamp::now())
    };
    state.store.read(read).await.map(Json).map_err(|error: StoreError| refused(error))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[serde(default)]
    after: String,
}

/// The silences that hold, newest first.
#[utoipa::path(
    get,
    path = "/v1/silences",
    operation_id = "silences",
    params(ListParams),
    responses((status = 200, body = SilencePage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    extract::State(state): Shared,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> Result<Json<SilencePage>, Problem> {
    caller.require(READERS)?;
    let limit = page_limit(params.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let read = move |tx: &aetherius_store::Tx<'_>| {
        silence::list(tx, &caller.project, &params.after, limit, Timestamp::now())
    };
    state.store.read(read).await.map(Json).map_err(|error: StoreError| refused(error))
}
