//! A pod that finds no node because the nodes that could take it are cordoned.
//!
//! The scheduler names one reason for each node, and a cordon comes before all others. So "3 node(s) were unschedulable"
//! alone proves little: control-plane nodes are often cordoned for good and are counted each time. A cordon is to blame
//! when every node that the pod asks for is cordoned, or when the scheduler names no other reason at all.

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Node, Pod, Seen, Snapshot, selects};

pub(super) const RULE: Rule = Rule {
    id: "node_cordoned",
    doc: "pods that cannot be scheduled because the nodes for them are cordoned",
    causes: &[NODE_CORDON_MISMATCH],
    check,
};

const NODE_CORDON_MISMATCH: Cause = Cause {
    id: "node_cordon_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Uncordon a node that may take the pod (kubectl uncordon NODE), or add one.",
};

const WORDS: &str = "node(s) were unschedulable";

/// Nodes that are cited by line; the summary names as many.
const NODES_SHOWN: usize = 5;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let cordoned: Vec<&Seen<Node>> = snapshot.nodes.iter().filter(|node| node.is_cordoned()).collect();
    if cordoned.is_empty() {
        return Vec::new();
    }
    let used: BTreeSet<&str> = snapshot.pods.iter().filter_map(|pod| pod.node.as_deref()).collect();
    let pods = snapshot.pods.iter().filter(|pod| pod.is_unscheduled());
    pods.filter_map(|pod| blame(snapshot, pod, &cordoned, &used)).collect()
}

fn blame(
    snapshot: &Snapshot<'_>,
    pod: &Seen<Pod>,
    cordoned: &[&Seen<Node>],
    used: &BTreeSet<&str>,
) -> Option<Finding> {
    let (verdict, citation) = verdict(snapshot, pod)?;
    let asked_for = |node: &Node| selects(&pod.node_selector, &node.labels);
    let suited: Vec<&Seen<Node>> = cordoned.iter().copied().filter(|node| asked_for(node)).collect();
    let all_known = snapshot.nodes.len() >= verdict.nodes;
    let open = snapshot.nodes.iter().any(|node| asked_for(node) && !node.is_cordoned());
    let (certainty, blocking) = if verdict.cordoned == verdict.nodes {
        (Certainty::Stated, workers(cordoned))
    } else if all_known && !open && !suited.is_empty() {
        (Certainty::Inferred, workers(&suited))
    } else {
        // Other nodes are free but unfit for other reasons, so a cordon is one way out among several. It is worth a word
        // when the cordoned node is in use by pods like this one: the rest of the cluster may simply be full.
        let in_use = |node: &&&Seen<Node>| {
            node.is_worker() && used.contains(node.key.name.as_str()) && is_tolerated(pod, node)
        };
        (Certainty::Suspected, suited.iter().filter(in_use).copied().collect())
    };
    let names: Vec<&str> = blocking.iter().take(NODES_SHOWN).map(|node| node.key.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let nodes = blocking.iter().take(NODES_SHOWN).map(|node| cite_cordon(snapshot, node));
    let proof = Proof::of(std::iter::once(citation).chain(nodes))?;
    let object = snapshot.workload_of(pod);
    let more = if blocking.len() > names.len() { " and others" } else { "" };
    let summary = format!(
        "{object} finds no node: those that could take it are cordoned ({}{more}).",
        names.join(", ")
    );
    Some(NODE_CORDON_MISMATCH.finding(object, certainty, summary, proof))
}

/// The workers, unless there are none: a control-plane node may be cordoned for good and is no news.
fn workers<'n>(nodes: &[&'n Seen<Node>]) -> Vec<&'n Seen<Node>> {
    let workers: Vec<_> = nodes.iter().copied().filter(|node| node.is_worker()).collect();
    if workers.is_empty() { nodes.to_vec() } else { workers }
}

fn is_tolerated(pod: &Pod, node: &Node) -> bool {
    let mut hard =
        node.taints.iter().filter(|taint| !taint.is_cordon() && taint.effect != "PreferNoSchedule");
    hard.all(|taint| pod.tolerations.iter().any(|toleration| toleration.covers(taint)))
}

fn cite_cordon(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Option<Evidence> {
    let shows = "the node is cordoned";
    cite(snapshot, node, &["SchedulingDisabled"], shows)
        .or_else(|| cite(snapshot, node, &["unschedulable", "true"], shows))
}

/// What the scheduler said: of how many nodes, and how many of them were cordoned.
struct Verdict {
    nodes: usize,
    cordoned: usize,
}

/// The latest word of the scheduler, from an event or from the pod's own condition.
fn verdict(snapshot: &Snapshot<'_>, pod: &Seen<Pod>) -> Option<(Verdict, Option<Evidence>)> {
    let shows = "the scheduler's reasons";
    let events = snapshot.events_of("pod", &pod.key);
    let said = events.iter().filter(|event| event.reason == "FailedScheduling");
    if let Some((verdict, event)) = said.filter_map(|event| Some((parse(&event.message)?, *event))).next() {
        return (verdict.cordoned > 0).then(|| (verdict, cite(snapshot, event, &[WORDS], shows)));
    }
    let condition = pod.conditions.get("PodScheduled")?;
    let verdict = parse(&condition.message).filter(|verdict| verdict.cordoned > 0)?;
    Some((verdict, cite(snapshot, pod, &[WORDS], shows)))
}

/// Reads `0/4 nodes are available: 2 node(s) were unschedulable, 2 Insufficient cpu. preemption: …`.
fn parse(message: &str) -> Option<Verdict> {
    let (count, reasons) = message.split_once(" nodes are available: ")?;
    let nodes = count.rsplit_once('/')?.1.parse().ok()?;
    let reasons = reasons.split(" preemption: ").next().unwrap_or(reasons);
    let before = reasons.split_once(WORDS).and_then(|(before, _)| before.trim_end().rsplit(' ').next());
    Some(Verdict { nodes, cordoned: before.and_then(|count| count.parse().ok()).unwrap_or(0) })
}

#[cfg(test)]
mod tests;
