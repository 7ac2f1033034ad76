//! Tasks: the durable unit of work that an event becomes.

use crate::{
    events::{Severity, StandardEvent},
    execution::{StepResult, StepStatus},
    reasoning::Diagnosis,
};
use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A task as the seed defines it (002 section 2.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticTask {
    /// Ours, sorted by time.
    pub id: String,
    /// The event it answers. No two tasks have one event.
    pub event_id: String,
    /// The project.
    pub project_id: String,
    /// Which cluster to ask.
    pub cluster_id: String,
    /// Which namespace; empty for the whole cluster.
    pub namespace: String,
    /// The alert's name.
    pub alert_name: String,
    /// How bad it is.
    pub severity: Severity,
    /// Higher is served first.
    pub priority: i64,
    /// Where it stands.
    pub status: TaskStatus,
    /// When the event became a task.
    pub created_at: Timestamp,
    /// When a worker last took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// When it is given up.
    pub timeout_at: Option<Timestamp>,
    /// How often it was tried again.
    pub retry_count: u32,
    /// The event.
    pub context: StandardEvent,
    /// What was found, once completed.
    pub result: Option<TaskResult>,
    /// Why it failed, if it did.
    pub error_message: Option<String>,
    /// The trace id under which everything about it was logged.
    pub trace_id: String,
}

/// The seed's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    /// Waits for a worker.
    Pending,
    /// Waits for its time: a retry.
    Scheduled,
    /// A worker holds its lease.
    Running,
    /// Has a result.
    Completed,
    /// Has none, and will not be tried again by itself.
    Failed,
    /// Took longer than it may.
    Timeout,
    /// A person stopped it.
    Cancelled,
}

impl TaskStatus {
    /// All of them, in the order in which a task comes to them.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Scheduled,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Timeout,
        Self::Cancelled,
    ];

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether a task in it is still to come to an end.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Scheduled | Self::Running)
    }
}

/// What a task came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaskResult {
    /// The answer.
    pub diagnosis: Diagnosis,
    /// What was run for it, in order.
    pub steps: Vec<StepResult>,
}

impl TaskResult {
    /// How many commands gave something to look at. Where it is 0, that nothing was found says nothing.
    #[must_use]
    pub fn outputs_seen(&self) -> usize {
        self.steps.iter().filter(|step| step.status == StepStatus::Success).count()
    }
}

/// How long the queue is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueStatus {
    /// Tasks that wait.
    pub pending: u64,
    /// Tasks that wait for the time of their retry.
    pub scheduled: u64,
    /// Tasks that are worked on.
    pub running: u64,
    /// Workers of this process.
    pub workers: u32,
    /// Since when the oldest waiting task waits.
    pub oldest_pending: Option<Timestamp>,
}

/// A page of tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaskPage {
    /// Newest first.
    pub items: Vec<DiagnosticTask>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// The way to the orchestrator.
#[derive(Clone)]
pub struct TasksClient {
    pub(crate) channel: Channel,
}

impl TasksClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// One task.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get(&self, id: &str, context: &CallContext) -> Result<DiagnosticTask, CallError> {
        self.channel.get(&format!("/v1/tasks/{id}"), context).await
    }

    /// A page of tasks, newest first; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn list(&self, limit: u32, after: &str, context: &CallContext) -> Result<TaskPage, CallError> {
        self.channel.get(&format!("/v1/tasks?limit={limit}&after={after}"), context).await
    }

    /// The queue.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn queue(&self, context: &CallContext) -> Result<QueueStatus, CallError> {
        self.channel.get("/v1/queue/status", context).await
    }
}
