//! HTTP in and out: the seed's endpoints under `/v1`.

use crate::{execute::Executor, gate::Tool, store};
use aetherius_bus::Context;
use aetherius_contracts::endpoint::{READERS, WRITERS, refused};
use aetherius_contracts::execution::{ClusterInfo, Command, StepRequest, StepResult, Verdict};
use aetherius_rpc::{
    Caller, Code, Json, Problem,
    context::{IdempotencyKey, Lane, Trace},
};
use axum::{
    Router,
    extract::{self, Path},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use std::sync::Arc;

pub(crate) struct State {
    pub(crate) executor: Executor,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/steps/execute", post(step))
        .route("/v1/commands/execute", post(command))
        .route("/v1/commands/validate", post(validate))
        .route("/v1/tools", get(tools))
        .route("/v1/clusters", get(clusters))
        .route("/v1/clusters/{id}", get(cluster))
        .route("/v1/outputs/{hash}", get(output))
        .with_state(state)
}

async fn step(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Trace(trace): Trace,
    Lane(lane): Lane,
    IdempotencyKey(key): IdempotencyKey,
    Json(request): Json<StepRequest>,
) -> Result<Json<StepResult>, Problem> {
    caller.require(WRITERS)?;
    check(&request.command)?;
    let key = key.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let context = Context { project_id: caller.project, lane, trace };
    state.executor.step(request, key, context).await.map(Json).map_err(refused)
}

async fn command(
    state: extract::State<Arc<State>>,
    caller: Caller,
    trace: Trace,
    lane: Lane,
    key: IdempotencyKey,
    Json(command): Json<Command>,
) -> Result<Json<StepResult>, Problem> {
    let request = StepRequest { task_id: String::new(), step_id: command.id.clone(), command };
    step(state, caller, trace, lane, key, Json(request)).await
}

async fn validate(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Json(command): Json<Command>,
) -> Result<Json<Verdict>, Problem> {
    caller.require(READERS)?;
    check(&command)?;
    Ok(Json(state.executor.verdict(&command)))
}

async fn tools(caller: Caller) -> Result<Json<Vec<&'static str>>, Problem> {
    caller.require(READERS)?;
    Ok(Json([Tool::Kubectl, Tool::Helm].into_iter().map(Tool::name).collect()))
}

async fn clusters(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
) -> Result<Json<Vec<ClusterInfo>>, Problem> {
    caller.require(READERS)?;
    Ok(Json(state.executor.clusters().collect()))
}

async fn cluster(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<ClusterInfo>, Problem> {
    caller.require(READERS)?;
    state.executor.cluster(&id).map(Json).ok_or_else(|| Problem::not_found("cluster", &id))
}

async fn output(
    extract::State(state): extract::State<Arc<State>>,
    Path(hash): Path<String>,
    caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    caller.require(READERS)?;
    let wanted = hash.clone();
    let found = state.executor.store().read(move |tx| store::output(tx, &caller.project, &wanted)).await;
    let body = found.map_err(refused)?.ok_or_else(|| Problem::not_found("output", &hash))?;
    Ok((
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")],
        body,
    ))
}

fn check(command: &Command) -> Result<(), Problem> {
    match command.timeout {
        Some(0 | 301..) => {
            Err(Problem::new(Code::InvalidBody, "`command.timeout`: must be from 1 to 300 seconds"))
        }
        _ => Ok(()),
    }
}
