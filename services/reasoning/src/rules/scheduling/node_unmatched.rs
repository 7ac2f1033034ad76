//! A pod that finds no node because no node has the labels that it asks for.
//!
//! The scheduler has one message for the node selector and for node affinity; which of them it was, the pod and the
//! labels of the nodes tell. Where a node has the labels and was refused for another reason, the labels are not to blame.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::scheduler::{Obstacle, Refusal, knows_labels, meets_any, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Requirement, Snapshot, selects};

pub(super) const RULE: Rule = Rule {
    id: "node_unmatched",
    doc: "pods that cannot be scheduled because no node has the labels they ask for",
    causes: &[NODE_SELECTOR_MISMATCH, NODE_AFFINITY_MISMATCH],
    check,
};

const NODE_SELECTOR_MISMATCH: Cause = Cause {
    id: "node_selector_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Correct the nodeSelector of the pod template, or label a node with it (kubectl label nodes NODE KEY=VALUE).",
};

const NODE_AFFINITY_MISMATCH: Cause = Cause {
    id: "node_affinity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Correct the required node affinity of the pod template, make it preferred, or label a node as it asks.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    refusals(snapshot).iter().filter_map(|refusal| blame(snapshot, refusal)).collect()
}

fn blame(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let is_it = |obstacle: &Obstacle| *obstacle == Obstacle::NodeAffinity;
    let reason = refusal.reason(is_it)?;
    let known = knows_labels(snapshot, refusal);
    let (selector, terms) = (refusal.node_selector(), refusal.node_affinity());
    let wants_some = !selector.is_empty() || !terms.is_empty();
    let certainty = if known && wants_some {
        if snapshot.nodes.iter().any(|node| refusal.asks_for(node)) {
            return None;
        }
        Certainty::Stated
    } else if wants_some || refusal.is_detailed() {
        match refusal.certainty(snapshot, is_it)? {
            Certainty::Stated => Certainty::Inferred,
            less => less,
        }
    } else {
        return None;
    };
    let is_selected = known && snapshot.nodes.iter().any(|node| selects(selector, &node.labels));
    let is_met = known && snapshot.nodes.iter().any(|node| meets_any(terms, node));
    let by_selector = !selector.is_empty() && (terms.is_empty() || !is_selected || is_met);
    let object = refusal.object.clone();
    let (cause, wish, lines) = if by_selector {
        let pairs: Vec<String> = selector.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let lines: Vec<Option<Evidence>> = selector
            .iter()
            .map(|(name, value)| refusal.cite_wish(snapshot, &[name, value], "a label that the pod asks for"))
            .collect();
        (&NODE_SELECTOR_MISMATCH, format!("asks for {}", pairs.join(", ")), lines)
    } else {
        let lines = terms.iter().flatten().map(|requirement| {
            refusal.cite_wish(snapshot, &["key", &requirement.key], "a label that its node affinity requires")
        });
        let wish = match written(terms) {
            wish if wish.is_empty() => "requires other labels by its node affinity".to_owned(),
            wish => format!("requires {wish} by its node affinity"),
        };
        (&NODE_AFFINITY_MISMATCH, wish, lines.collect())
    };
    let keys = selector.keys().filter(|_| by_selector);
    let keys =
        keys.chain(terms.iter().flatten().map(|requirement| &requirement.key).filter(|_| !by_selector));
    let near = keys.filter_map(|key| {
        let node = snapshot.nodes.iter().find(|node| node.labels.contains_key(key))?;
        cite(snapshot, node, &[key], "what a node has under that label")
    });
    let said = refusal.cite(snapshot, reason);
    let proof = Proof::of(std::iter::once(said).chain(lines).chain(near.map(Some)))?;
    let nodes = if known { "no node has all of that" } else { "the scheduler finds no node with that" };
    Some(cause.finding(
        object.clone(),
        certainty,
        format!("{object} finds no node: it {wish}, and {nodes}."),
        proof,
    ))
}

/// `disk In [fast], zone Exists or zone NotIn [a]`.
fn written(terms: &[Vec<Requirement>]) -> String {
    let one = |requirement: &Requirement| match requirement.values.as_slice() {
        [] => format!("{} {}", requirement.key, requirement.operator),
        values => format!("{} {} [{}]", requirement.key, requirement.operator, values.join(", ")),
    };
    let term = |term: &Vec<Requirement>| term.iter().map(one).collect::<Vec<_>>().join(", ");
    terms.iter().map(term).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests;
