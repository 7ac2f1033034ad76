//! When a workload or a node is in trouble, by what the object itself says.

use super::{
    event::{self, SOURCE},
    objects::{Condition, Object, Reference},
    reasons::{
        self, MINIMUM_REPLICAS_UNAVAILABLE, NODE_NOT_READY, PROGRESS_DEADLINE_EXCEEDED, REPLICAS_UNAVAILABLE,
    },
    scope::Resource,
};
use aetherius_contracts::events::{EventType, StandardEvent};
use jiff::Timestamp;
use serde_json::json;

#[cfg(test)]
mod tests;

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// When it began, if the object says so.
    pub(crate) began: Option<Timestamp>,
    /// Whether Kubernetes itself has waited long enough.
    pub(crate) is_final: bool,
    /// While this changes, things are moving.
    pub(crate) progress: [i64; 5],
    /// Pods that are not ready; 0 where Kubernetes has counted for us.
    pub(crate) lacking: i64,
}

/// The trouble of an object, if it is in any.
pub(crate) fn trouble(resource: Resource, object: &Object) -> Option<Trouble> {
    match resource {
        Resource::Deployments => deployment(object),
        Resource::StatefulSets => {
            lacking(object, object.spec.replicas.unwrap_or(1), object.status.ready_replicas)
        }
        Resource::DaemonSets => {
            lacking(object, object.status.desired_number_scheduled, object.status.number_ready)
        }
        Resource::Nodes => node(object),
        Resource::Events => None,
    }
}

fn deployment(object: &Object) -> Option<Trouble> {
    let failed = |kind: &str| object.status.condition(kind).filter(|condition| condition.status == "False");
    let stuck = failed("Progressing").filter(|condition| condition.reason == PROGRESS_DEADLINE_EXCEEDED);
    let unavailable = failed("Available");
    let shown = stuck.or(unavailable)?;
    let began = [stuck, unavailable].into_iter().flatten().filter_map(|it| it.last_transition_time).min();
    Some(Trouble {
        reason: if stuck.is_some() { PROGRESS_DEADLINE_EXCEEDED } else { MINIMUM_REPLICAS_UNAVAILABLE },
        message: event::cut(&shown.message),
        began,
        is_final: stuck.is_some(),
        progress: [0; 5],
        lacking: 0,
    })
}

fn node(object: &Object) -> Option<Trouble> {
    let ready: &Condition =
        object.status.condition("Ready").filter(|condition| condition.status != "True")?;
    Some(Trouble {
        reason: NODE_NOT_READY,
        message: event::cut(&format!("{}: {}", ready.reason, ready.message)),
        began: ready.last_transition_time,
        is_final: false,
        progress: [0; 5],
        lacking: 0,
    })
}

fn lacking(object: &Object, wanted: i64, ready: i64) -> Option<Trouble> {
    let status = &object.status;
    (ready < wanted).then(|| Trouble {
        reason: REPLICAS_UNAVAILABLE,
        message: format!("{ready} of {wanted} pods are ready, and nothing moves"),
        began: None,
        is_final: false,
        progress: [
            object.metadata.generation,
            wanted,
            ready,
            status.replicas + status.current_number_scheduled,
            status.updated_replicas + status.updated_number_scheduled,
        ],
        lacking: wanted - ready,
    })
}

/// The trouble as an event.
pub(crate) fn standardise(
    cluster: &str,
    resource: Resource,
    object: &ObjectKey,
    trouble: &Trouble,
    since: Timestamp,
) -> StandardEvent {
    let reference = Reference {
        kind: resource.kind().to_owned(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        ..Reference::default()
    };
    let (severity, _) = reasons::weight(trouble.reason);
    let summary = format!("{}: {} {}", trouble.reason, reference.kind, event::of_namespace(&reference));
    StandardEvent {
        id: uuid::Uuid::now_v7().to_string(),
        kind: EventType::Event,
        source: SOURCE.to_owned(),
        timestamp: since,
        cluster_id: cluster.to_owned(),
        namespace: object.namespace.clone(),
        severity,
        labels: event::labels(cluster, trouble.reason, &reference),
        annotations: [("summary".to_owned(), summary), ("description".to_owned(), trouble.message.clone())]
            .into(),
        fingerprint: event::fingerprint(cluster, trouble.reason, &reference),
        raw_data: json!({
            "reason": trouble.reason,
            "message": trouble.message,
            "since": since,
            "involvedObject": { "kind": reference.kind, "namespace": reference.namespace, "name": reference.name },
        }),
    }
}

/// By what an object of a watched kind is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectKey {
    /// Empty for a node.
    pub(crate) namespace: String,
    pub(crate) name: String,
}
