//! What the scheduler says of a pod that it cannot place, and what the pod asks of nodes.
//!
//! The scheduler puts each node through its filters in a fixed order and counts the first reason against it. So a node
//! that is refused by a late filter has passed all the earlier ones, and the reason of the latest filter is what stands
//! between the pod and the nodes that came closest. Control-plane nodes are refused at once, by a cordon or a taint, and
//! say nothing.

use aetherius_contracts::reasoning::{Evidence, ObjectRef};

use super::Certainty;
use crate::evidence::cite;
use crate::objects::{
    Event, Labels, Node, Pod, PodTerm, Requirement, Seen, Snapshot, Taint, Workload, selects,
};

/// Every pod without a node for which the scheduler's latest reasons are known.
pub(super) fn refusals<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Refusal<'s>> {
    snapshot.pods.iter().filter_map(|pod| Refusal::of(snapshot, pod)).collect()
}

/// The scheduler's latest word on a pod.
pub(super) struct Refusal<'s> {
    pub(super) pod: &'s Seen<Pod>,
    /// The workload that a person would mend.
    pub(super) object: ObjectRef,
    /// That workload, if an output tells of it.
    pub(super) workload: Option<&'s Seen<Workload>>,
    /// How many nodes the scheduler looked at.
    pub(super) nodes: usize,
    /// Why they were refused; a node may count for several.
    pub(super) reasons: Vec<Reason>,
    event: Option<&'s Seen<Event>>,
}

impl<'s> Refusal<'s> {
    /// `None` for a pod that has a node, or of which the scheduler said nothing that can be read.
    pub(super) fn of(snapshot: &'s Snapshot<'_>, pod: &'s Seen<Pod>) -> Option<Self> {
        let placed = pod.conditions.get("PodScheduled").is_some_and(|condition| condition.status == "True");
        if !pod.is_unscheduled() || placed {
            return None;
        }
        // A condition is kept up to date, while events may be old.
        let condition = pod.conditions.get("PodScheduled").and_then(|condition| parse(&condition.message));
        let said = match condition {
            Some(parsed) => Some((parsed, None)),
            None => latest_event(snapshot, pod).map(|(parsed, event)| (parsed, Some(event))),
        };
        let ((nodes, reasons), event) = said?;
        let object = snapshot.workload_of(pod);
        let workload = snapshot.workload(&object);
        Some(Self { pod, object, workload, nodes, reasons, event })
    }

    /// The reasons of this kind, with the nodes that they count.
    pub(super) fn reason(&self, is: impl Fn(&Obstacle) -> bool) -> Option<&Reason> {
        self.reasons.iter().filter(|reason| is(&reason.obstacle)).max_by_key(|reason| reason.nodes)
    }

    /// Cites the scheduler.
    pub(super) fn cite(&self, snapshot: &Snapshot<'_>, reason: &Reason) -> Option<Evidence> {
        let shows = "the scheduler's reasons";
        match self.event {
            Some(event) => cite(snapshot, event, &[&reason.words], shows),
            None => cite(snapshot, self.pod, &[&reason.words], shows),
        }
    }

    /// How surely the nodes are refused for a reason of this kind alone; `None` when others came closer.
    pub(super) fn certainty(
        &self,
        snapshot: &Snapshot<'_>,
        is: impl Fn(&Obstacle) -> bool,
    ) -> Option<Certainty> {
        let stage = self.reasons.iter().filter(|reason| is(&reason.obstacle)).map(Reason::stage).max()?;
        if self.reasons.iter().any(|reason| reason.stage() > stage) {
            return None;
        }
        // Where nodes are lost, a full rest is what follows.
        if snapshot.nodes.iter().any(|node| is_lost(node)) {
            return Some(Certainty::Suspected);
        }
        let mut others = self.reasons.iter().filter(|reason| !is(&reason.obstacle));
        let alone = others.all(|reason| self.is_ordinary(snapshot, reason));
        Some(if alone { Certainty::Stated } else { Certainty::Inferred })
    }

    /// True for a reason that only keeps the pod from the control plane.
    fn is_ordinary(&self, snapshot: &Snapshot<'_>, reason: &Reason) -> bool {
        let mut workers = snapshot.nodes.iter().filter(|node| node.is_worker());
        match &reason.obstacle {
            Obstacle::Cordon => !workers.any(|node| node.is_cordoned()),
            Obstacle::Taint => {
                reason.is_about_control_plane() || !workers.any(|node| self.taint_against(node).is_some())
            }
            _ => false,
        }
    }

