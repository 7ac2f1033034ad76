//! What people do with incidents. Each answer is the incident as it is then.

use crate::{
    gather::{Actor, Gather},
    incident::IncidentSummary,
};
use aetherius_contracts::{
    endpoint::WRITERS,
    events::SilenceRequest,
    incidents::{Act, Assignment, Feedback, NewComment},
};
use aetherius_rpc::{
    Caller, Json, Problem,
    context::{IdempotencyKey, Trace},
    openapi::IdempotencyKeyParam,
};
use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn endpoints() -> OpenApiRouter<Arc<Gather>> {
    OpenApiRouter::new()
        .routes(routes!(acknowledge, unacknowledge))
        .routes(routes!(assign))
        .routes(routes!(comment))
        .routes(routes!(silence, end_silence))
        .routes(routes!(judge))
        .routes(routes!(retry))
        .routes(routes!(cancel))
}

type Shared = State<Arc<Gather>>;
type Answer = Result<Json<IncidentSummary>, Problem>;

/// Who acts, from the headers of a request.
impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Ok(Trace(trace)) = Trace::from_request_parts(parts, state).await;
        let Ok(IdempotencyKey(idempotency_key)) = IdempotencyKey::from_request_parts(parts, state).await;
        Ok(Self { caller, trace, idempotency_key })
    }
}

/// Somebody cares for the incident: the caller.
#[utoipa::path(
    post,
    path = "/v1/incidents/{task_id}/acknowledge",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = IncidentSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn acknowledge(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Acknowledge).await.map(Json)
}

/// Nobody cares for it any more.
#[utoipa::path(
    delete,
    path = "/v1/incidents/{task_id}/acknowledge",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = IncidentSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn unacknowledge(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Unacknowledge).await.map(Json)
}

/// The incident becomes somebody's, or with `null` nobody's.
#[utoipa::path(
    put,
    path = "/v1/incidents/{task_id}/assignee",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = Assignment, example = json!({"assignee": "ada"})),
    responses((status = 200, body = IncidentSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn assign(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(assignment): Json<Assignment>,
) -> Answer {
    gather.act(actor, &id, &Act::Assign(assignment)).await.map(Json)
}

/// Writes something about the incident.
#[utoipa::path(
    post,
    path = "/v1/incidents/{task_id}/comments",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = NewComment, example = json!({"text": "the image was deleted by the nightly clean-up"})),
    responses((status = 200, body = IncidentSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn comment(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(comment): Json<NewComment>,
) -> Answer {
    gather.act(actor, &id, &Act::Comment(comment)).await.map(Json)
}

/// For some minutes, further alerts like this one are counted and make no incident.
#[utoipa::path(
    post,
    path = "/v1/incidents/{task_id}/silence",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = SilenceRequest, example = json!({"minutes": 60, "reason": "the node is being replaced"})),
    responses((status = 200, body = IncidentSummary), (status = 409, description = "its event has an id of its sender's, by which it cannot be silenced"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn silence(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(request): Json<SilenceRequest>,
) -> Answer {
    gather.silence(actor, &id, request).await.map(Json)
}

/// Lets further alerts like this one become incidents again.
#[utoipa::path(
    delete,
    path = "/v1/incidents/{task_id}/silence",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = IncidentSummary), (status = 409, description = "its event has an id of its sender's, by which it cannot be silenced"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn end_silence(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.end_silence(actor, &id).await.map(Json)
}

/// A person's word on the diagnosis: right, or wrong and what it was instead.
#[utoipa::path(
    put,
    path = "/v1/incidents/{task_id}/feedback",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    request_body(content = Feedback, example = json!({"verdict": "wrong", "cause": "dns_failure", "note": "the resolver was down"})),
    responses((status = 200, body = IncidentSummary), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn judge(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(feedback): Json<Feedback>,
) -> Answer {
    gather.act(actor, &id, &Act::Judge(feedback)).await.map(Json)
}

/// Does an incident that has ended once more, from the beginning.
#[utoipa::path(
    post,
    path = "/v1/incidents/{task_id}/retry",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = IncidentSummary), (status = 409, description = "it has not ended"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn retry(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Retry).await.map(Json)
}

/// Stops work on an incident.
#[utoipa::path(
    post,
    path = "/v1/incidents/{task_id}/cancel",
    params(("task_id" = String, Path, description = "the task"), IdempotencyKeyParam),
    responses((status = 200, body = IncidentSummary), (status = 409, description = "it has ended"), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn cancel(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Cancel).await.map(Json)
}
