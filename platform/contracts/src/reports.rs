//! Reports: what a person reads, every claim with the output that holds it.

use crate::{events::StandardEvent, tasks::TaskResult};
use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Ours.
    pub id: String,
    /// The task it reports on. No two reports have one task.
    pub task_id: String,
    /// The project.
    pub project_id: String,
    /// The root cause in a sentence, or that none was found.
    pub title: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// The event that was answered.
    pub event: StandardEvent,
    /// What was found and what was run for it.
    pub result: TaskResult,
    /// The trace id of the whole way.
    pub trace_id: String,
}

/// The way to the report service.
#[derive(Clone)]
pub struct ReportsClient {
    channel: Channel,
}

impl ReportsClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// The report on a task.
    ///
    /// # Errors
    /// See [`CallError`]; 404 while there is none.
    pub async fn of_task(&self, task_id: &str, context: &CallContext) -> Result<Report, CallError> {
        self.channel.get(&format!("/v1/tasks/{task_id}/report"), context).await
    }
}
