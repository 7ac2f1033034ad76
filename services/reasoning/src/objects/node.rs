//! Nodes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Condition, Key, Labels, Object, fill, fill_list, fill_map, merge_conditions};

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name; the namespace is empty.
    pub key: Key,
    /// Its labels.
    pub labels: Labels,
    /// Its roles as `kubectl` derives them from its labels.
    pub roles: Vec<String>,
    /// True when it is cordoned; `None` when no output said.
    pub unschedulable: Option<bool>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Its conditions by type.
    pub conditions: BTreeMap<String, Condition>,
    /// What it can give to pods, by resource, as written.
    pub allocatable: Labels,
    /// Its daemons by the name of their unit: `active`, `inactive`, `failed` …; only a look at the node itself tells.
    pub services: Labels,
    /// When it last reported its state.
    pub heartbeat: Option<Timestamp>,
}

impl Node {
    /// True when nothing new may be placed on it.
    #[must_use]
    pub(crate) fn is_cordoned(&self) -> bool {
        self.unschedulable == Some(true)
    }

    /// True when it has no role but to run pods. A role that is not known may be that of the control plane, which many
    /// installations keep cordoned for good.
    #[must_use]
    pub(crate) fn is_worker(&self) -> bool {
        self.roles.iter().all(|role| matches!(role.as_str(), "worker" | "node" | "agent"))
    }
}

impl Object for Node {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_map(&mut self.labels, other.labels);
        fill_list(&mut self.roles, other.roles);
        fill(&mut self.unschedulable, other.unschedulable);
        fill_list(&mut self.taints, other.taints);
        merge_conditions(&mut self.conditions, other.conditions);
        fill_map(&mut self.allocatable, other.allocatable);
        fill_map(&mut self.services, other.services);
        self.heartbeat = self.heartbeat.max(other.heartbeat);
    }
}

/// A mark on a node that keeps pods away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; often empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

impl Taint {
    /// True for the mark that Kubernetes itself puts on a cordoned node.
    #[must_use]
    pub(crate) fn is_cordon(&self) -> bool {
        self.key == "node.kubernetes.io/unschedulable"
    }
}
