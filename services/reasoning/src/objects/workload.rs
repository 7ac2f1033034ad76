//! What owns pods.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use aetherius_contracts::reasoning::ObjectRef;

use super::{
    Condition, Key, Labels, Object, Owner, Pod, Seen, Snapshot, fill, fill_map, merge_conditions, selects,
};

/// What makes pods from a template and keeps their number: a deployment, stateful set, daemon set or replica set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workload {
    /// Its namespace and name.
    pub key: Key,
    /// Its own controller: that of a replica set is its deployment.
    pub owner: Option<Owner>,
    /// True when an output that would name a controller names none; a row of a table would not.
    pub is_alone: bool,
    /// The labels by which it knows its pods.
    pub selector: Labels,
    /// How many pods it should have.
    pub desired: Option<u32>,
    /// How many of its pods are ready.
    pub ready: Option<u32>,
    /// Its conditions by type: `Available`, `Progressing`, `ReplicaFailure` …
    pub conditions: BTreeMap<String, Condition>,
    /// The pod it makes: without a name, and without anything that happens to it.
    pub template: Pod,
}

impl Object for Workload {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill(&mut self.owner, other.owner);
        self.is_alone |= other.is_alone;
        fill_map(&mut self.selector, other.selector);
        fill(&mut self.desired, other.desired);
        fill(&mut self.ready, other.ready);
        merge_conditions(&mut self.conditions, other.conditions);
        self.template.merge(other.template);
    }
}

impl Snapshot<'_> {
    /// The workload that a person would mend for this pod: its deployment, stateful set, daemon set …, or the pod itself
    /// when nothing owns it.
    ///
    /// Where no output names the owner, Kubernetes' own naming is read backwards: `web-6d4b8c7f9b-x2kqp` belongs to
    /// replica set `web-6d4b8c7f9b`, which belongs to deployment `web`.
    #[must_use]
    pub(crate) fn workload_of(&self, pod: &Pod) -> ObjectRef {
        let found = |kind: &str, name: &str| ObjectRef {
            kind: kind.to_owned(),
            namespace: pod.key.namespace.clone(),
            name: name.to_owned(),
        };
        if let Some(owner) = &pod.owner {
            return match owner.kind.as_str() {
                "replicaset" => match self.deployment_of(pod, &owner.name) {
                    Some(deployment) => found("deployment", &deployment),
                    None => found("replicaset", &owner.name),
                },
                // A static pod is owned by its node, which is not what one mends.
                "node" => found("pod", &pod.key.name),
                kind => found(kind, &owner.name),
            };
        }
        if let Some(deployment) = self.deployment_by_selector(pod) {
            return found("deployment", deployment);
        }
        match owner_by_name(pod) {
            Some((kind, name)) => found(kind, name),
            None => found("pod", &pod.key.name),
        }
    }

    /// The workload of this kind and name, if an output tells of it.
    #[must_use]
    pub(crate) fn workload(&self, object: &ObjectRef) -> Option<&Seen<Workload>> {
        let index = match object.kind.as_str() {
            "deployment" => &self.deployments,
            "statefulset" => &self.stateful_sets,
            "daemonset" => &self.daemon_sets,
            "replicaset" => &self.replica_sets,
            _ => return None,
        };
        index.get(&Key::new(&object.namespace, &object.name))
    }

    /// The pods whose containers wrote a log: the pod of that name, or those of the workload or service of that name.
    #[must_use]
    pub(crate) fn pods_of_log(&self, log: &Key) -> Vec<&Seen<Pod>> {
        if let Some(pod) = self.pods.get(log) {
            return vec![pod];
        }
        let here = || self.pods.iter().filter(|pod| pod.key.namespace == log.namespace);
        let owned: Vec<_> = here().filter(|pod| self.workload_of(pod).name == log.name).collect();
        if !owned.is_empty() {
            return owned;
        }
        let selector = self.services.get(log).and_then(|service| service.selector.as_ref());
        selector.map_or_else(Vec::new, |selector| {
            let chosen = |pod: &&Seen<Pod>| !selector.is_empty() && selects(selector, &pod.labels);
            here().filter(chosen).collect()
        })
    }

    fn deployment_of(&self, pod: &Pod, replica_set: &str) -> Option<String> {
        if let Some(known) = self.replica_sets.get(&Key::new(&pod.key.namespace, replica_set))
            && (known.owner.is_some() || known.is_alone)
        {
            let owner = known.owner.as_ref().filter(|owner| owner.kind == "deployment");
            return owner.map(|owner| owner.name.clone());
        }
        let (name, hash) = replica_set.rsplit_once('-')?;
        let is_hash = match pod.labels.get("pod-template-hash") {
            Some(label) => label == hash,
            None => is_generated(hash, 6..=10),
        };
        is_hash.then(|| name.to_owned())
    }

    fn deployment_by_selector(&self, pod: &Pod) -> Option<&str> {
        let mut matching = self.deployments.iter().filter(|deployment| {
            deployment.key.namespace == pod.key.namespace
                && !deployment.selector.is_empty()
                && selects(&deployment.selector, &pod.labels)
        });
        matching.next().map(|deployment| deployment.key.name.as_str())
    }
}

fn owner_by_name(pod: &Pod) -> Option<(&'static str, &str)> {
    let (rest, last) = pod.key.name.rsplit_once('-')?;
    if is_generated(last, 5..=5) {
        return match rest.rsplit_once('-') {
            Some((name, hash)) if is_generated(hash, 6..=10) => Some(("deployment", name)),
            _ => Some(("daemonset", rest)),
        };
    }
    let is_ordinal = !last.is_empty() && last.len() <= 4 && last.bytes().all(|byte| byte.is_ascii_digit());
    is_ordinal.then_some(("statefulset", rest))
}

/// Kubernetes draws generated parts of names from these letters only, which keeps them free of words.
fn is_generated(part: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

#[cfg(test)]
mod tests;