    /// The first taint of a node that keeps the pod away; a cordon is none.
    pub(super) fn taint_against<'n>(&self, node: &'n Node) -> Option<&'n Taint> {
        let mut hard =
            node.taints.iter().filter(|taint| !taint.is_cordon() && taint.effect != "PreferNoSchedule");
        hard.find(|taint| !self.pod.tolerations.iter().any(|toleration| toleration.covers(taint)))
    }

    /// Labels that the pod asks of its node.
    pub(super) fn node_selector(&self) -> &'s Labels {
        match self.workload {
            Some(workload) if !self.is_detailed() => &workload.template.node_selector,
            _ => &self.pod.node_selector,
        }
    }

    /// Terms of which a node must meet one. A description of a pod does not show them, its workload's manifest does.
    pub(super) fn node_affinity(&self) -> &'s [Vec<Requirement>] {
        match self.workload {
            Some(workload) if self.pod.node_affinity.is_empty() => &workload.template.node_affinity,
            _ => &self.pod.node_affinity,
        }
    }

    /// Pods beside which the pod must not stand.
    pub(super) fn anti_affinity(&self) -> &'s [PodTerm] {
        match self.workload {
            Some(workload) if self.pod.anti_affinity.is_empty() => &workload.template.anti_affinity,
            _ => &self.pod.anti_affinity,
        }
    }

    /// True when more than a row of a table tells of the pod.
    pub(super) fn is_detailed(&self) -> bool {
        !self.pod.containers.is_empty()
    }

    /// True when the labels of the node are what the pod asks for.
    pub(super) fn asks_for(&self, node: &Node) -> bool {
        selects(self.node_selector(), &node.labels) && meets_any(self.node_affinity(), node)
    }

    /// Cites a line of the pod, or else of its workload.
    pub(super) fn cite_wish(&self, snapshot: &Snapshot<'_>, words: &[&str], shows: &str) -> Option<Evidence> {
        cite(snapshot, self.pod, words, shows).or_else(|| cite(snapshot, self.workload?, words, shows))
    }
}

/// True when the node meets one of the terms, or there are none.
pub(super) fn meets_any(terms: &[Vec<Requirement>], node: &Node) -> bool {
    let meets = |term: &Vec<Requirement>| term.iter().all(|requirement| requirement.holds(&node.labels));
    terms.is_empty() || terms.iter().any(meets)
}

/// True when Kubernetes knows the labels of every node that the scheduler looked at, and so do we.
pub(super) fn knows_labels(snapshot: &Snapshot<'_>, refusal: &Refusal<'_>) -> bool {
    snapshot.nodes.len() >= refusal.nodes && snapshot.nodes.iter().all(|node| !node.labels.is_empty())
}

/// True when the node does not answer.
pub(super) fn is_lost(node: &Node) -> bool {
    let ready = node.conditions.get("Ready").map(|condition| condition.status.as_str());
    matches!(ready, Some("False" | "Unknown"))
}

/// True for a mark that Kubernetes itself makes because of the node's condition.
pub(super) fn is_condition(taint: &Taint) -> bool {
    taint.key.starts_with("node.kubernetes.io/") || taint.key.starts_with("node.cloudprovider.kubernetes.io/")
}

const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// One reason and how often it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// How many nodes were refused for it.
    pub(super) nodes: usize,
    /// What it means.
    pub(super) obstacle: Obstacle,
    /// As the scheduler put it, with the number.
    pub(super) words: String,
}

impl Reason {
    /// True for the taint that keeps ordinary pods from the control plane.
    pub(super) fn is_about_control_plane(&self) -> bool {
        CONTROL_PLANE.iter().any(|key| self.words.contains(key))
    }

    /// The place of its filter in the scheduler's order.
    fn stage(&self) -> u8 {
        match &self.obstacle {
            Obstacle::Cordon => 0,
            Obstacle::Taint => 1,
            Obstacle::NodeAffinity => 2,
            Obstacle::HostPort => 3,
            Obstacle::Resource(_) => 4,
            Obstacle::Other => 5,
            Obstacle::VolumePlace => 6,
            Obstacle::Claim => 7,
            Obstacle::Spread => 8,
            Obstacle::Affinity | Obstacle::AntiAffinity => 9,
        }
    }
}

