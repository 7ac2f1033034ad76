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
    routing::get,
};
use serde::Deserialize;
use std::sync::Arc;

#[cfg(test)]
mod tests;

const LIMIT_DEFAULT: u32 = 50;
const WORDS_CHARS_MAX: usize = 200;
/// In a list of states: all that have not ended.
const OPEN: &str = "open";

pub(crate) fn router(gather: Arc<Gather>) -> Router {
    Router::new()
        .route("/v1/incidents", get(list))
        .route("/v1/incidents/stats", get(stats))
        .route("/v1/incidents/{task_id}", get(one))
        .merge(act::router())
        .with_state(gather)
}

/// `GET /v1/gateway`.
pub(crate) fn gateway_router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/v1/gateway", get(show_gateway)).with_state(gateway)
}

/// What a list is asked for; empty is as good as absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// States separated by commas, or `open`.
    status: String,
    /// Severities separated by commas.
    severity: String,
    namespace: String,
    q: String,
    assignee: String,
    acknowledged: String,
    limit: Option<u32>,
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

async fn list(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Query(query): Query<ListQuery>,
) -> Result<Json<IncidentPage>, Problem> {
    caller.require(READERS)?;
    gather.find(&caller, trace, query.read()?).await.map(Json)
}

async fn stats(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<Json<TaskStats>, Problem> {
    gather.stats(&caller, trace).await.map(Json)
}

async fn one(
    State(gather): State<Arc<Gather>>,
    caller: Caller,
    Trace(trace): Trace,
    Path(task_id): Path<String>,
) -> Result<Json<IncidentView>, Problem> {
    gather.view(&caller, trace, &task_id).await.map(Json)
}

async fn show_gateway(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Trace(trace): Trace,
) -> Result<Json<GatewayView>, Problem> {
    caller.require(READERS)?;
    Ok(Json(gateway.look(&caller.project, trace).await))
}
