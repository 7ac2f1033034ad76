//! The way in for events: what a sender posts, and a client that posts it as Alertmanager would.

use crate::events::Accepted;
use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Alertmanager's webhook, version 4, as far as the event service reads it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertGroup {
    /// `4`.
    pub version: &'static str,
    /// Whom Alertmanager wanted to tell.
    pub receiver: String,
    /// What its alerts have in common.
    #[serde(rename = "groupKey")]
    pub group_key: String,
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// One alert of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Whether it goes on.
    pub status: AlertStatus,
    /// What it is about.
    pub labels: BTreeMap<String, String>,
    /// What it means.
    pub annotations: BTreeMap<String, String>,
    /// When it began.
    #[serde(rename = "startsAt")]
    pub starts_at: Timestamp,
    /// When it ended, if it has.
    #[serde(rename = "endsAt", skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The same for its repeats and its end.
    pub fingerprint: String,
}

/// Whether an alert goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertStatus {
    /// It does.
    Firing,
    /// It has ended.
    Resolved,
}

/// The way to the event service.
#[derive(Clone)]
pub struct IntakeClient {
    channel: Channel,
}

impl IntakeClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// Posts a group of alerts. Once this returns, all of them are on the disk.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn alertmanager(
        &self,
        group: &AlertGroup,
        context: &CallContext,
    ) -> Result<Accepted, CallError> {
        self.channel.post("/webhook/alertmanager", group, context).await
    }
}
