//! Simplified Kubernetes objects: what rules look at, whatever form it came in.
//!
//! Every field is optional in spirit: a table row knows a pod's status but not its containers, a description knows both.
//! Views of one object are merged by kind, namespace and name; the view seen first wins where two disagree.

mod selector;
mod quantity;
mod pod;
mod container;
mod workload;
mod service;
mod storage;
mod admission;
mod node;
mod event;
mod log;
mod anomaly;
mod snapshot;
mod source;

use std::collections::BTreeMap;

pub(crate) use admission::{ResourceQuota, ServiceAccount};
pub(crate) use anomaly::{Anomaly, Calls, Measure, Sign};
pub(crate) use container::{Action, Container, ContainerPort, EnvValue, PortRef, Probe, State, Termination};
pub(crate) use event::{Event, Involved};
pub(crate) use log::{Connection, Log};
pub(crate) use node::{Node, Taint};
pub(crate) use pod::{Pod, PodTerm, Toleration, Volume};
pub(crate) use quantity::thousandths;
pub(crate) use selector::{Requirement, Selector, selects};
pub(crate) use service::{Endpoints, Service, ServicePort};
#[cfg(test)]
pub(crate) use snapshot::Index;
pub(crate) use snapshot::Snapshot;
pub(crate) use source::{Output, Seen, Source};
pub(crate) use storage::{Claim, PersistentVolume, StorageClass};
pub(crate) use workload::Workload;

/// Labels, selectors, quantities: names with values, in a stable order.
pub(crate) type Labels = BTreeMap<String, String>;

/// What names an object within its kind. The namespace of a cluster-scoped object is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The namespace, or empty.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl Key {
    /// A key from its two parts.
    #[must_use]
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// The controller of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Lower-case singular kind: `replicaset`, `statefulset` …
    pub kind: String,
    /// The controller's name, in the namespace of what it owns.
    pub name: String,
}

/// A condition of a pod or a node, stored under its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word for why; empty when the output did not say.
    pub reason: String,
    /// A sentence for why; empty when the output did not say.
    pub message: String,
}

/// An object that the snapshot keeps one merged view of.
pub(crate) trait Object {
    /// What names it.
    fn key(&self) -> &Key;
    /// Adds what only `other`, a view of the same object, knows.
    fn merge(&mut self, other: Self);
}

fn fill<T>(slot: &mut Option<T>, other: Option<T>) {
    if slot.is_none() {
        *slot = other;
    }
}

fn fill_text(slot: &mut String, other: String) {
    if slot.is_empty() {
        *slot = other;
    }
}

fn fill_list<T>(slot: &mut Vec<T>, other: Vec<T>) {
    if slot.is_empty() {
        *slot = other;
    }
}

fn fill_map<V>(slot: &mut BTreeMap<String, V>, other: BTreeMap<String, V>) {
    for (name, value) in other {
        slot.entry(name).or_insert(value);
    }
}

fn merge_conditions(slot: &mut BTreeMap<String, Condition>, other: BTreeMap<String, Condition>) {
    for (kind, condition) in other {
        let known = slot
            .entry(kind)
            .or_insert_with(|| Condition { status: condition.status.clone(), ..Condition::default() });
        if known.status == condition.status {
            fill_text(&mut known.reason, condition.reason);
            fill_text(&mut known.message, condition.message);
        }
    }
}
