//! An incident: a task and what the other services know about it.

use aetherius_contracts::{
    audit::AuditEvent,
    events::EventStanding,
    execution::StepResult,
    incidents::{Activity, Comment, FeedbackVerdict, TaskNotes, TaskSummary},
    notifications::Notification,
    reports::Report,
    tasks::{DiagnosticTask, TaskResult, TaskStatus},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[cfg(test)]
mod tests;

/// What a side service had to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Part<T> {
    /// It answered.
    Available {
        /// What it answered.
        value: T,
    },
    /// It answered that there is nothing.
    Absent,
    /// It did not answer; nothing is known.
    Unavailable {
        /// Why, for a person.
        reason: String,
    },
}

impl<T> Part<T> {
    /// What it answered, if it did.
    pub fn value(&self) -> Option<&T> {
        if let Self::Available { value } = self { Some(value) } else { None }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::Available { value } => Part::Available { value: change(value) },
            Self::Absent => Part::Absent,
            Self::Unavailable { reason } => Part::Unavailable { reason },
        }
    }
}

/// All that is known about a task.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    pub(crate) task: DiagnosticTask,
    pub(crate) report: Part<Report>,
    pub(crate) notifications: Part<Vec<Notification>>,
    pub(crate) audit: Part<Vec<AuditEvent>>,
}

impl Incident {
    /// What was found. The report's word goes before the task's: only there has the evidence been checked.
    pub(crate) fn result(&self) -> Option<&TaskResult> {
        if is_diagnosed(&self.task) {
            self.report.value().map(|report| &report.result).or(self.task.result.as_ref())
        } else {
            None
        }
    }
}

fn is_diagnosed(task: &DiagnosticTask) -> bool {
    task.status == TaskStatus::Completed
}

/// An incident as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentView {
    /// The task, whole; its result is the report's, where the evidence has been checked, once there is one.
    pub task: DiagnosticTask,
    /// What was executed so far, oldest first and without outputs, of a task that is worked on; of others its result has them.
    pub steps: Vec<StepResult>,
    /// The id of its report.
    pub report_id: Part<String>,
    /// Who was told.
    pub notifications: Part<Vec<Notification>>,
    /// The links of the audit chain about the task and its event, oldest first.
    pub audit: Part<Vec<AuditEvent>>,
    /// It as a line of a list.
    pub summary: IncidentSummary,
    /// What people have written, oldest first.
    pub comments: Vec<Comment>,
    /// What people have done, oldest first.
    pub activity: Vec<Activity>,
    /// Earlier incidents of the same alert or with the same root cause, newest first.
    pub similar: Vec<IncidentSummary>,
}

/// What goes with an incident besides what its page shows.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) summary: IncidentSummary,
    pub(crate) notes: TaskNotes,
    pub(crate) similar: Vec<IncidentSummary>,
    pub(crate) steps: Vec<StepResult>,
}

impl IncidentView {
    pub(crate) fn of(incident: Incident, around: Surroundings) -> Self {
        let result = incident.result().cloned();
        let Incident { mut task, report, notifications, audit } = incident;
        task.result = result;
        let Surroundings { summary, notes: TaskNotes { comments, activity }, similar, steps } = around;
        let report_id = report.map(|report| report.id);
        Self { task, steps, report_id, notifications, audit, summary, comments, activity, similar }
    }
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentSummary {
    /// The task.
    pub task_id: String,
    /// Where it stands: `pending`, `running`, `completed` …
    pub status: TaskStatus,
    /// `critical` …
    pub severity: String,
    /// The alert.
    pub alert_name: String,
    /// The cluster.
    pub cluster_id: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The root cause in a sentence, that none was found, or why the task failed; absent before its end.
    pub title: Option<String>,
    /// Higher is served first.
    pub priority: i64,
    /// When the event became a task.
    pub created_at: Timestamp,
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
    /// Until when further alerts with its fingerprint make no incident.
    pub silenced_until: Option<Timestamp>,
    /// A person's word on the diagnosis: `right` or `wrong`.
    pub feedback: Option<FeedbackVerdict>,
    /// How often the alert came again.
    pub repeats: u64,
    /// The rule that names the cause, e.g. `image_not_found`.
    pub root_cause: Option<String>,
    /// The object to mend, e.g. `deployment/cart`.
    pub object: Option<String>,
}

impl IncidentSummary {
    /// Joins what the orchestrator and the events say. Without the latter it is as if nothing had come again.
    pub(crate) fn of(task: TaskSummary, standing: Option<&EventStanding>) -> Self {
        Self {
            task_id: task.task_id,
            status: task.status,
            severity: task.severity.as_str().to_owned(),
            alert_name: task.alert_name,
            cluster_id: task.cluster_id,
            namespace: task.namespace,
            title: task.title,
            priority: task.priority,
            created_at: task.created_at,
            completed_at: task.completed_at,
            trace_id: task.trace_id,
            acknowledged_by: task.acknowledged_by,
            acknowledged_at: task.acknowledged_at,
            assignee: task.assignee,
            silenced_until: standing.and_then(|standing| standing.silenced_until),
            feedback: task.feedback,
            repeats: standing.map_or(0, |standing| standing.repeats),
            root_cause: task.root_cause,
            object: task.object,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentPage {
    /// Newest first.
    pub items: Vec<IncidentSummary>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}
