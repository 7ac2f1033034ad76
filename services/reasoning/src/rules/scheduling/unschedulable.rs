//! A pod that finds no node for a reason that no other rule explains.

use aetherius_contracts::reasoning::Finding;

use super::scheduler::{Obstacle, Refusal, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::Proof;
use crate::objects::Snapshot;

pub(super) const RULE: Rule = Rule {
    id: "unschedulable",
    doc: "pods that cannot be scheduled because of host ports, the place of a volume, or for an uncommon reason",
    causes: &[HOST_PORT_CONFLICT, VOLUME_PLACE_MISMATCH, UNSCHEDULABLE],
    check,
};

const HOST_PORT_CONFLICT: Cause = Cause {
    id: "host_port_conflict",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Drop the hostPort of the pod template and use a service, choose another, or run at most one such pod per node.",
};

const VOLUME_PLACE_MISMATCH: Cause = Cause {
    id: "volume_node_affinity_conflict",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Make room on a node that can reach the volume, or let the claim bind a volume where the pod may run (volumeBindingMode: WaitForFirstConsumer).",
};

const UNSCHEDULABLE: Cause = Cause {
    id: "unschedulable",
    taxonomy: "scheduling",
    nature: Nature::Broad,
    remedy: "Compare what the pod template asks for (labels, resources, volumes, ports) with what the nodes have.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    refusals(snapshot).iter().filter_map(|refusal| blame(snapshot, refusal)).collect()
}

fn blame(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Option<Finding> {
    let of = |obstacle: Obstacle| {
        let reason = refusal.reason(|it| *it == obstacle)?;
        Some((reason, refusal.certainty(snapshot, |it| *it == obstacle)?))
    };
    let (cause, (reason, certainty), why) = if let Some(found) = of(Obstacle::HostPort) {
        (&HOST_PORT_CONFLICT, found, "a port that it wants of the node itself is taken")
    } else if let Some(found) = of(Obstacle::VolumePlace) {
        (&VOLUME_PLACE_MISMATCH, found, "its volume cannot be reached from the nodes that have room for it")
    } else if let Some(found) = of(Obstacle::Other) {
        (&UNSCHEDULABLE, found, "the scheduler refuses them all")
    } else {
        (&UNSCHEDULABLE, unexplained(snapshot, refusal)?, "none has the labels that it asks for")
    };
    let proof = Proof::of([refusal.cite(snapshot, reason)])?;
    let object = refusal.object.clone();
    let summary = format!("{object} finds no node: {why} ({}).", reason.words);
    Some(cause.finding(object, certainty, summary, proof))
}

/// Which labels the pod asks for, a row of a table does not tell.
fn unexplained<'r>(
    snapshot: &Snapshot<'_>,
    refusal: &'r Refusal<'_>,
) -> Option<(&'r super::scheduler::Reason, Certainty)> {
    let is_it = |obstacle: &Obstacle| *obstacle == Obstacle::NodeAffinity;
    let wants_known = !refusal.node_selector().is_empty() || !refusal.node_affinity().is_empty();
    if refusal.is_detailed() || wants_known {
        return None;
    }
    Some((refusal.reason(is_it)?, refusal.certainty(snapshot, is_it)?))
}

#[cfg(test)]
mod tests;
