//! What is read of Kubernetes objects. Fields that are not used are ignored, so that newer API servers are understood too.

use jiff::Timestamp;
use serde::Deserialize;

/// `metadata`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Meta {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    pub(crate) generation: i64,
    pub(crate) creation_timestamp: Option<Timestamp>,
}

/// An Event of `core/v1`. What is written by `events.k8s.io/v1` is the same object and can be read here too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) metadata: Meta,
    pub(crate) involved_object: Reference,
    pub(crate) reason: String,
    pub(crate) message: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) count: Option<i64>,
    pub(crate) series: Option<Series>,
    pub(crate) first_timestamp: Option<Timestamp>,
    pub(crate) last_timestamp: Option<Timestamp>,
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) source: Source,
    pub(crate) reporting_component: String,
}

/// What an Event is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Reference {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) field_path: String,
}

/// Repeats, as newer reporters count them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Series {
    pub(crate) count: i64,
    pub(crate) last_observed_time: Option<Timestamp>,
}

/// Who reported, as older reporters say it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Source {
    pub(crate) component: String,
    pub(crate) host: String,
}

impl Event {
    /// How often it was seen.
    pub(crate) fn sightings(&self) -> u32 {
        let series = self.series.as_ref().map_or(0, |series| series.count);
        u32::try_from(self.count.unwrap_or(0).max(series).max(1)).unwrap_or(u32::MAX)
    }

    /// When it was seen last.
    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time);
        series.max(self.last_timestamp).or(self.event_time).or(self.metadata.creation_timestamp)
    }

    /// When it was seen first.
    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        self.first_timestamp.or(self.event_time).or(self.metadata.creation_timestamp)
    }
}

/// A Deployment, StatefulSet, DaemonSet or Node: what they have in common is enough.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Object {
    pub(crate) metadata: Meta,
    pub(crate) spec: Spec,
    pub(crate) status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Spec {
    /// 1 when a StatefulSet does not say.
    pub(crate) replicas: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) observed_generation: i64,
    pub(crate) replicas: i64,
    pub(crate) ready_replicas: i64,
    pub(crate) updated_replicas: i64,
    pub(crate) desired_number_scheduled: i64,
    pub(crate) current_number_scheduled: i64,
    pub(crate) updated_number_scheduled: i64,
    pub(crate) number_ready: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Timestamp>,
}

impl Status {
    pub(crate) fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }
}
