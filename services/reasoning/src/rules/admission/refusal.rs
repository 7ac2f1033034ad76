//! Pods and claims that a controller was not allowed to create, in the words of the API server.

use aetherius_contracts::reasoning::{Evidence, ObjectRef};

use crate::evidence::cite;
use crate::objects::{Event, Key, Owner, Pod, Seen, Snapshot, Workload};

/// A refusal that still keeps a workload from its pods.
pub(super) struct Refusal<'s> {
    /// The set of pods whose controller was refused.
    pub set: Set<'s>,
    /// What a person would mend: the deployment of a replica set, otherwise the set itself.
    pub workload: ObjectRef,
    /// The refusal.
    pub message: &'s str,
    said: Said<'s>,
}

/// What makes pods without a controller of its own between.
#[derive(Clone, Copy)]
pub(super) struct Set<'s> {
    /// `replicaset`, `statefulset`, `daemonset` or `job`.
    pub kind: &'s str,
    /// Its namespace and name.
    pub key: &'s Key,
}

/// Where a refusal stands: events are forgotten after an hour, a condition stays.
enum Said<'s> {
    Event(&'s Seen<Event>),
    Condition(&'s Seen<Workload>),
}

impl Refusal<'_> {
    /// Cites the refusal.
    pub(super) fn cite(&self, snapshot: &Snapshot<'_>, words: &[&str], shows: &str) -> Option<Evidence> {
        match self.said {
            Said::Event(event) => cite(snapshot, event, words, shows),
            Said::Condition(workload) => cite(snapshot, workload, words, shows),
        }
    }
}

/// The latest refusal of every set that still lacks pods. What was created in the wrong order is refused at first and
/// heals by itself; such events stay behind.
pub(super) fn refusals<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Refusal<'s>> {
    let mut found: Vec<Refusal<'s>> = Vec::new();
    for event in snapshot.events().filter(|event| is_refusal(&event.reason, &event.message)) {
        let set = Set { kind: &event.involved.kind, key: &event.involved.key };
        if found.iter().any(|known| known.set.kind == set.kind && known.set.key == set.key) {
            continue;
        }
        let events = snapshot.events_of(set.kind, set.key);
        let latest = events.into_iter().find(|event| is_refusal(&event.reason, &event.message));
        if let Some(latest) = latest.filter(|_| set.lacks_pods(snapshot)) {
            let said = Said::Event(latest);
            found.push(Refusal { set, workload: set.workload(snapshot), message: &latest.message, said });
        }
    }
    for set in snapshot.replica_sets.iter() {
        let Some(condition) = set.conditions.get("ReplicaFailure").filter(|it| it.status == "True") else {
            continue;
        };
        let said = Said::Condition(set);
        let set = Set { kind: "replicaset", key: &set.key };
        let is_known = found.iter().any(|known| known.set.kind == set.kind && known.set.key == set.key);
        if !is_known && !condition.message.is_empty() && set.lacks_pods(snapshot) {
            found.push(Refusal { set, workload: set.workload(snapshot), message: &condition.message, said });
        }
    }
    found
}

fn is_refusal(reason: &str, message: &str) -> bool {
    reason == "FailedCreate" && (message.contains("forbidden") || message.contains("not found"))
}

impl<'s> Set<'s> {
    /// The set itself, where an output tells of it.
    pub(super) fn known(self, snapshot: &'s Snapshot<'_>) -> Option<&'s Seen<Workload>> {
        match self.kind {
            "replicaset" => snapshot.replica_sets.get(self.key),
            "statefulset" => snapshot.stateful_sets.get(self.key),
            "daemonset" => snapshot.daemon_sets.get(self.key),
            _ => None,
        }
    }

    /// True when sets of its kind were looked at.
    fn is_kind_known(self, snapshot: &Snapshot<'_>) -> bool {
        let count = match self.kind {
            "replicaset" => snapshot.replica_sets.len(),
            "statefulset" => snapshot.stateful_sets.len(),
            "daemonset" => snapshot.daemon_sets.len(),
            _ => 0,
        };
        count > 0
    }

    /// True when it has fewer pods than it should have. A set that is not among the others of its kind is gone.
    fn lacks_pods(self, snapshot: &'s Snapshot<'_>) -> bool {
        let Some(known) = self.known(snapshot) else {
            return !self.is_kind_known(snapshot) && self.pods(snapshot) == 0;
        };
        match (known.desired, known.ready) {
            (Some(0), _) => false,
            (Some(desired), Some(ready)) if ready >= desired => false,
            (desired, _) => self.pods(snapshot) < usize::try_from(desired.unwrap_or(1)).unwrap_or(usize::MAX),
        }
    }

    /// How many pods it has, ready or not.
    fn pods(self, snapshot: &Snapshot<'_>) -> usize {
        let is_its_own = |pod: &&Seen<Pod>| {
            pod.key.namespace == self.key.namespace
                && match &pod.owner {
                    Some(owner) => owner.kind == self.kind && owner.name == self.key.name,
                    None => pod
                        .key
                        .name
                        .strip_prefix(&self.key.name)
                        .and_then(|rest| rest.strip_prefix('-'))
                        .is_some_and(|rest| !rest.contains('-')),
                }
        };
        snapshot.pods.iter().filter(is_its_own).count()
    }

    fn workload(self, snapshot: &Snapshot<'_>) -> ObjectRef {
        let owner = Owner { kind: self.kind.to_owned(), name: self.key.name.clone() };
        let labels = self.known(snapshot).map(|known| known.template.labels.clone()).unwrap_or_default();
        snapshot.workload_of(&Pod {
            key: Key::new(&self.key.namespace, ""),
            owner: Some(owner),
            labels,
            ..Pod::default()
        })
    }
}
