//! Pods.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::container::merge_containers;
use super::{
    Condition, Container, Key, Labels, Object, Owner, Requirement, Selector, Taint, fill, fill_list,
    fill_map, merge_conditions,
};

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pod {
    /// Its namespace and name.
    pub key: Key,
    /// Its controller.
    pub owner: Option<Owner>,
    /// Its labels.
    pub labels: Labels,
    /// The node it is bound to; `None` while it is not scheduled, or when the output does not say.
    pub node: Option<String>,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: Option<String>,
    /// The STATUS column of a table, which sums up phase and container states: `Running`, `CrashLoopBackOff`, `Init:0/1` …
    pub status: Option<String>,
    /// The RESTARTS column of a table: all containers together.
    pub restarts: Option<u32>,
    /// Seconds since the last of those restarts, from the same column.
    pub restarted_ago_s: Option<u64>,
    /// Its conditions by type.
    pub conditions: BTreeMap<String, Condition>,
    /// Its containers by name.
    pub containers: BTreeMap<String, Container>,
    /// Its init containers by name.
    pub init_containers: BTreeMap<String, Container>,
    /// Labels that a node must have to take the pod.
    pub node_selector: Labels,
    /// Of these terms a node must meet one, when there are any: required node affinity.
    pub node_affinity: Vec<Vec<Requirement>>,
    /// The pod must stand beside such pods: required pod affinity.
    pub affinity: Vec<PodTerm>,
    /// The pod must not stand beside such pods: required pod anti-affinity.
    pub anti_affinity: Vec<PodTerm>,
    /// Taints the pod puts up with.
    pub tolerations: Vec<Toleration>,
    /// The service account it runs as.
    pub service_account: Option<String>,
    /// What its volumes are made of, by volume name.
    pub volumes: BTreeMap<String, Volume>,
    /// The secrets with which its images are pulled.
    pub pull_secrets: Vec<String>,
    /// Its address in the cluster.
    pub ip: Option<String>,
    /// The scheduler that is to place it, where the output names one.
    pub scheduler: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Seconds since it was made, where the output gives an age instead of a time.
    pub age_s: Option<u64>,
    /// How it resolves names; `None` when that is as usual, or no output said.
    pub dns: Option<Dns>,
}

impl Pod {
    /// Init containers, then containers.
    pub(crate) fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.values().chain(self.containers.values())
    }

    /// True when every container is ready, as far as is known.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        match self.conditions.get("Ready") {
            Some(condition) => condition.status == "True",
            None => {
                !self.containers.is_empty()
                    && self.containers.values().all(|container| container.ready == Some(true))
            }
        }
    }

    /// True while no node was found for it.
    #[must_use]
    pub(crate) fn is_unscheduled(&self) -> bool {
        self.node.is_none() && self.phase.as_deref() == Some("Pending")
    }
}

impl Object for Pod {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill(&mut self.owner, other.owner);
        fill_map(&mut self.labels, other.labels);
        fill(&mut self.node, other.node);
        fill(&mut self.phase, other.phase);
        fill(&mut self.status, other.status);
        fill(&mut self.restarts, other.restarts);
        fill(&mut self.restarted_ago_s, other.restarted_ago_s);
        merge_conditions(&mut self.conditions, other.conditions);
        merge_containers(&mut self.containers, other.containers);
        merge_containers(&mut self.init_containers, other.init_containers);
        fill_map(&mut self.node_selector, other.node_selector);
        fill_list(&mut self.node_affinity, other.node_affinity);
        fill_list(&mut self.affinity, other.affinity);
        fill_list(&mut self.anti_affinity, other.anti_affinity);
        fill_list(&mut self.tolerations, other.tolerations);
        fill(&mut self.service_account, other.service_account);
        fill_map(&mut self.volumes, other.volumes);
        fill_list(&mut self.pull_secrets, other.pull_secrets);
        fill(&mut self.ip, other.ip);
        fill(&mut self.scheduler, other.scheduler);
        fill(&mut self.created, other.created);
        fill(&mut self.age_s, other.age_s);
        fill(&mut self.dns, other.dns);
    }
}

/// How a pod resolves names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dns {
    /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` (the node's) or `None` (only what follows).
    pub policy: String,
    /// Name servers of its own.
    pub servers: Vec<String>,
    /// Search domains of its own.
    pub searches: Vec<String>,
    /// True when it stands in the node's network.
    pub host_network: bool,
}

/// Pods that a pod wants beside it, or does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodTerm {
    /// Which pods.
    pub selector: Selector,
    /// The node label whose equal values make nodes one place: `kubernetes.io/hostname`, a zone …
    pub topology_key: String,
}

/// A taint, or a family of taints, that a pod puts up with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Toleration {
    /// The taint's key; empty for every key.
    pub key: String,
    /// The taint's value; `None` for every value (operator `Exists`).
    pub value: Option<String>,
    /// The taint's effect; empty for every effect.
    pub effect: String,
}

impl Toleration {
    /// True when the pod puts up with `taint`.
    #[must_use]
    pub(crate) fn covers(&self, taint: &Taint) -> bool {
        (self.key.is_empty() || self.key == taint.key)
            && (self.effect.is_empty() || self.effect == taint.effect)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
    }
}

/// What a volume is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Volume {
    /// A claim of this name.
    Claim(String),
    /// A secret of this name.
    Secret(String),
    /// A config map of this name.
    ConfigMap(String),
    /// Anything else.
    Other,
}
