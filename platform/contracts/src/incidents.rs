//! Incidents: what people see of tasks at a glance, and what they add to them. The orchestrator keeps both.

use crate::{
    events::Severity,
    tasks::{TaskStatus, TasksClient},
};
use aetherius_rpc::{CallContext, CallError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most that one page may have.
pub const PAGE_MAX: u32 = 200;

/// A task without its event and its outputs, and what people have added to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskSummary {
    /// The task.
    pub task_id: String,
    /// The event it answers.
    pub event_id: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// How bad it is.
    pub severity: Severity,
    /// The alert.
    pub alert_name: String,
    /// The cluster.
    pub cluster_id: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The root cause in a sentence, that none was found, or why the task failed; absent before its end.
    pub title: Option<String>,
    /// The rule that names the cause, e.g. `image_not_found`.
    pub root_cause: Option<String>,
    /// The object to mend, e.g. `deployment/cart`.
    pub object: Option<String>,
    /// Higher is served first.
    pub priority: i64,
    /// When the event became a task.
    pub created_at: Timestamp,
    /// When a worker last took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// The trace id of the whole way.
    pub trace_id: String,
    /// Who has said that somebody cares.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// A person's word on the diagnosis.
    pub feedback: Option<FeedbackVerdict>,
}

/// Which summaries are wanted. What is empty or absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TaskQuery {
    /// One of these states.
    pub statuses: Vec<TaskStatus>,
    /// One of these severities.
    pub severities: Vec<Severity>,
    /// Exactly this namespace.
    pub namespace: Option<String>,
    /// Exactly this assignee.
    pub assignee: Option<String>,
    /// Whether anybody has acknowledged it.
    pub acknowledged: Option<bool>,
    /// Words in the alert's name, the title or the object, whatever their case.
    #[schema(max_length = 200)]
    pub words: Option<String>,
    /// One of these tasks, at most 200.
    #[schema(max_items = 200)]
    pub ids: Vec<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// From 1 to 200; 0 for 50.
    #[schema(minimum = 0, maximum = 200)]
    #[serde(deserialize_with = "crate::lenient::whole")]
    pub limit: u32,
}

/// A page of summaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SummaryPage {
    /// Newest first.
    pub items: Vec<TaskSummary>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// How many tasks there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskStats {
    /// Those that have not ended.
    pub open: u64,
    /// All.
    pub total: u64,
    /// Every state and how many are in it.
    pub by_status: BTreeMap<String, u64>,
    /// Every severity and how many have it.
    pub by_severity: BTreeMap<String, u64>,
    /// How many came in each of the last 48 half hours, oldest first; the last one is not over.
    pub volume: Vec<Volume>,
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Volume {
    /// Its beginning.
    pub at: Timestamp,
    /// How many came.
    pub count: u64,
}

/// What people have written and done about a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskNotes {
    /// Oldest first.
    pub comments: Vec<Comment>,
    /// Oldest first.
    pub activity: Vec<Activity>,
}

/// What a person has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    /// Ours, sorted by time.
    pub id: String,
    /// Who.
    pub author: String,
    /// What, as plain text.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// What a person has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// `acknowledged`, `unacknowledged`, `assigned`, `unassigned`, `commented`, `feedback`, `retried`, `cancelled`, `silenced`,
    /// `unsilenced`.
    pub action: String,
    /// To whom, until when, how; may be empty.
    pub detail: String,
}

/// Whose a task is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// A person's name, or nobody's.
    #[schema(max_length = 200)]
    pub assignee: Option<String>,
}

/// A comment to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Plain text.
    #[schema(min_length = 1, max_length = 10_000)]
    pub text: String,
}

/// A person's word on a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Right or wrong.
    pub verdict: FeedbackVerdict,
    /// What it was instead.
    #[schema(max_length = 200)]
    #[serde(default)]
    pub cause: Option<String>,
    /// More words.
    #[schema(max_length = 4_000)]
    #[serde(default)]
    pub note: Option<String>,
}

/// Whether a diagnosis was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FeedbackVerdict {
    /// It was.
    Right,
    /// It was something else.
    Wrong,
}

impl FeedbackVerdict {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
        }
    }

    /// The verdict of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Right, Self::Wrong].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// What a person may do with a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody cares.
    Acknowledge,
    /// Nobody does any more.
    Unacknowledge,
    /// It becomes somebody's, or nobody's.
    Assign(Assignment),
    /// Something is written about it.
    Comment(NewComment),
    /// The diagnosis is judged.
    Judge(Feedback),
    /// It is done again from the beginning.
    Retry,
    /// It is stopped.
    Cancel,
}

/// What lists need, and what people do.
impl TasksClient {
    /// A page of summaries.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn summaries(
        &self,
        query: &TaskQuery,
        context: &CallContext,
    ) -> Result<SummaryPage, CallError> {
        self.channel.post("/v1/tasks/summaries", query, context).await
    }

    /// One task's summary.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn summary(&self, id: &str, context: &CallContext) -> Result<TaskSummary, CallError> {
        self.channel.get(&format!("/v1/tasks/{id}/summary"), context).await
    }

    /// How many there are.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn stats(&self, context: &CallContext) -> Result<TaskStats, CallError> {
        self.channel.get("/v1/tasks/stats", context).await
    }

    /// What people have added to a task.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn notes(&self, id: &str, context: &CallContext) -> Result<TaskNotes, CallError> {
        self.channel.get(&format!("/v1/tasks/{id}/notes"), context).await
    }

    /// Earlier tasks of the same alert or with the same root cause, newest first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn similar(&self, id: &str, context: &CallContext) -> Result<Vec<TaskSummary>, CallError> {
        self.channel.get(&format!("/v1/tasks/{id}/similar"), context).await
    }

    /// Does what a person asks for; the person is the caller of `context`.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn act(&self, id: &str, act: &Act, context: &CallContext) -> Result<(), CallError> {
        let path = |end: &str| format!("/v1/tasks/{id}/{end}");
        let nothing = serde_json::json!({});
        // The task as it is then; whoever wants it asks for its summary.
        let _: serde::de::IgnoredAny = match act {
            Act::Acknowledge => self.channel.post(&path("acknowledge"), &nothing, context).await?,
            Act::Unacknowledge => self.channel.delete(&path("acknowledge"), context).await?,
            Act::Assign(assignment) => self.channel.put(&path("assignee"), assignment, context).await?,
            Act::Comment(comment) => self.channel.post(&path("comments"), comment, context).await?,
            Act::Judge(feedback) => self.channel.put(&path("feedback"), feedback, context).await?,
            Act::Retry => self.channel.post(&path("retry"), &nothing, context).await?,
            Act::Cancel => self.channel.put(&path("cancel"), &nothing, context).await?,
        };
        Ok(())
    }
}
