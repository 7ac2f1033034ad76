//! HTTP in and out: the seed's endpoints under `/v1`.

use crate::{execute::Executor, gate::Tool, store};
use aetherius_bus::Context;
use aetherius_contracts::endpoint::{READERS, WRITERS, refused};
use aetherius_contracts::execution::{ClusterInfo, Command, StepRequest, StepResult, Verdict};
use aetherius_rpc::{
    Caller, Code, Json, Problem, Query,
    context::{IdempotencyKey, Lane, Trace},
    openapi::IdempotencyKeyParam,
};
use axum::{
    Router,
    extract::{self, Path},
    http::header,
    response::IntoResponse,
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) struct State {
    pub(crate) executor: Executor,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    endpoints().with_state(state).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::new()
        .routes(routes!(step))
        .routes(routes!(steps))
        .routes(routes!(command))
        .routes(routes!(validate))
        .routes(routes!(tools))
        .routes(routes!(clusters))
        .routes(routes!(cluster))
        .routes(routes!(output))
}

/// Runs a step of a task: judged by the gate, run if it only reads, redacted. A denied command is a result too.
#[utoipa::path(
    post,
    path = "/v1/steps/execute",
    params(IdempotencyKeyParam),
    request_body(content = StepRequest, example = json!({"task_id": "01990000-0000-7000-8000-000000000000", "step_id": "step-1", "command": {"id": "step-1", "tool": "kubectl", "action": "get", "args": ["pods", "-o", "wide"], "namespace": "shop"}})),
    responses((status = 200, body = StepResult), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
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

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StepsQuery {
    /// The task.
    task_id: String,
}

/// The steps of a task that were executed so far, oldest first, at most 500. An output is asked for by its hash.
#[utoipa::path(
    get,
    path = "/v1/steps",
    params(StepsQuery),
    responses((status = 200, body = Vec<StepResult>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn steps(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Query(query): Query<StepsQuery>,
) -> Result<Json<Vec<StepResult>>, Problem> {
    caller.require(READERS)?;
    let read = state.executor.store().read(move |tx| store::steps(tx, &caller.project, &query.task_id)).await;
    read.map(Json).map_err(refused)
}

/// Runs one command of no task in the same way.
#[utoipa::path(
    post,
    path = "/v1/commands/execute",
    params(IdempotencyKeyParam),
    request_body(content = Command, example = json!({"id": "step-1", "tool": "kubectl", "action": "get", "args": ["pods", "-o", "wide"], "namespace": "shop"})),
    responses((status = 200, body = StepResult), (status = 507)),
    extensions(("x-roles" = json!(WRITERS))),
)]
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

/// The gate's word on a command, without running it.
#[utoipa::path(
    post,
    path = "/v1/commands/validate",
    request_body(content = Command, example = json!({"id": "step-1", "tool": "kubectl", "action": "get", "args": ["pods", "-o", "wide"], "namespace": "shop"})),
    responses((status = 200, body = Verdict)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn validate(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
    Json(command): Json<Command>,
) -> Result<Json<Verdict>, Problem> {
    caller.require(READERS)?;
    check(&command)?;
    Ok(Json(state.executor.verdict(&command)))
}

/// The tools that a command may name.
#[utoipa::path(
    get,
    path = "/v1/tools",
    responses((status = 200, body = Vec<String>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn tools(caller: Caller) -> Result<Json<Vec<&'static str>>, Problem> {
    caller.require(READERS)?;
    Ok(Json([Tool::Kubectl, Tool::Helm].into_iter().map(Tool::name).collect()))
}

/// The clusters that can be asked.
#[utoipa::path(
    get,
    path = "/v1/clusters",
    responses((status = 200, body = Vec<ClusterInfo>)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn clusters(
    extract::State(state): extract::State<Arc<State>>,
    caller: Caller,
) -> Result<Json<Vec<ClusterInfo>>, Problem> {
    caller.require(READERS)?;
    Ok(Json(state.executor.clusters().collect()))
}

/// One cluster.
#[utoipa::path(
    get,
    path = "/v1/clusters/{id}",
    params(("id" = String, Path, description = "the cluster, as events name it")),
    responses((status = 200, body = ClusterInfo)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn cluster(
    extract::State(state): extract::State<Arc<State>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<ClusterInfo>, Problem> {
    caller.require(READERS)?;
    state.executor.cluster(&id).map(Json).ok_or_else(|| Problem::not_found("cluster", &id))
}

/// An output, redacted, as it was cited.
#[utoipa::path(
    get,
    path = "/v1/outputs/{hash}",
    params(("hash" = String, Path, description = "SHA-256 of the output")),
    responses((status = 200, description = "the output", body = String, content_type = "text/plain")),
    extensions(("x-roles" = json!(READERS))),
)]
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
