//! A node that lost one of the daemons that make it a node: the kubelet, the container runtime, kube-proxy, its network.
//!
//! A look at the node itself tells which. Without one, the kubelet tells of the runtime, and the control plane of a kubelet
//! that fell silent; of kube-proxy nobody tells but its own pod, where it runs in one.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite, cite_beside};
use crate::objects::{Key, Node, Pod, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "node_agent_down",
    doc: "nodes whose kubelet, container runtime, kube-proxy or network plugin does not work",
    causes: &[KUBELET, RUNTIME, KUBE_PROXY, NETWORK, UNREACHABLE, NOT_READY],
    check,
};

const KUBELET: Cause = Cause {
    id: "kubelet_unavailable",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Start the kubelet on the node (systemctl status kubelet, journalctl -u kubelet); if the node itself is off, bring it back or remove it.",
};

const RUNTIME: Cause = Cause {
    id: "containerd_unavailable",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Start the container runtime on the node (systemctl status containerd, journalctl -u containerd).",
};

const KUBE_PROXY: Cause = Cause {
    id: "kube_proxy_unavailable",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Start kube-proxy on the node (systemctl status kube-proxy, or the pod of its daemon set); until then its pods cannot reach services.",
};

const NETWORK: Cause = Cause {
    id: "node_network_unavailable",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Look at the network plugin's pod on the node, and at the files in /etc/cni/net.d.",
};

const UNREACHABLE: Cause = Cause {
    id: "node_unreachable",
    taxonomy: "infrastructure",
    nature: Nature::Broad,
    remedy: "The kubelet runs but its reports do not arrive: check the network between the node and the control plane, and the kubelet's certificate.",
};

const NOT_READY: Cause = Cause {
    id: "node_not_ready",
    taxonomy: "infrastructure",
    nature: Nature::Broad,
    remedy: "Describe the node and read its conditions; then look at the kubelet and the container runtime on it.",
};

/// Units of container runtimes.
const RUNTIMES: [&str; 4] = ["containerd", "crio", "docker", "cri-dockerd"];

/// What the kubelet says of a runtime that does not answer.
const RUNTIME_DOWN: [&str; 3] = [
    "container runtime is down",
    "container runtime status check may not have completed",
    "PLEG is not healthy",
];

/// Where runtimes listen; a connection to them that fails stands in events of pods and nodes.
const SOCKETS: [&str; 4] = ["containerd.sock", "crio.sock", "docker.sock", "cri-dockerd.sock"];

/// What the kubelet says of a network plugin that is not there.
const NETWORK_DOWN: [&str; 3] =
    ["network plugin is not ready", "NetworkPluginNotReady", "cni plugin not initialized"];

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = snapshot.nodes.iter().flat_map(|node| blame(snapshot, node)).collect();
    findings.extend(proxy_pods(snapshot));
    findings
}

