//! HTTP in and out.

use crate::{
    metrics::AuditMetrics,
    store::{self, Filter},
    verify,
};
use aetherius_contracts::audit::{AuditEvent, ChainStatus};
use aetherius_contracts::endpoint::{READERS, page_limit, refused};
use aetherius_rpc::{Caller, Json, Problem, Query};
use aetherius_store::Store;
use axum::{Router, extract};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) metrics: AuditMetrics,
}

const LIMIT_DEFAULT: u32 = 200;
const LIMIT_MAX: u32 = 1000;

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only links about this task or event.
    subject: Option<String>,
    /// How many at most; 200 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// The `seq` of the last link that the caller has.
    after: Option<i64>,
}

/// Links of the chain, oldest first.
#[utoipa::path(
    get,
    path = "/v1/audit",
    params(ListQuery),
    responses((status = 200, body = Vec<AuditEvent>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<AuditEvent>>, Problem> {
    caller.require(READERS)?;
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let filter =
        Filter { project_id: caller.project, subject: query.subject, after: query.after.unwrap_or(0), limit };
    state.store.read(move |tx| store::list(tx, &filter)).await.map(Json).map_err(refused)
}

/// Whether the chain holds.
///
/// The chain is one for all projects; what this tells of the others is no more than how many links there are.
#[utoipa::path(
    get,
    path = "/v1/audit/verify",
    responses((status = 200, body = ChainStatus)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn verify(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
) -> Result<Json<ChainStatus>, Problem> {
    caller.require(READERS)?;
    let status = verify::verify(&state.store).await.map_err(refused)?;
    state.metrics.broken_at.set(status.broken_at.unwrap_or(0));
    if let Some(seq) = status.broken_at {
        tracing::error!(seq, "the audit chain is broken: somebody changed or removed what was recorded");
    }
    Ok(Json(status))
}
