//! A pod that finds no node because none has enough left of a resource.
//!
//! Either the pod asks for more than any node has, which is a mistake in its requests, or the nodes are full.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::scheduler::{Obstacle, Reason, Refusal, refusals};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Container, Node, Pod, Seen, Snapshot, thousandths};

pub(super) const RULE: Rule = Rule {
    id: "node_capacity",
    doc: "pods that cannot be scheduled because the nodes have too little left of a resource",
    causes: &[
        CPU_CAPACITY_MISMATCH,
        MEMORY_CAPACITY_MISMATCH,
        RESOURCE_CAPACITY_MISMATCH,
        NODE_POD_LIMIT_REACHED,
    ],
    check,
};

const CPU_CAPACITY_MISMATCH: Cause = Cause {
    id: "cpu_capacity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Lower the CPU request of the pod template to what it needs, or add a node with enough CPU.",
};

const MEMORY_CAPACITY_MISMATCH: Cause = Cause {
    id: "memory_capacity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Lower the memory request of the pod template to what it needs, or add a node with enough memory.",
};

const RESOURCE_CAPACITY_MISMATCH: Cause = Cause {
    id: "resource_capacity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Lower the request, or add nodes that offer this resource; a device needs its plugin to run on the node.",
};

const NODE_POD_LIMIT_REACHED: Cause = Cause {
    id: "node_pod_limit_reached",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Remove pods that nobody needs, add a node, or raise the kubelet's maxPods.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    refusals(snapshot).iter().flat_map(|refusal| blame(snapshot, refusal)).collect()
}

fn blame(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> Vec<Finding> {
    let mut shortages: Vec<Shortage<'_>> =
        refusal.reasons.iter().filter_map(|reason| Shortage::of(snapshot, refusal, reason)).collect();
    // Of several resources the one that is asked for beyond measure comes first, then the one that more nodes lack.
    shortages.sort_by_key(|shortage| {
        std::cmp::Reverse((shortage.is_beyond(), shortage.reason.nodes, shortage.permille()))
    });
    let certainty = refusal.certainty(snapshot, |obstacle| matches!(obstacle, Obstacle::Resource(_)));
    let mut findings = Vec::new();
    for (place, shortage) in shortages.iter().enumerate() {
        let certainty = match certainty {
            _ if shortage.is_beyond() => Certainty::Stated,
            Some(Certainty::Suspected) => Certainty::Suspected,
            Some(_) if place == 0 => Certainty::Inferred,
            Some(_) => Certainty::Suspected,
            None => continue,
        };
        findings.extend(shortage.finding(snapshot, refusal, certainty));
    }
    findings
}

/// A resource of which no node has enough left.
struct Shortage<'s> {
    reason: &'s Reason,
    resource: &'s str,
    /// What the pod asks for, as a number and as written where one container asks for it.
    asked: Option<(u128, String)>,
    /// The node that has most of it, how much, and as written.
    largest: Option<(&'s Seen<Node>, u128, &'s str)>,
}

impl<'s> Shortage<'s> {
    fn of(snapshot: &'s Snapshot<'_>, refusal: &'s Refusal<'_>, reason: &'s Reason) -> Option<Self> {
        let Obstacle::Resource(resource) = &reason.obstacle else {
            return None;
        };
        let template = refusal.workload.map(|workload| &workload.template);
        let asked =
            requested(refusal.pod, resource).or_else(|| template.and_then(|pod| requested(pod, resource)));
        let open = |node: &&Seen<Node>| !node.is_cordoned() && refusal.asks_for(node);
        let open: Vec<&Seen<Node>> = snapshot.nodes.iter().filter(open).collect();
        let nodes = if open.is_empty() { snapshot.nodes.iter().collect() } else { open };
        let size = |node: &'s Seen<Node>| {
            let written = node.allocatable.get(resource)?;
            Some((node, thousandths(written)?, written.as_str()))
        };
        let largest = nodes.into_iter().filter_map(size).max_by_key(|(_, size, _)| *size);
        Some(Self { reason, resource, asked, largest })
    }

    /// True when even an empty node has less.
    fn is_beyond(&self) -> bool {
        match (&self.asked, &self.largest) {
            (Some((asked, _)), Some((_, size, _))) => asked > size,
            _ => false,
        }
    }

    /// How much of the largest node is asked for.
    fn permille(&self) -> u128 {
        match (&self.asked, &self.largest) {
            (Some((asked, _)), Some((_, size, _))) => asked.saturating_mul(1000) / (*size).max(1),
            _ => 0,
        }
    }

    fn finding(
        &self,
        snapshot: &Snapshot<'_>,
        refusal: &Refusal<'_>,
        certainty: Certainty,
    ) -> Option<Finding> {
        let resource = self.resource;
        let cause = match resource {
            "cpu" => &CPU_CAPACITY_MISMATCH,
            "memory" => &MEMORY_CAPACITY_MISMATCH,
            "pods" => &NODE_POD_LIMIT_REACHED,
            _ => &RESOURCE_CAPACITY_MISMATCH,
        };
        let asked = self.asked.as_ref().and_then(|(_, written)| {
            refusal.cite_wish(snapshot, &[resource, written], "what the pod asks for")
        });
        let size = self.largest.and_then(|(node, _, written)| cite_size(snapshot, node, resource, written));
        let proof = Proof::of([refusal.cite(snapshot, self.reason), asked, size])?;
        let object = refusal.object.clone();
        let wish = match &self.asked {
            _ if resource == "pods" => "the nodes run as many pods as they may".to_owned(),
            Some((_, written)) => format!("it asks for {resource} {written}"),
            None => format!("too little {resource} is left"),
        };
        let most = match self.largest {
            Some((node, _, size)) if self.is_beyond() => {
                format!(", more than any node has ({} at most, on {})", size, node.key.name)
            }
            Some((_, _, size)) if resource != "pods" => {
                format!(", and of the {size} of the largest node less is left")
            }
            _ => String::new(),
        };
        let summary = format!("{object} finds no node: {wish}{most}.");
        Some(cause.finding(object, certainty, summary, proof))
    }
}

fn cite_size(snapshot: &Snapshot<'_>, node: &Seen<Node>, resource: &str, written: &str) -> Option<Evidence> {
    cite(snapshot, node, &[resource, written], "what the largest node has")
}

/// What a pod asks for: its containers together, or an init container that asks for more. The text is that of the
/// container that asks for most, for it is what one finds in the outputs.
fn requested(pod: &Pod, resource: &str) -> Option<(u128, String)> {
    if resource == "pods" {
        return None;
    }
    let of = |container: &Container| {
        // A limit without a request is the request.
        let written = container.requests.get(resource).or_else(|| container.limits.get(resource))?;
        Some((thousandths(written)?, written.clone()))
    };
    let all: Vec<(u128, String)> = pod.containers.values().filter_map(of).collect();
    let together = all.iter().map(|(number, _)| *number).sum::<u128>();
    let first = pod.init_containers.values().filter_map(of).max();
    let most = all.into_iter().chain(first.clone()).max()?;
    let number = first.map_or(together, |(number, _)| number.max(together));
    Some((number, most.1))
}

#[cfg(test)]
mod tests;
