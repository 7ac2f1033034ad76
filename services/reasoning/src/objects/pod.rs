//! Pods and their containers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Condition, Key, Labels, Object, Owner, Taint, fill, fill_list, fill_map, fill_text, merge_conditions,
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
    /// Taints the pod puts up with.
    pub tolerations: Vec<Toleration>,
    /// The service account it runs as.
    pub service_account: Option<String>,
    /// What its volumes are made of, by volume name.
    pub volumes: BTreeMap<String, Volume>,
}

impl Pod {
    /// Init containers, then containers.
    pub(crate) fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.values().chain(self.containers.values())
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
        fill_list(&mut self.tolerations, other.tolerations);
        fill(&mut self.service_account, other.service_account);
        fill_map(&mut self.volumes, other.volumes);
    }
}

/// A container or init container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Container {
    /// Its name within the pod.
    pub name: String,
    /// The image it should run.
    pub image: Option<String>,
    /// Whether it is ready.
    pub ready: Option<bool>,
    /// What it does now.
    pub state: Option<State>,
    /// How it ended before its last restart.
    pub last_state: Option<Termination>,
    /// How often it was restarted.
    pub restarts: u32,
    /// Its memory limit, as written.
    pub memory_limit: Option<String>,
}

impl Container {
    /// Why it waits: `ErrImagePull`, `CrashLoopBackOff` …
    #[must_use]
    pub(crate) fn waiting_reason(&self) -> Option<&str> {
        match &self.state {
            Some(State::Waiting { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    /// How it ended: now, or before its last restart.
    #[must_use]
    pub(crate) fn last_end(&self) -> Option<&Termination> {
        match &self.state {
            Some(State::Terminated(end)) => Some(end),
            _ => self.last_state.as_ref(),
        }
    }
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not started, or not again.
    Waiting {
        /// One word for why.
        reason: String,
        /// A sentence for why; often empty.
        message: String,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It ended.
    Terminated(Termination),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Termination {
    /// `OOMKilled`, `Error`, `Completed` …
    pub reason: String,
    /// Its last words; mostly empty.
    pub message: String,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// When it ended.
    pub finished: Option<Timestamp>,
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

fn merge_containers(slot: &mut BTreeMap<String, Container>, other: BTreeMap<String, Container>) {
    for (name, view) in other {
        match slot.get_mut(&name) {
            None => {
                slot.insert(name, view);
            }
            Some(known) => merge_container(known, view),
        }
    }
}

fn merge_container(known: &mut Container, view: Container) {
    fill(&mut known.image, view.image);
    fill(&mut known.ready, view.ready);
    if let (Some(State::Waiting { reason, message }), Some(State::Waiting { reason: why, message: words })) =
        (&mut known.state, &view.state)
        && reason == why
    {
        fill_text(message, words.clone());
    }
    fill(&mut known.state, view.state);
    fill(&mut known.last_state, view.last_state);
    known.restarts = known.restarts.max(view.restarts);
    fill(&mut known.memory_limit, view.memory_limit);
}
