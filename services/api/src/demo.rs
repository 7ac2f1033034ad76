//! The demonstration: a script of alerts about recorded incidents, sent in through the same door as any alert.
//!
//! Each project has its own, one at a time. What it sends carries the label `demo`, and names clusters that only answer from
//! recordings.

mod script;
mod storm;
mod stage;

#[cfg(test)]
mod tests;

pub use script::{Beat, ScriptedAlert, play};
pub(crate) use stage::Stage;

use aetherius_contracts::{
    endpoint::{READERS, WRITERS},
    intake::IntakeClient,
};
use aetherius_rpc::{Caller, Code, Json, Problem};
use axum::{Router, extract::State, http::StatusCode};
use foundation::shutdown::Shutdown;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// At this speed the first incident shows after a few seconds, and all of it takes two minutes.
pub const SPEED_DEFAULT: f64 = 5.0;
/// How fast it may go.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1000.0;

/// What the demonstration needs.
pub struct DemoDeps {
    /// The way to the events, where its alerts go in.
    pub events: IntakeClient,
    /// Ends what runs.
    pub shutdown: Shutdown,
    /// Whether it may be started at all.
    pub enabled: bool,
}

/// How far the demonstration of a project is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DemoStatus {
    /// Whether it may be started here.
    pub enabled: bool,
    /// Whether it runs.
    pub running: bool,
    /// Alerts that were sent by the last one.
    pub sent: u32,
    /// Alerts of the whole script.
    pub total: u32,
    /// How many times faster than it happened; of the last one.
    pub speed: Option<f64>,
}

pub(crate) fn router(stage: Arc<Stage>) -> Router {
    endpoints().with_state(stage).into()
}

pub(crate) fn endpoints() -> OpenApiRouter<Arc<Stage>> {
    OpenApiRouter::new().routes(routes!(status, start, stop))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = DemoStart)]
#[serde(deny_unknown_fields)]
struct Start {
    /// How many times faster than it happened; 5 if absent.
    #[schema(minimum = 0.1, maximum = 1000)]
    speed: Option<f64>,
}

/// How far the demonstration is.
#[utoipa::path(
    get,
    path = "/v1/demo",
    operation_id = "demo",
    responses((status = 200, body = DemoStatus)),
    extensions(("x-roles" = json!(READERS))),
)]
async fn status(State(stage): State<Arc<Stage>>, caller: Caller) -> Result<Json<DemoStatus>, Problem> {
    caller.require(READERS)?;
    Ok(Json(stage.status(&caller.project)))
}

/// Starts the demonstration.
#[utoipa::path(
    post,
    path = "/v1/demo",
    operation_id = "start_demo",
    request_body(content = Start, example = json!({"speed": 5.0})),
    responses((status = 202, description = "it begins", body = DemoStatus), (status = 409, description = "one runs, or it is switched off here")),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn start(
    State(stage): State<Arc<Stage>>,
    caller: Caller,
    Json(wanted): Json<Start>,
) -> Result<(StatusCode, Json<DemoStatus>), Problem> {
    caller.require(WRITERS)?;
    let speed = wanted.speed.unwrap_or(SPEED_DEFAULT);
    if !SPEEDS.contains(&speed) {
        let (least, most) = (SPEEDS.start(), SPEEDS.end());
        let detail = format!("`speed` must be from {least} to {most}; 1 is as it happened");
        return Err(Problem::new(Code::InvalidBody, detail));
    }
    let status = stage.start(&caller.project, speed)?;
    tracing::info!(by = caller.name, speed, "a demonstration begins");
    Ok((StatusCode::ACCEPTED, Json(status)))
}

/// Ends the demonstration; what it has sent stays.
#[utoipa::path(
    delete,
    path = "/v1/demo",
    operation_id = "stop_demo",
    responses((status = 200, body = DemoStatus)),
    extensions(("x-roles" = json!(WRITERS))),
)]
async fn stop(State(stage): State<Arc<Stage>>, caller: Caller) -> Result<Json<DemoStatus>, Problem> {
    caller.require(WRITERS)?;
    Ok(Json(stage.stop(&caller.project)))
}
