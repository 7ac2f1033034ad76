//! A pod that finds no node because the nodes that could take it are cordoned.
//!
//! The scheduler names one reason for each node, and a cordon comes before all others. So "3 node(s) were unschedulable"
//! alone proves little: control-plane nodes are often cordoned for good and are counted each time. A cordon is to blame
//! when every node that the pod asks for is cordoned, or when the scheduler names no other reason at all.

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::scheduler::{Obstacle, Refusal, knows_labels, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Node, Seen, Snapshot};

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

/// Nodes that are cited by line; the summary names as many.
const NODES_SHOWN: usize = 5;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let cordoned: Vec<&Seen<Node>> = snapshot.nodes.iter().filter(|node| node.is_cordoned()).collect();
    if cordoned.is_empty() {
        return Vec::new();
    }
    let used: BTreeSet<&str> = snapshot.pods.iter().filter_map(|pod| pod.node.as_deref()).collect();
    refusals(snapshot).iter().filter_map(|refusal| blame(snapshot, refusal, &cordoned, &used)).collect()
}

fn blame(
    snapshot: &Snapshot<'_>,
    refusal: &Refusal<'_>,
    cordoned: &[&Seen<Node>],
    used: &BTreeSet<&str>,
) -> Option<Finding> {
    let reason = refusal.reason(|obstacle| *obstacle == Obstacle::Cordon)?;
    let suited: Vec<&Seen<Node>> = cordoned.iter().copied().filter(|node| refusal.asks_for(node)).collect();
    // A control-plane node with its taint is as closed as a cordoned one.
    let is_closed =
        |node: &Node| node.is_cordoned() || (!node.is_worker() && refusal.taint_against(node).is_some());
    let open = snapshot.nodes.iter().any(|node| refusal.asks_for(node) && !is_closed(node));
    let (certainty, blocking) = if reason.nodes == refusal.nodes {
        (Certainty::Stated, workers(cordoned))
    } else if knows_labels(snapshot, refusal) && !open && !suited.is_empty() {
        (Certainty::Inferred, workers(&suited))
    } else {
        // Other nodes are free but unfit for other reasons, so a cordon is one way out among several. It is worth a word
        // when the cordoned node is in use by pods like this one: the rest of the cluster may simply be full.
        let in_use = |node: &&&Seen<Node>| {
            node.is_worker() && used.contains(node.key.name.as_str()) && refusal.taint_against(node).is_none()
        };
        (Certainty::Suspected, suited.iter().filter(in_use).copied().collect())
    };
    let names: Vec<&str> = blocking.iter().take(NODES_SHOWN).map(|node| node.key.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let nodes = blocking.iter().take(NODES_SHOWN).map(|node| cite_cordon(snapshot, node));
    let proof = Proof::of(std::iter::once(refusal.cite(snapshot, reason)).chain(nodes))?;
    let object = refusal.object.clone();
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

fn cite_cordon(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Option<Evidence> {
    let shows = "the node is cordoned";
    cite(snapshot, node, &["SchedulingDisabled"], shows)
        .or_else(|| cite(snapshot, node, &["unschedulable", "true"], shows))
}

#[cfg(test)]
mod tests;
