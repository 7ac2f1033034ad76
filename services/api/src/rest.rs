//! HTTP in and out, for programs.

mod act;

use crate::{
    gateway::{Gateway, GatewayView},
    gather::Gather,
    incident::{IncidentPage, IncidentView},
};
use aetherius_contracts::{
    endpoint::READERS,
    events::Severity,
    incidents::{TaskQuery, TaskStats},
    tasks::TaskStatus,
};
use aetherius_rpc::{Caller, Code, Json, Problem, Query, context::Trace};
use axum::{
    Router,
    extract::{Path, State},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

#[cfg(test)]
mod tests;

const LIMIT_DEFAULT: u32 = 50;
const WORDS_CHARS_MAX: usize = 200;
/// In a list of states: all that have not ended.
const OPEN: &str = "open";

pub(crate) fn router(gather: Arc<Gather>) -> Router {
    endpoints().with_state(gather).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Gather>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(stats))
        .routes(routes!(one))
        .merge(act::endpoints())
}

/// `GET /v1/gateway`.
pub(crate) fn gateway_router(gateway: Arc<Gateway>) -> Router {
    gateway_endpoints().with_state(gateway).into()
}

pub(crate) fn gateway_endpoints() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(show_gateway))
}

/// What a list is asked for; empty is as good as absent.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// States separated by commas, or `open` for all that have not ended.
    #[param(pattern = "^((open|pending|scheduled|running|completed|failed|cancelled)(,|$))*$")]
    status: String,
    /// Severities separated by commas.
    #[param(pattern = "^((critical|high|medium|low)(,|$))*$")]
    severity: String,
    /// Exactly this namespace.
    namespace: String,
    /// Words in the alert's name, the title or the object, whatever their case.
    #[param(max_length = 200)]
    q: String,
    /// Exactly this assignee.
    assignee: String,
    /// Whether anybody has acknowledged it: `true` or `false`.
    #[param(pattern = "^(true|false)?$")]
    acknowledged: String,
    /// How many at most; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9A-Za-z_-]{0,128}$")]
    after: String,
}

impl ListQuery {
    fn read(self) -> Result<TaskQuery, Problem> {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        if self.q.chars().nth(WORDS_CHARS_MAX).is_some() {
            let detail = format!("`q`: at most {WORDS_CHARS_MAX} characters");
            return Err(Problem::new(Code::InvalidParameter, detail));
        }
        let acknowledged = match self.acknowledged.as_str() {
            "" => None,
            "true" => Some(true),
            "false" => Some(false),
            other => return Err(unknown("acknowledged", other, "`true` or `false`")),
        };
        Ok(TaskQuery {
            statuses: statuses(&self.status)?,
            severities: severities(&self.severity)?,
            namespace: given(self.namespace),
            assignee: given(self.assignee),
            acknowledged,
            words: given(self.q.trim().to_owned()),
            ids: Vec::new(),
            after: given(self.after),
            limit: self.limit.unwrap_or(LIMIT_DEFAULT),
        })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn statuses(text: &str) -> Result<Vec<TaskStatus>, Problem> {
    let mut statuses = Vec::new();
    for word in words(text) {
        if word == OPEN {
            statuses.extend(TaskStatus::ALL.into_iter().filter(|status| status.is_open()));
            continue;
        }
        let all = TaskStatus::ALL.map(TaskStatus::as_str).join(", ");
        let status = TaskStatus::from_word(word)
            .ok_or_else(|| unknown("status", word, &format!("some of {OPEN}, {all}")))?;
        statuses.push(status);
    }
    Ok(statuses)
}

fn severities(text: &str) -> Result<Vec<Severity>, Problem> {
    let known = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let find = |word: &str| known.into_iter().find(|severity| severity.as_str() == word);
    words(text)
        .map(|word| {
            find(word).ok_or_else(|| unknown("severity", word, "some of critical, high, medium, low"))
        })
        .collect()
}

fn unknown(name: &str, word: &str, known: &str) -> Problem {
    Problem::new(Code::InvalidParameter, format!("`{name}`: there is no `{word}`; give {known}"))
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
    caller.require(READERS)?;
    gather.find(&caller, trace, query.read()?).await.map(Json)
}

/// How many incidents there are, and how many came in each of the last 48 half hours.
#[utoipa::path(
    get,
    path = "/v1/incidents/stats",
    responses((status = 200, body = TaskStats)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn stats(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<Json<TaskStats>, Problem> {
    gather.stats(&caller, trace).await.map(Json)
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
    gather.view(&caller, trace, &task_id).await.map(Json)
}

/// The gateway's listeners, routes and clusters, and what goes through it; `state` says whether it could be asked.
#[utoipa::path(
    get,
    path = "/v1/gateway",
    operation_id = "gateway",
    responses((status = 200, body = GatewayView)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn show_gateway(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<Json<GatewayView>, Problem> {
    caller.require(READERS)?;
    Ok(Json(gateway.look(&caller.project, trace).await))
}
