//! A pod that finds no node because the nodes that could take it have taints that it does not tolerate.
//!
//! Control-plane nodes nearly always have one, and a node that is out of order gets one from Kubernetes: the former is
//! no news, and the latter is a sign of another fault. Newer schedulers do not say which taint it was; the nodes do.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::scheduler::{Obstacle, Refusal, is_condition, knows_labels, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Node, Seen, Snapshot, Taint};

pub(super) const RULE: Rule = Rule {
    id: "node_tainted",
    doc: "pods that cannot be scheduled because they do not tolerate the taints of the nodes",
    causes: &[TAINT_TOLERATION_MISMATCH, NODES_OUT_OF_ORDER],
    check,
};

const TAINT_TOLERATION_MISMATCH: Cause = Cause {
    id: "taint_toleration_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Remove the taint (kubectl taint nodes NODE KEY-), or give the pod template a toleration with its key, value and effect.",
};

const NODES_OUT_OF_ORDER: Cause = Cause {
    id: "nodes_out_of_order",
    taxonomy: "scheduling",
    nature: Nature::Symptom,
    remedy: "Bring the nodes back: Kubernetes itself keeps pods from nodes that are not ready or short of memory, disk or processes.",
};

/// Nodes that are cited; the summary names as many.
const NODES_SHOWN: usize = 4;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    refusals(snapshot).iter().filter_map(|refusal| blame(snapshot, refusal)).collect()
}

fn blame(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let reason = refusal.reason(|obstacle| *obstacle == Obstacle::Taint)?;
    if reason.is_about_control_plane() && reason.nodes < refusal.nodes {
        return None;
    }
    let wants_some = !refusal.node_selector().is_empty() || !refusal.node_affinity().is_empty();
    let asked_for =
        |node: &&Seen<Node>| !wants_some || !knows_labels(snapshot, refusal) || refusal.asks_for(node);
    let tainted: Vec<(&Seen<Node>, &Taint)> = snapshot
        .nodes
        .iter()
        .filter(|node| !node.is_cordoned())
        .filter(asked_for)
        .filter_map(|node| Some((node, refusal.taint_against(node)?)))
        .collect();
    let workers: Vec<_> = tainted.iter().copied().filter(|(node, _)| node.is_worker()).collect();
    let certainty = match refusal.certainty(snapshot, |obstacle| *obstacle == Obstacle::Taint) {
        Some(Certainty::Stated) => Certainty::Stated,
        Some(_) if !workers.is_empty() => Certainty::Inferred,
        // The nodes that came further are not those that the pod asks for.
        None if wants_some && !workers.is_empty() && is_all_closed(snapshot, refusal) => Certainty::Inferred,
        _ => return None,
    };
    let blocking = if workers.is_empty() { tainted } else { workers };
    let is_broken = !blocking.is_empty() && blocking.iter().all(|(_, taint)| is_condition(taint));
    let cause = if is_broken { &NODES_OUT_OF_ORDER } else { &TAINT_TOLERATION_MISMATCH };
    let blocking: Vec<_> = blocking
        .into_iter()
        .filter(|(_, taint)| is_broken || !is_condition(taint))
        .take(NODES_SHOWN)
        .collect();
    let nodes = blocking.iter().map(|(node, taint)| cite_taint(snapshot, node, taint));
    let near = blocking.iter().find_map(|(_, taint)| {
        let known = refusal.pod.tolerations.iter().any(|toleration| toleration.key == taint.key);
        known
            .then(|| refusal.cite_wish(snapshot, &[&taint.key], "what the pod tolerates does not cover it"))?
    });
    let proof = Proof::of([refusal.cite(snapshot, reason), near].into_iter().chain(nodes))?;
    let object = refusal.object.clone();
    let summary = match blocking.first() {
        Some((_, taint)) => {
            let names: Vec<&str> = blocking.iter().map(|(node, _)| node.key.name.as_str()).collect();
            format!(
                "{object} finds no node: it does not tolerate the taint {} of {}.",
                written(taint),
                names.join(", ")
            )
        }
        None => format!("{object} finds no node: it does not tolerate their taints ({}).", reason.words),
    };
    Some(cause.finding(object, certainty, summary, proof))
}

/// True when every node that the pod asks for is cordoned or has such a taint.
fn is_all_closed(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> bool {
    let mut wanted = snapshot.nodes.iter().filter(|node| refusal.asks_for(node));
    knows_labels(snapshot, refusal)
        && wanted.all(|node| node.is_cordoned() || refusal.taint_against(node).is_some())
}

/// A description has it in one line, JSON in three.
fn cite_taint(snapshot: &Snapshot<'_>, node: &Seen<Node>, taint: &Taint) -> Option<Evidence> {
    let shows = "the taint of the node";
    cite(snapshot, node, &[&taint.key, &taint.effect], shows)
        .or_else(|| cite(snapshot, node, &["key", &taint.key], shows))
}

fn written(taint: &Taint) -> String {
    let equals = if taint.value.is_empty() { "" } else { "=" };
    format!("{}{equals}{}:{}", taint.key, taint.value, taint.effect)
}

#[cfg(test)]
mod tests;
