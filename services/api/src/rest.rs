//! HTTP in and out, for programs.

use crate::{
    gather::Gather,
    incident::{IncidentPage, IncidentView},
};
use aetherius_rpc::{Caller, Json, Problem, Query, context::Trace};
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use serde::Deserialize;
use std::sync::Arc;

const LIMIT_DEFAULT: u32 = 50;

pub(crate) fn router(gather: Arc<Gather>) -> Router {
    Router::new()
        .route("/v1/incidents", get(list))
        .route("/v1/incidents/{task_id}", get(one))
        .with_state(gather)
}

#[derive(Deserialize)]
struct ListQuery {
    limit: Option<u32>,
    #[serde(default)]
    after: String,
}

async fn list(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Query(query): Query<ListQuery>,
) -> Result<Json<IncidentPage>, Problem> {
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    gather.list(&caller, trace, limit, &query.after).await.map(Json)
}

async fn one(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Path(task_id): Path<String>,
) -> Result<Json<IncidentView>, Problem> {
    gather.one(&caller, trace, &task_id).await.map(|incident| Json(incident.into()))
}