/// What stands between a pod and a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The node is cordoned.
    Cordon,
    /// It has a taint that the pod does not tolerate.
    Taint,
    /// Its labels are not what the pod's node selector or node affinity asks for: one message for both.
    NodeAffinity,
    /// A port of the node itself is taken.
    HostPort,
    /// Too little of a resource is left: `cpu`, `memory`, `pods` …
    Resource(String),
    /// A volume that the pod uses cannot be reached from there.
    VolumePlace,
    /// A claim that the pod uses is not bound.
    Claim,
    /// The pod's topology spread forbids it.
    Spread,
    /// The pods that it wants beside it are not there.
    Affinity,
    /// Pods are there beside which it must not stand.
    AntiAffinity,
    /// Anything else.
    Other,
}

/// How many nodes the scheduler looked at, and why it refused them.
type Verdict = (usize, Vec<Reason>);

fn latest_event<'s>(snapshot: &'s Snapshot<'_>, pod: &Pod) -> Option<(Verdict, &'s Seen<Event>)> {
    let said = snapshot.events_of("pod", &pod.key).into_iter();
    let mut said = said.filter(|event| matches!(event.reason.as_str(), "FailedScheduling" | "Scheduled"));
    let parsed = said.find_map(|event| match event.reason.as_str() {
        "Scheduled" => Some(None),
        _ => parse(&event.message).map(|parsed| Some((parsed, event))),
    });
    parsed.flatten()
}

/// Reads `0/4 nodes are available: 2 node(s) were unschedulable, 2 Insufficient cpu. preemption: …`.
fn parse(message: &str) -> Option<Verdict> {
    let Some((count, reasons)) = message.split_once(" nodes are available: ") else {
        // Older schedulers say nothing but the error when a claim does not exist.
        let missing = message.contains("persistentvolumeclaim \"") && message.contains("not found");
        let reason = Reason { nodes: 0, obstacle: Obstacle::Claim, words: message.to_owned() };
        return missing.then(|| (0, vec![reason]));
    };
    let nodes = count.rsplit_once('/')?.1.parse().ok()?;
    let end = AFTERWORDS.iter().filter_map(|words| reasons.find(words)).min().unwrap_or(reasons.len());
    let mut parts: Vec<String> = Vec::new();
    for part in reasons.get(..end)?.trim().trim_end_matches('.').split(", ") {
        match parts.last_mut() {
            // `1 node(s) had taint {a: b}, that the pod didn't tolerate`
            Some(last) if !part.starts_with(|first: char| first.is_ascii_digit()) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    Some((nodes, parts.into_iter().map(|words| reason(words, nodes)).collect()))
}

/// What follows the reasons: how making room by removing pods went.
const AFTERWORDS: [&str; 4] =
    [" preemption: ", " no new claims to deallocate", " still not schedulable", ". not found"];

/// A reason without a number is about the pod, and so about every node.
fn reason(words: String, nodes: usize) -> Reason {
    let counted = words.split_once(' ').and_then(|(count, _)| count.parse().ok());
    Reason { nodes: counted.unwrap_or(nodes), obstacle: obstacle(&words), words }
}

fn obstacle(words: &str) -> Obstacle {
    if let Some((_, resource)) = words.split_once("Insufficient ") {
        return Obstacle::Resource(resource.trim().to_owned());
    }
    if words.contains("Too many pods") {
        return Obstacle::Resource("pods".to_owned());
    }
    let known = PHRASES.into_iter().find(|(phrase, _)| words.contains(phrase));
    known.map_or(Obstacle::Other, |(_, obstacle)| obstacle)
}

/// What the filters say, of today's schedulers and of older ones.
const PHRASES: [(&str, Obstacle); 17] = [
    ("node(s) were unschedulable", Obstacle::Cordon),
    ("untolerated taint", Obstacle::Taint),
    ("that the pod didn't tolerate", Obstacle::Taint),
    ("node affinity/selector", Obstacle::NodeAffinity),
    ("didn't match node selector", Obstacle::NodeAffinity),
    ("scheduler-enforced node affinity", Obstacle::NodeAffinity),
    ("plugin(s) [NodeAffinity", Obstacle::NodeAffinity),
    ("free ports", Obstacle::HostPort),
    ("volume node affinity conflict", Obstacle::VolumePlace),
    ("PersistentVolume's node affinity", Obstacle::VolumePlace),
    ("no available volume zone", Obstacle::VolumePlace),
    ("unbound immediate PersistentVolumeClaims", Obstacle::Claim),
    ("available persistent volumes to bind", Obstacle::Claim),
    ("persistentvolumeclaim \"", Obstacle::Claim),
    ("topology spread", Obstacle::Spread),
    ("anti-affinity", Obstacle::AntiAffinity),
    ("pod affinity rules", Obstacle::Affinity),
];

#[cfg(test)]
mod tests;
