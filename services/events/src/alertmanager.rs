//! Alertmanager's webhook, version 4 (Prometheus documentation, "Alerting: Configuration", `<webhook_config>`).

use crate::dedup;
use aetherius_contracts::{
    events::{EventType, Severity, StandardEvent},
    lenient::time_or_none,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[cfg(test)]
mod tests;

/// What Alertmanager posts. Fields that are not used are ignored, so that a newer Alertmanager is understood too.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AlertmanagerPayload)]
pub(crate) struct Payload {
    #[serde(default)]
    receiver: String,
    #[serde(rename = "groupKey", default)]
    group_key: String,
    #[serde(rename = "externalURL", default)]
    external_url: String,
    alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Alert {
    status: Status,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt", default, deserialize_with = "time_or_none")]
    starts_at: Option<Timestamp>,
    #[serde(rename = "endsAt", default, deserialize_with = "time_or_none")]
    ends_at: Option<Timestamp>,
    #[serde(rename = "generatorURL", default)]
    generator_url: String,
    #[serde(default)]
    fingerprint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = AlertStatus)]
#[serde(rename_all = "lowercase")]
enum Status {
    Firing,
    Resolved,
}

/// An alert in the standard shape, and whether it has ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Incoming {
    pub(crate) event: StandardEvent,
    pub(crate) resolved: bool,
}

impl Payload {
    /// The alerts as events, received at `now`.
    pub(crate) fn standardise(self, now: Timestamp) -> Vec<Incoming> {
        let Self { receiver, group_key, external_url, alerts } = self;
        let group = json!({ "receiver": receiver, "groupKey": group_key, "externalURL": external_url });
        alerts.into_iter().map(|alert| alert.standardise(&group, now)).collect()
    }
}

impl Alert {
    fn standardise(self, group: &serde_json::Value, now: Timestamp) -> Incoming {
        let label = |names: &[&str]| names.iter().find_map(|&name| self.labels.get(name)).cloned();
        let raw_data = json!({
            "group": group,
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
            "generatorURL": self.generator_url,
        });
        let fingerprint = if self.fingerprint.is_empty() {
            dedup::fingerprint("alertmanager", &self.labels)
        } else {
            self.fingerprint
        };
        let event = StandardEvent {
            id: uuid::Uuid::now_v7().to_string(),
            kind: EventType::Alert,
            source: "alertmanager".to_owned(),
            timestamp: self.starts_at.unwrap_or(now),
            cluster_id: label(&["cluster", "cluster_id"]).unwrap_or_else(|| "default".to_owned()),
            namespace: label(&["namespace", "exported_namespace"]).unwrap_or_default(),
            severity: Severity::from_label(&label(&["severity", "priority"]).unwrap_or_default()),
            fingerprint,
            annotations: self.annotations,
            raw_data,
            labels: self.labels,
        };
        Incoming { event, resolved: self.status == Status::Resolved }
    }
}
