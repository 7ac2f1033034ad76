//! Webhooks of anything that is not Alertmanager: `POST /webhook/custom/{source}`.

use crate::dedup;
use aetherius_contracts::events::{EventType, Severity, StandardEvent};
use aetherius_rpc::{Code, Problem};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a custom webhook takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomEvent {
    /// The name under which people know it; becomes the label `alertname`.
    #[schema(pattern = "\\S")]
    name: String,
    /// `critical`, `high`, `medium` or `low`; `medium` if absent.
    #[serde(default)]
    severity: String,
    /// The cluster; `default` if absent.
    #[serde(default)]
    cluster_id: String,
    /// The namespace, if there is one.
    #[serde(default)]
    namespace: String,
    /// When it happened; now if absent.
    #[serde(default)]
    timestamp: Option<Timestamp>,
    /// Tell it apart from others.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Explain it.
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    /// Repeats have the same one; made of source, name and labels if absent.
    #[serde(default)]
    fingerprint: String,
    /// Anything else the sender wants kept.
    #[serde(default)]
    raw_data: serde_json::Value,
}

impl CustomEvent {
    pub(crate) fn standardise(self, source: &str, now: Timestamp) -> Result<StandardEvent, Problem> {
        if self.name.trim().is_empty() {
            return Err(Problem::new(
                Code::InvalidBody,
                "`name`: must not be empty; it is what people will know the event by",
            ));
        }
        let mut labels = self.labels;
        labels.insert("alertname".to_owned(), self.name);
        let fingerprint =
            if self.fingerprint.is_empty() { dedup::fingerprint(source, &labels) } else { self.fingerprint };
        let cluster_id = if self.cluster_id.is_empty() { "default".to_owned() } else { self.cluster_id };
        Ok(StandardEvent {
            id: uuid::Uuid::now_v7().to_string(),
            kind: EventType::Manual,
            source: source.to_owned(),
            timestamp: self.timestamp.unwrap_or(now),
            cluster_id,
            namespace: self.namespace,
            severity: Severity::from_label(&self.severity),
            labels,
            annotations: self.annotations,
            fingerprint,
            raw_data: self.raw_data,
        })
    }
}

/// A source is part of rows, metrics and paths: 1–64 of `a-z`, `0-9`, `-`, `_`.
pub(crate) fn check_source(source: &str) -> Result<(), Problem> {
    let fits = (1..=64).contains(&source.len())
        && source.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if fits {
        return Ok(());
    }
    let detail = "the source in the path must be 1 to 64 of a-z, 0-9, `-` and `_`";
    Err(Problem::new(Code::InvalidParameter, detail))
}
