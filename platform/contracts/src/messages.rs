//! What services tell each other, by topic (002 section 3.2). A payload is only ever added to.

use crate::{events::StandardEvent, execution::StepResult, tasks::TaskResult};
use serde::{Deserialize, Serialize};

/// An event was stored. → orchestrator
pub const EVENT_RECEIVED: &str = "event.received";
/// Who makes tasks of [`EVENT_RECEIVED`]: its backlog is how full the inbox is.
pub const EVENT_RECEIVED_CONSUMER: &str = "orchestrator";
/// A task exists. → whoever wants to know
pub const TASK_CREATED: &str = "task.created";
/// A task has changed in another way: a worker took it, or a person did something about it. → whoever wants to know
pub const TASK_CHANGED: &str = "task.changed";
/// A step was executed or denied. → whoever wants to know
pub const STEP_EXECUTED: &str = "step.executed";
/// A task has ended, well or not. → reports
pub const TASK_COMPLETED: &str = "task.completed";
/// People are to be told. → notifications
pub const NOTIFICATION_SEND: &str = "notification.send";
/// A notification arrived or was given up. → whoever wants to know
pub const NOTIFICATION_DELIVERED: &str = "notification.delivered";
/// A fingerprint was silenced, or is not any more. → whoever wants to know
pub const SILENCE_CHANGED: &str = "silence.changed";
/// A person has tried a channel. → whoever wants to know
pub const CHANNEL_TESTED: &str = "channel.tested";

/// Somebody was added. → whoever wants to know, as all that follow
pub const USER_CREATED: &str = "user.created";
/// Roles, password, name or being kept out.
pub const USER_CHANGED: &str = "user.changed";
/// Somebody was removed.
pub const USER_DELETED: &str = "user.deleted";
/// A project was added.
pub const PROJECT_CREATED: &str = "project.created";
/// A key was made.
pub const KEY_CREATED: &str = "key.created";
/// A key opens nothing any more.
pub const KEY_REVOKED: &str = "key.revoked";
/// Somebody has signed in.
pub const SIGNED_IN: &str = "sign_in.succeeded";
/// Somebody tried to; of many such tries only some are told.
pub const SIGN_IN_FAILED: &str = "sign_in.failed";
/// A session has ended before its time: signed out, or its refresh token came twice.
pub const SESSION_ENDED: &str = "session.ended";

/// All topics: in the order in which an alert causes them, then those about who may do what.
pub const ALL: &[&str] = &[
    EVENT_RECEIVED,
    TASK_CREATED,
    TASK_CHANGED,
    STEP_EXECUTED,
    TASK_COMPLETED,
    NOTIFICATION_SEND,
    NOTIFICATION_DELIVERED,
    SILENCE_CHANGED,
    CHANNEL_TESTED,
    USER_CREATED,
    USER_CHANGED,
    USER_DELETED,
    PROJECT_CREATED,
    KEY_CREATED,
    KEY_REVOKED,
    SIGNED_IN,
    SIGN_IN_FAILED,
    SESSION_ENDED,
];

/// [`EVENT_RECEIVED`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventReceived {
    /// The event.
    pub event: StandardEvent,
}

/// [`TASK_CREATED`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskCreated {
    /// The task.
    pub task_id: String,
    /// Its event.
    pub event_id: String,
    /// Its priority.
    pub priority: i64,
}

/// [`TASK_CHANGED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChanged {
    /// The task.
    pub task_id: String,
    /// `started` and `scheduled`, or what a person did: see [`crate::incidents::Activity::action`].
    pub action: String,
    /// Who.
    pub by: String,
    /// To whom, how; what people write at length is not repeated here.
    #[serde(default)]
    pub detail: String,
}

/// [`STEP_EXECUTED`]: all of a step's result but its output, which stays with execution under its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepExecuted {
    /// The task.
    pub task_id: String,
    /// The cluster.
    pub cluster_id: String,
    /// The result; `output` is empty.
    pub step: StepResult,
}

/// [`TASK_COMPLETED`]. A task that was tried again by a person ends more than once; its last end counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskCompleted {
    /// The task.
    pub task_id: String,
    /// The event it answered.
    pub event: StandardEvent,
    /// What it came to; absent when it failed.
    pub result: Option<TaskResult>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// [`NOTIFICATION_SEND`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSend {
    /// The task.
    pub task_id: String,
    /// The report, if there is one.
    pub report_id: Option<String>,
    /// One line: what is wrong.
    pub title: String,
    /// A few lines: cause, remedy, evidence.
    pub text: String,
    /// `critical` …
    pub severity: String,
    /// The trace id.
    pub trace_id: String,
}

/// [`NOTIFICATION_DELIVERED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationDelivered {
    /// The notification.
    pub notification_id: String,
    /// The task.
    pub task_id: String,
    /// The channel's name.
    pub channel: String,
    /// Absent when it arrived.
    pub error: Option<String>,
}

/// [`SILENCE_CHANGED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceChanged {
    /// The task on whose account, or empty.
    #[serde(default)]
    pub task_id: String,
    /// The event whose fingerprint it is.
    pub event_id: String,
    /// The fingerprint.
    pub fingerprint: String,
    /// When it ends; absent when it was ended.
    pub until: Option<jiff::Timestamp>,
    /// Who.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// [`CHANNEL_TESTED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelTested {
    /// The channel's name.
    pub channel: String,
    /// Who.
    pub by: String,
    /// Absent when it arrived.
    pub error: Option<String>,
}

/// What identity tells, under each of its topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityNews {
    /// Whom or what it is about: `user:ann`, `key:ci`, `project:shop`.
    pub subject: String,
    /// Who did it.
    pub actor: String,
    /// In a few words, never a secret.
    pub detail: String,
}
