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

use aetherius_contracts::{
    endpoint::{READERS, WRITERS},
    intake::IntakeClient,
};
use aetherius_rpc::{Caller, Code, Json, Problem};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use foundation::shutdown::Shutdown;
use serde::{Deserialize, Serialize};
use stage::Stage;
use std::sync::Arc;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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

pub(crate) fn router(deps: DemoDeps) -> Router {
    Router::new()
        .route("/v1/demo", get(status).post(start).delete(stop))
        .with_state(Arc::new(Stage::new(deps)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    speed: Option<f64>,
}

async fn status(State(stage): State<Arc<Stage>>, caller: Caller) -> Result<Json<DemoStatus>, Problem> {
    caller.require(READERS)?;
    Ok(Json(stage.status(&caller.project)))
}

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

async fn stop(State(stage): State<Arc<Stage>>, caller: Caller) -> Result<Json<DemoStatus>, Problem> {
    caller.require(WRITERS)?;
    Ok(Json(stage.stop(&caller.project)))
}
