//! HTTP in and out, for programs.

use crate::{
    gather::Gather,
    incident::{IncidentPage, IncidentView},
};
use aetherius_contracts::endpoint::READERS;
use aetherius_rpc::{Caller, Json, Problem, Query, context::Trace};
use axum::{
    Router,
    extract::{Path, State},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

const LIMIT_DEFAULT: u32 = 50;

pub(crate) fn router(gather: Arc<Gather>) -> Router {
    endpoints().with_state(gather).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Gather>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9A-Za-z_-]{0,128}$")]
    #[serde(default)]
    after: String,
}

/// The incidents, newest first.
#[utoipa::path(
    get,
    path = "/v1/incidents",
    params(ListQuery),
    responses((status = 200, body = IncidentPage)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn list(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Query(query): Query<ListQuery>,
) -> Result<Json<IncidentPage>, Problem> {
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    gather.list(&caller, trace, limit, &query.after).await.map(Json)
}

/// One incident: its task and what the other services know about it.
#[utoipa::path(
    get,
    path = "/v1/incidents/{task_id}",
    params(("task_id" = String, Path, description = "the task")),
    responses((status = 200, body = IncidentView)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn one(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Path(task_id): Path<String>,
) -> Result<Json<IncidentView>, Problem> {
    gather.one(&caller, trace, &task_id).await.map(|incident| Json(incident.into()))
}