fn blame(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Vec<Finding> {
    let runtime = RUNTIMES.into_iter().find(|unit| is_stopped(node, unit));
    let is_running = |unit: &str| node.services.get(unit).is_some_and(|state| state == "active");
    let ready = node.conditions.get("Ready");
    let message = ready.map_or("", |ready| ready.message.as_str());
    let is_silent = ready.is_some_and(|ready| {
        ready.status == "Unknown" || ready.message.contains("stopped posting node status")
    });
    let is_unready = is_silent || ready.is_some_and(|ready| ready.status == "False");
    let says = |words: &[&'static str]| words.iter().copied().find(|words| message.contains(words));
    let mut found = Vec::new();
    if let Some(unit) = runtime {
        found.push(stopped(snapshot, node, &RUNTIME, unit, Certainty::Stated));
    } else if !is_silent
        && is_unready
        && let Some(words) = says(&RUNTIME_DOWN)
    {
        // A relist that takes too long may also come from a node that is overloaded.
        let certainty = if words.contains("PLEG") { Certainty::Inferred } else { Certainty::Stated };
        let why = "the container runtime does not answer";
        found.push(condition(snapshot, node, &RUNTIME, words, certainty, why));
    } else if !RUNTIMES.into_iter().any(is_running) {
        found.push(unanswered(snapshot, node));
    }
    if is_stopped(node, "kubelet") {
        // Without a runtime the kubelet cannot start either.
        let certainty = if runtime.is_some() { Certainty::Inferred } else { Certainty::Stated };
        found.push(stopped(snapshot, node, &KUBELET, "kubelet", certainty));
    } else if is_silent && runtime.is_none() {
        let said = "stopped posting node status";
        let words = if message.contains(said) || message.is_empty() { said } else { message };
        let (cause, why) = if is_running("kubelet") {
            (&UNREACHABLE, "it runs, but its reports do not arrive")
        } else {
            (&KUBELET, "the kubelet does not report any more")
        };
        found.push(condition(snapshot, node, cause, words, Certainty::Inferred, why));
    }
    if is_stopped(node, "kube-proxy") && !is_stopped_everywhere(snapshot, "kube-proxy") {
        found.push(stopped(snapshot, node, &KUBE_PROXY, "kube-proxy", Certainty::Stated));
    }
    let found: Vec<Finding> = found.into_iter().flatten().collect();
    if !found.is_empty() {
        return found;
    }
    let network = || match node.conditions.get("NetworkUnavailable") {
        Some(condition) if condition.status == "True" => Some("NetworkUnavailable"),
        _ => says(&NETWORK_DOWN),
    };
    let rest = if let Some(words) = network() {
        condition(snapshot, node, &NETWORK, words, Certainty::Stated, "its network is not set up")
    } else if is_unready {
        let words = if message.is_empty() { "NotReady" } else { message };
        condition(snapshot, node, &NOT_READY, words, Certainty::Stated, "it is not ready")
    } else {
        None
    };
    rest.into_iter().collect()
}

fn is_stopped(node: &Node, unit: &str) -> bool {
    node.services.get(unit).is_some_and(|state| !matches!(state.as_str(), "active" | "reloading"))
}

/// A unit that runs nowhere was not meant to: other software may do its work.
fn is_stopped_everywhere(snapshot: &Snapshot<'_>, unit: &str) -> bool {
    let mut known = snapshot.nodes.iter().filter(|node| node.services.contains_key(unit)).peekable();
    snapshot.nodes.len() > 1 && known.peek().is_some() && known.all(|node| is_stopped(node, unit))
}

fn stopped(
    snapshot: &Snapshot<'_>,
    node: &Seen<Node>,
    cause: &Cause,
    unit: &str,
    certainty: Certainty,
) -> Option<Finding> {
    let state = &node.services[unit];
    let line = cite_beside(snapshot, node, &["Active:", state], &["Service:", unit], "the state of its unit");
    let proof = Proof::of([line, cite_ready(snapshot, node), cite_pod(snapshot, node)])?;
    let object = node_ref(&node.key);
    let summary = format!("{unit} does not run on {object}: its unit is {state}.");
    Some(cause.finding(object, certainty, summary, proof))
}

fn condition(
    snapshot: &Snapshot<'_>,
    node: &Seen<Node>,
    cause: &Cause,
    words: &str,
    certainty: Certainty,
    why: &str,
) -> Option<Finding> {
    let said = cite(snapshot, node, &[words], "what the node's condition says");
    let proof = Proof::of([said, cite_ready(snapshot, node), cite_pod(snapshot, node)])?;
    let object = node_ref(&node.key);
    Some(cause.finding(object.clone(), certainty, format!("{object} does not work as a node: {why}."), proof))
}

/// Pods that wait on a node whose runtime cannot be connected to, while nobody has marked the node yet.
fn unanswered(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Option<Finding> {
    let waits = |pod: &&Seen<Pod>| {
        pod.node.as_deref() == Some(&node.key.name)
            && pod.all_containers().any(|container| {
                matches!(container.waiting_reason(), Some("ContainerCreating" | "PodInitializing"))
            })
    };
    let (event, socket) = snapshot.pods.iter().filter(waits).find_map(|pod| {
        let events = snapshot.events_of("pod", &pod.key);
        events.into_iter().find_map(|event| {
            let socket = SOCKETS.into_iter().find(|socket| event.message.contains(socket))?;
            (event.level == "Warning" && event.message.contains("connect")).then_some((event, socket))
        })
    })?;
    let said = cite(snapshot, event, &[socket], "the container runtime does not answer");
    let proof = Proof::of([said, cite_ready(snapshot, node)])?;
    let object = node_ref(&node.key);
    let summary = format!("The container runtime of {object} cannot be connected to.");
    Some(RUNTIME.finding(object, Certainty::Inferred, summary, proof))
}

/// Where kube-proxy runs in pods: one that is not ready while others are.
fn proxy_pods(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let is_proxy = |pod: &&Seen<Pod>| pod.labels.get("k8s-app").is_some_and(|app| app == "kube-proxy");
    let pods: Vec<&Seen<Pod>> = snapshot.pods.iter().filter(is_proxy).collect();
    let down = pods.iter().filter(|pod| !pod.is_ready() && pod.status.as_deref() != Some("Running"));
    let blame = |pod: &&Seen<Pod>| {
        let node = pod.node.as_deref()?;
        let is_known_cause = snapshot
            .nodes
            .get(&Key::new("", node))
            .is_some_and(|node| node.conditions.get("Ready").is_some_and(|ready| ready.status != "True"));
        let state = pod.all_containers().find_map(|it| it.waiting_reason());
        let citation = state
            .and_then(|reason| cite(snapshot, *pod, &[reason], "kube-proxy does not run on the node"))
            .or_else(|| cite(snapshot, *pod, &["ready", "false"], "kube-proxy is not ready on the node"))
            .or_else(|| cite(snapshot, *pod, &[&pod.key.name], "kube-proxy is not ready on the node"));
        let proof = Proof::of([citation]).filter(|_| !is_known_cause)?;
        let object = node_ref(&Key::new("", node));
        let summary = format!("kube-proxy is not ready on {object}, so its pods may not reach services.");
        Some(KUBE_PROXY.finding(object, Certainty::Inferred, summary, proof))
    };
    down.filter_map(blame).collect()
}

/// The state of the node itself.
fn cite_ready(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Option<Evidence> {
    let ready = node.conditions.get("Ready").filter(|ready| ready.status != "True")?;
    let shows = "the node is not ready";
    cite(snapshot, node, &["NotReady"], shows)
        .or_else(|| cite(snapshot, node, &["Ready", &ready.status], shows))
}

/// A pod that suffers.
fn cite_pod(snapshot: &Snapshot<'_>, node: &Seen<Node>) -> Option<Evidence> {
    let pods = snapshot.pods.iter().filter(|pod| pod.node.as_deref() == Some(&node.key.name));
    pods.filter_map(|pod| {
        let events = snapshot.events_of("pod", &pod.key);
        let event = events.into_iter().find(|event| {
            event.reason == "NodeNotReady" || SOCKETS.iter().any(|socket| event.message.contains(socket))
        })?;
        cite(snapshot, event, &[&event.reason], "what it does to a pod there")
    })
    .next()
}

fn node_ref(key: &Key) -> ObjectRef {
    ObjectRef { kind: "node".to_owned(), namespace: String::new(), name: key.name.clone() }
}

#[cfg(test)]
mod tests;
