//! Nobody places pods, because the scheduler does not run.
//!
//! A look at the node says it outright. Without one, its silence does: a scheduler that runs has a word on every pod
//! within seconds, a node or a reason.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Pod, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "scheduler_down",
    doc: "a scheduler that does not run, so that nobody places pods",
    causes: &[KUBE_SCHEDULER_UNAVAILABLE],
    check,
};

const KUBE_SCHEDULER_UNAVAILABLE: Cause = Cause {
    id: "kube_scheduler_unavailable",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Start kube-scheduler on the control-plane node (systemctl start kube-scheduler, or its static pod's manifest) and read its log.",
};

const UNIT: &str = "kube-scheduler";

/// A scheduler with thousands of pods before it may need a while; longer than this it does not.
const SILENCE_S: u64 = 60;

/// Pods that are cited.
const PODS_SHOWN: usize = 4;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let ignored = ignored(snapshot);
    let found = inactive(snapshot, &ignored);
    if found.is_empty() { silent(snapshot, &ignored).into_iter().collect() } else { found }
}

/// Nodes where the daemon was looked for and does not run.
fn inactive(snapshot: &Snapshot<'_>, ignored: &[&Seen<Pod>]) -> Vec<Finding> {
    let runs = |state: &str| state == "active";
    let states = || snapshot.nodes.iter().filter_map(|node| Some((node, node.services.get(UNIT)?)));
    // One of several is enough; then this one is worth a word, no more.
    let certainty =
        if states().any(|(_, state)| runs(state)) { Certainty::Suspected } else { Certainty::Stated };
    let down = states().filter(|(_, state)| !runs(state));
    let findings = down.filter_map(|(node, state)| {
        let daemon = cite(snapshot, node, &["Active:", state], "the scheduler's daemon");
        let proof = Proof::of(std::iter::once(daemon).chain(cite_pods(snapshot, ignored)))?;
        let object = node_ref(&node.key.name);
        let summary = format!("The scheduler on {object} is {state}, so no pod finds a node.");
        Some(KUBE_SCHEDULER_UNAVAILABLE.finding(object, certainty, summary, proof))
    });
    findings.collect()
}

/// Pods on which the scheduler has no word.
fn silent(snapshot: &Snapshot<'_>, ignored: &[&Seen<Pod>]) -> Option<Finding> {
    let first = ignored.first()?;
    let own = snapshot.pods.iter().find(|pod| is_scheduler(pod) && pod.node.is_some() && !pod.is_ready());
    let node = match own.and_then(|pod| pod.node.as_deref()) {
        Some(node) => Some(node),
        None => snapshot.nodes.iter().find(|node| !node.is_worker()).map(|node| node.key.name.as_str()),
    };
    let own =
        own.and_then(|pod| cite(snapshot, pod, &[&pod.key.name], "the scheduler's own pod is not ready"));
    let certainty = if own.is_some() { Certainty::Stated } else { Certainty::Inferred };
    let proof = Proof::of(std::iter::once(own).chain(cite_pods(snapshot, ignored)))?;
    // A control plane that somebody else runs shows no nodes.
    let object = node.map_or_else(|| snapshot.workload_of(first), node_ref);
    let summary = format!(
        "The scheduler says nothing of the pods that wait for a node ({}), so it does not run.",
        ignored.len()
    );
    Some(KUBE_SCHEDULER_UNAVAILABLE.finding(object, certainty, summary, proof))
}

fn node_ref(name: &str) -> ObjectRef {
    ObjectRef { kind: "node".to_owned(), namespace: String::new(), name: name.to_owned() }
}

fn is_scheduler(pod: &Pod) -> bool {
    pod.labels.get("component").is_some_and(|component| component == UNIT)
}

fn cite_pods<'s>(
    snapshot: &'s Snapshot<'_>,
    ignored: &'s [&Seen<Pod>],
) -> impl Iterator<Item = Option<Evidence>> + 's {
    let shows = "the pod waits, and the scheduler said nothing";
    ignored.iter().take(PODS_SHOWN).map(move |pod| cite(snapshot, pod, &["Pending"], shows))
}

/// Pods that have waited for a while without a word from the scheduler, while it had none for younger ones either.
fn ignored<'s>(snapshot: &'s Snapshot<'_>) -> Vec<&'s Seen<Pod>> {
    let words = snapshot.events().filter(|event| is_word(&event.reason));
    let spoke_s = words.filter_map(|event| snapshot.age_s(event)).min().unwrap_or(u64::MAX);
    let is_ignored = |pod: &&Seen<Pod>| {
        // A row of a table does not tell what the scheduler said.
        if !pod.is_unscheduled() || pod.containers.is_empty() || pod.conditions.contains_key("PodScheduled") {
            return false;
        }
        let ours = pod.scheduler.as_deref().is_none_or(|name| name == "default-scheduler");
        let told = snapshot.events_of("pod", &pod.key).iter().any(|event| is_word(&event.reason));
        ours && !told && age_s(snapshot, pod).is_some_and(|age| age >= SILENCE_S && spoke_s >= age)
    };
    snapshot.pods.iter().filter(is_ignored).collect()
}

fn is_word(reason: &str) -> bool {
    matches!(reason, "Scheduled" | "FailedScheduling")
}

fn age_s(snapshot: &Snapshot<'_>, pod: &Pod) -> Option<u64> {
    let created = || snapshot.seconds_since(pod.created?);
    let made = || {
        let made = snapshot.events().filter(|event| event.reason == "SuccessfulCreate");
        made.filter(|event| event.message.ends_with(&pod.key.name))
            .filter_map(|event| snapshot.age_s(event))
            .max()
    };
    pod.age_s.or_else(created).or_else(made)
}

#[cfg(test)]
mod tests;
