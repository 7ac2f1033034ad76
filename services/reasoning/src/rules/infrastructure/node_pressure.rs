//! A node that runs short of memory, disk or process ids, and evicts pods for it.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Node, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "node_pressure",
    doc: "nodes that run short of memory, disk or process ids",
    causes: &[MEMORY, DISK, PROCESSES],
    check,
};

const MEMORY: Cause = Cause {
    id: "node_memory_pressure",
    taxonomy: "infrastructure",
    nature: Nature::Broad,
    remedy: "Find what uses the node's memory (kubectl top pods -A), give its pods limits, or add memory or nodes.",
};

const DISK: Cause = Cause {
    id: "node_disk_pressure",
    taxonomy: "infrastructure",
    nature: Nature::Broad,
    remedy: "Free disk on the node: unused images, logs, ephemeral data of pods; then bound them or enlarge the disk.",
};

const PROCESSES: Cause = Cause {
    id: "node_pid_pressure",
    taxonomy: "infrastructure",
    nature: Nature::Broad,
    remedy: "Find what starts so many processes on the node, and bound it with the kubelet's podPidsLimit.",
};

const CONDITIONS: [(&str, &str, &Cause); 3] = [
    ("MemoryPressure", "memory", &MEMORY),
    ("DiskPressure", "disk", &DISK),
    ("PIDPressure", "process ids", &PROCESSES),
];

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let blame = |node| CONDITIONS.iter().filter_map(move |condition| blame(snapshot, node, condition));
    snapshot.nodes.iter().flat_map(blame).collect()
}

fn blame(
    snapshot: &Snapshot<'_>,
    node: &Seen<Node>,
    (kind, what, cause): &(&str, &str, &Cause),
) -> Option<Finding> {
    let condition = node.conditions.get(*kind).filter(|condition| condition.status == "True")?;
    let shows = "the node runs short";
    let said = cite(snapshot, node, &[kind, "True"], shows)
        .or_else(|| cite(snapshot, node, &[&condition.message], shows))
        .or_else(|| cite(snapshot, node, &[kind], shows));
    let proof = Proof::of([said, cite_eviction(snapshot, node)])?;
    let object = ObjectRef { kind: "node".to_owned(), namespace: String::new(), name: node.key.name.clone() };
    let summary = format!("{object} runs short of {what} and evicts pods.");
    Some(cause.finding(object, Certainty::Stated, summary, proof))
}

fn cite_eviction(snapshot: &Snapshot<'_>, node: &Node) -> Option<Evidence> {
    let mut pods = snapshot.pods.iter().filter(|pod| pod.node.as_deref() == Some(&node.key.name));
    pods.find_map(|pod| {
        let events = snapshot.events_of("pod", &pod.key);
        let event = events.into_iter().find(|event| event.reason == "Evicted")?;
        cite(snapshot, event, &["Evicted"], "a pod that was evicted for it")
    })
}

#[cfg(test)]
mod tests;
