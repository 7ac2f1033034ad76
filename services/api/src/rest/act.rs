//! What people do with incidents. Each answer is the incident as it is then.

use crate::{
    gather::{Actor, Gather},
    incident::IncidentSummary,
};
use aetherius_contracts::{
    events::SilenceRequest,
    incidents::{Act, Assignment, Feedback, NewComment},
};
use aetherius_rpc::{
    Caller, Json, Problem,
    context::{IdempotencyKey, Trace},
};
use axum::{
    Router,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
    routing::{post, put},
};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Gather>> {
    Router::new()
        .route("/v1/incidents/{task_id}/acknowledge", post(acknowledge).delete(unacknowledge))
        .route("/v1/incidents/{task_id}/assignee", put(assign))
        .route("/v1/incidents/{task_id}/comments", post(comment))
        .route("/v1/incidents/{task_id}/silence", post(silence).delete(end_silence))
        .route("/v1/incidents/{task_id}/feedback", put(judge))
        .route("/v1/incidents/{task_id}/retry", post(retry))
        .route("/v1/incidents/{task_id}/cancel", post(cancel))
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

async fn acknowledge(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Acknowledge).await.map(Json)
}

async fn unacknowledge(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Unacknowledge).await.map(Json)
}

async fn assign(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(assignment): Json<Assignment>,
) -> Answer {
    gather.act(actor, &id, &Act::Assign(assignment)).await.map(Json)
}

async fn comment(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(comment): Json<NewComment>,
) -> Answer {
    gather.act(actor, &id, &Act::Comment(comment)).await.map(Json)
}

async fn silence(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(request): Json<SilenceRequest>,
) -> Answer {
    gather.silence(actor, &id, request).await.map(Json)
}

async fn end_silence(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.end_silence(actor, &id).await.map(Json)
}

async fn judge(
    State(gather): Shared,
    Path(id): Path<String>,
    actor: Actor,
    Json(feedback): Json<Feedback>,
) -> Answer {
    gather.act(actor, &id, &Act::Judge(feedback)).await.map(Json)
}

async fn retry(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Retry).await.map(Json)
}

async fn cancel(State(gather): Shared, Path(id): Path<String>, actor: Actor) -> Answer {
    gather.act(actor, &id, &Act::Cancel).await.map(Json)
}
