//! Events: what comes in from outside, in the one shape that everything behind understands.

use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An event as the seed defines it (002 section 2.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StandardEvent {
    /// Ours, sorted by time (UUID v7).
    pub id: String,
    /// What kind of thing reported it.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// `alertmanager`, or the source named in the webhook's path.
    pub source: String,
    /// When it happened, as the sender says.
    pub timestamp: Timestamp,
    /// From the label `cluster` or `cluster_id`; `default` without one.
    pub cluster_id: String,
    /// From the label `namespace`; empty without one.
    #[serde(default)]
    pub namespace: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: Severity,
    /// The sender's labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The sender's annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Events with one fingerprint are one within the deduplication window.
    pub fingerprint: String,
    /// What the sender sent, untouched.
    #[serde(default)]
    pub raw_data: serde_json::Value,
}

impl StandardEvent {
    /// The alert's name, or the source's for what has none.
    #[must_use]
    pub fn alert_name(&self) -> &str {
        self.labels.get("alertname").map_or(self.source.as_str(), String::as_str)
    }
}

/// What kind of thing reported an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventType {
    /// A monitoring system.
    Alert,
    /// Kubernetes.
    Event,
    /// A person or a program of theirs.
    Manual,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Priority +1.
    Low,
    /// Priority +10; also for what is called `warning` or not called anything.
    Medium,
    /// Priority +50.
    High,
    /// Priority +100.
    Critical,
}

impl Severity {
    /// Reads the many words that senders use.
    #[must_use]
    pub fn from_label(label: &str) -> Self {
        match label.to_ascii_lowercase().as_str() {
            "critical" | "page" | "emergency" | "fatal" | "p1" | "sev1" => Self::Critical,
            "high" | "error" | "major" | "p2" | "sev2" => Self::High,
            "low" | "info" | "informational" | "notice" | "none" | "p4" | "sev4" => Self::Low,
            _ => Self::Medium,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a webhook answers once everything it brought is on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// One for each alert of the request, in its order.
    pub events: Vec<AcceptedEvent>,
}

/// What became of one alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AcceptedEvent {
    /// The event it became or was counted to.
    pub id: String,
    /// The fingerprint by which repeats are recognised.
    pub fingerprint: String,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done with one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = EventOutcome)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A new event, which gets a task.
    Stored,
    /// A repeat of one that is still open, counted to it.
    Duplicate,
    /// The end of one, noted with it.
    Resolved,
    /// A repeat that a person has silenced: stored and counted, and without a task.
    Silenced,
}

/// How a watch of a cluster is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WatchStatus {
    /// The cluster.
    pub cluster_id: String,
    /// `events`, `nodes`, `deployments`, `statefulsets` or `daemonsets`.
    pub resource: String,
    /// The namespace; empty for all.
    pub namespace: String,
    /// Whether it is connected now.
    pub connected: bool,
    /// When the cluster last told of something, counting or not.
    pub last_change_at: Option<Timestamp>,
    /// Up to where everything was seen.
    pub resource_version: Option<String>,
    /// When it came there.
    pub resource_version_at: Option<Timestamp>,
    /// How often it connected again, at the end of a connection or after an error.
    pub restarts: u64,
    /// Why it is not connected, if it is not.
    pub error: Option<String>,
}

/// Answer of `GET /v1/watches`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WatchList {
    /// All watches; none when nothing is watched.
    pub watches: Vec<WatchStatus>,
}

/// A silence that a person wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceRequest {
    /// For how long.
    #[schema(minimum = 1, maximum = 43_200)]
    #[serde(deserialize_with = "crate::lenient::whole")]
    pub minutes: u32,
    /// Why, for those who find it.
    #[schema(max_length = 500)]
    #[serde(default)]
    pub reason: String,
    /// The task on whose account it is asked for, if there is one.
    #[serde(default)]
    pub task_id: Option<String>,
}

/// A silence: until its end, events with its fingerprint make no new task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Silence {
    /// Ours, sorted by time.
    pub id: String,
    /// What is silenced.
    pub fingerprint: String,
    /// The event on which it was asked for; what is silenced counts to it.
    pub event_id: String,
    /// The task on whose account it was asked for.
    pub task_id: Option<String>,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Who has ended it before.
    pub ended_by: Option<String>,
    /// When.
    pub ended_at: Option<Timestamp>,
    /// How many alerts it has kept from becoming a task.
    pub repeats: u64,
}

/// A page of silences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SilencePage {
    /// Those that hold now, newest first.
    pub items: Vec<Silence>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// Of which events the standing is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingRequest {
    /// At most 200.
    #[schema(max_items = 200)]
    pub event_ids: Vec<String>,
}

/// How an event stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventStanding {
    /// The event.
    pub event_id: String,
    /// How often it came again, silenced or not.
    pub repeats: u64,
    /// Until when its fingerprint is silenced, if it is.
    pub silenced_until: Option<Timestamp>,
}

/// The way to the event service.
#[derive(Clone)]
pub struct EventsClient {
    channel: Channel,
}

impl EventsClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// How events stand; those that are not known are left out.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn standing(
        &self,
        event_ids: Vec<String>,
        context: &CallContext,
    ) -> Result<Vec<EventStanding>, CallError> {
        self.channel.post("/v1/events/standing", &StandingRequest { event_ids }, context).await
    }

    /// All silences of an event's fingerprint, oldest first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn silences_of(
        &self,
        event_id: &str,
        context: &CallContext,
    ) -> Result<Vec<Silence>, CallError> {
        self.channel.get(&format!("/v1/events/{event_id}/silences"), context).await
    }

    /// Silences the fingerprint of an event; one that holds is replaced.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn silence(
        &self,
        event_id: &str,
        request: &SilenceRequest,
        context: &CallContext,
    ) -> Result<Silence, CallError> {
        self.channel.put(&format!("/v1/events/{event_id}/silence"), request, context).await
    }

    /// Ends the silence of an event's fingerprint, if one holds.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn end_silence(
        &self,
        event_id: &str,
        context: &CallContext,
    ) -> Result<Option<Silence>, CallError> {
        self.channel.delete(&format!("/v1/events/{event_id}/silence"), context).await
    }
}
