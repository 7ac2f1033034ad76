//! From a Kubernetes Event to a standard one.

use super::{
    objects::{Event, Reference},
    reasons,
    settings::{KubernetesType, Rules},
};
use crate::dedup;
use aetherius_contracts::events::{EventType, StandardEvent};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// The source of everything that a watch sees.
pub(crate) const SOURCE: &str = "kubernetes";
/// Characters of a message that are kept; the API bounds only newer Events.
const MESSAGE_CHARS_MAX: usize = 4096;

/// The event, if it counts.
pub(crate) fn standardise(
    cluster: &str,
    event: &Event,
    rules: &Rules,
    now: Timestamp,
) -> Option<StandardEvent> {
    let object = &event.involved_object;
    let (severity, count_min) = reasons::weight(&event.reason);
    let has_type = |kind: &KubernetesType| event.kind == kind.as_str();
    let counts = rules.types.iter().any(has_type)
        && rules.reasons.contains(&event.reason)
        && !reasons::OF_STATE.contains(&event.reason.as_str())
        && rules.is_in_scope(&object.namespace)
        && event.sightings() >= count_min.max(rules.min_count);
    if !counts {
        return None;
    }
    let message = cut(&event.message);
    let mut labels = labels(cluster, &event.reason, object);
    labels.extend(container(&object.field_path).map(|name| ("container".to_owned(), name.to_owned())));
    let summary = format!("{}: {} {}", event.reason, object.kind, of_namespace(object));
    let reporter = Some(&event.reporting_component).filter(|name| !name.is_empty());
    Some(StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Event,
        source: SOURCE.to_owned(),
        timestamp: event.last_seen().unwrap_or(now),
        cluster_id: cluster.to_owned(),
        namespace: object.namespace.clone(),
        severity,
        fingerprint: fingerprint(cluster, &event.reason, object),
        labels,
        annotations: [("summary".to_owned(), summary), ("description".to_owned(), message.clone())].into(),
        raw_data: json!({
            "name": event.metadata.name,
            "uid": event.metadata.uid,
            "resourceVersion": event.metadata.resource_version,
            "type": event.kind,
            "reason": event.reason,
            "message": message,
            "involvedObject": { "kind": object.kind, "namespace": object.namespace, "name": object.name,
                "uid": object.uid, "fieldPath": object.field_path },
            "count": event.sightings(),
            "firstTimestamp": event.first_seen(),
            "lastTimestamp": event.last_seen(),
            "reportingComponent": reporter.unwrap_or(&event.source.component),
            "host": event.source.host,
        }),
    })
}

/// What every event of a watch is labelled with.
pub(crate) fn labels(cluster: &str, reason: &str, object: &Reference) -> BTreeMap<String, String> {
    let all = [
        ("alertname", reason),
        ("cluster", cluster),
        ("namespace", object.namespace.as_str()),
        ("kind", object.kind.as_str()),
        ("name", object.name.as_str()),
    ];
    let known = all.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Pods of one workload that report the same are one event.
pub(crate) fn fingerprint(cluster: &str, reason: &str, object: &Reference) -> String {
    let mut identity = labels(cluster, reason, object);
    if object.kind == "Pod" {
        identity.insert("name".to_owned(), origin(&object.name).to_owned());
    }
    dedup::fingerprint(SOURCE, &identity)
}

/// `namespace/name`, or the name of what is in none.
pub(crate) fn of_namespace(object: &Reference) -> String {
    match object.namespace.as_str() {
        "" => object.name.clone(),
        namespace => format!("{namespace}/{}", object.name),
    }
}

/// At most [`MESSAGE_CHARS_MAX`] of it.
pub(crate) fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}

/// The name of a pod without what controllers appended to that of theirs: `web-7d9c8b6f5d-x2lkq` and `web-0` are of `web`.
fn origin(pod: &str) -> &str {
    let Some((rest, last)) = pod.rsplit_once('-') else { return pod };
    let is_ordinal = (1..=4).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_digit());
    if is_ordinal {
        return rest;
    }
    if last.len() != 5 || !is_generated(last) {
        return pod;
    }
    match rest.rsplit_once('-') {
        // A ReplicaSet's hash is a number of 32 bits, written with the letters of generated names.
        Some((workload, hash)) if (6..=10).contains(&hash.len()) && is_generated(hash) => workload,
        _ => rest,
    }
}

/// Kubernetes generates names of these letters alone, so that they form no words (`k8s.io/apimachinery/pkg/util/rand`).
fn is_generated(suffix: &str) -> bool {
    suffix.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
}

/// `web` of `spec.containers{web}`.
fn container(field_path: &str) -> Option<&str> {
    let (_, rest) = field_path.split_once("ontainers{")?;
    rest.strip_suffix('}').filter(|name| !name.is_empty())
}
