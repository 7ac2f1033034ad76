//! What makes answers slow: a program short of CPU, a slow network of a pod, a slow or lossy network of a node.
//!
//! Monitoring says what is out of the ordinary; slowness spreads to all callers, so the service to blame is the one that is
//! slow while nothing that it calls is.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Anomaly, Key, Measure, Seen, Sign, Snapshot};

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "performance",
    doc: "services that are slow for want of CPU or because of the network, by what monitoring measures",
    causes: &[POD_CPU_OVERLOAD, POD_NETWORK_DELAY, NODE_NETWORK_DELAY, NODE_NETWORK_PACKET_LOSS],
    check,
};

const POD_CPU_OVERLOAD: Cause = Cause {
    id: "pod_cpu_overload",
    taxonomy: "performance",
    nature: Nature::Specific,
    remedy: "Find what takes the CPU in the container, raise its CPU limit, or run more replicas.",
};

const POD_NETWORK_DELAY: Cause = Cause {
    id: "pod_network_delay",
    taxonomy: "performance",
    nature: Nature::Specific,
    remedy: "Look at the pod's network (tc qdisc, sidecar, network policy), or move the pod to another node.",
};

const NODE_NETWORK_DELAY: Cause = Cause {
    id: "node_network_delay",
    taxonomy: "infrastructure",
    nature: Nature::Specific,
    remedy: "Look at the node's interface (tc qdisc, link, queues), and drain the node until it is mended.",
};

const NODE_NETWORK_PACKET_LOSS: Cause = Cause { id: "node_network_packet_loss", ..NODE_NETWORK_DELAY };

/// Segments sent again in a second, above which packets are lost rather than late.
const LOSS_PER_S: f64 = 2.0;

/// How many times the usual CPU make an overload, together with throttling.
const CPU_TIMES: f64 = 1.5;

/// Answers that are this many times slower than usual, and this slow, are not load alone.
const LATENCY_TIMES: f64 = 5.0;
const LATENCY_MS: f64 = 100.0;

/// A node that is slow harms several services.
const SERVICES_MIN: usize = 3;

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let services: Vec<&Seen<Anomaly>> =
        snapshot.anomalies.iter().filter(|anomaly| !anomaly.is_node).collect();
    if let Some(node) = node(snapshot, &services) {
        return vec![node];
    }
    // A busy program is slow itself; one that is only busy may be so beside what is slow.
    let busy = || services.iter().copied().filter(|service| is_overloaded(service));
    let is_late = |service: &&Seen<Anomaly>| strongest(service, Measure::Latency).is_some();
    let found = busiest(busy().filter(is_late))
        .and_then(|service| cpu_overload(snapshot, service))
        .or_else(|| slowest(snapshot, &services).and_then(|service| network_delay(snapshot, service)))
        .or_else(|| busiest(busy()).and_then(|service| cpu_overload(snapshot, service)));
    found.into_iter().collect()
}

fn node(snapshot: &Snapshot<'_>, services: &[&Seen<Anomaly>]) -> Option<Finding> {
    let resent = |node: &Anomaly| now(node, Measure::Retransmission);
    let nodes = snapshot.anomalies.iter().filter(|anomaly| anomaly.is_node && resent(anomaly) > 0.0);
    let worst = nodes.max_by(|a, b| resent(a).total_cmp(&resent(b)))?;
    let is_loss = resent(worst) >= LOSS_PER_S;
    let harmed: Vec<_> = services.iter().filter(|service| is_slow(service) || is_quiet(service)).collect();
    // Much that is sent again is a sign by itself, if anything at all is later than usual.
    let is_late = services.iter().any(|service| strongest(service, Measure::Latency).is_some());
    let is_shown = if is_loss { is_late || !harmed.is_empty() } else { harmed.len() >= SERVICES_MIN };
    if !is_shown {
        return None;
    }
    let slow = harmed.iter().take(SERVICES_MIN).map(|service| cite_sign(snapshot, service, Measure::Latency));
    let proof = Proof::of(std::iter::once(cite_sign(snapshot, worst, Measure::Retransmission)).chain(slow))?;
    let name = &worst.key.name;
    let object = ObjectRef { kind: "node".to_owned(), namespace: String::new(), name: name.clone() };
    let (cause, what) = match is_loss {
        true => (&NODE_NETWORK_PACKET_LOSS, "loses packets"),
        false => (&NODE_NETWORK_DELAY, "delays packets"),
    };
    let summary = format!(
        "The network of node {name} {what}: {:.2} TCP segments a second are sent again, and {} services suffer.",
        resent(worst),
        harmed.len()
    );
    Some(cause.finding(object, Certainty::Inferred, summary, proof))
}

fn is_overloaded(service: &Anomaly) -> bool {
    now(service, Measure::Throttling) > 0.0 && cpu_times(service) >= CPU_TIMES
}

/// How many times the usual CPU it uses; a hundredth of a core is little enough to count as nothing.
fn cpu_times(service: &Anomaly) -> f64 {
    strongest(service, Measure::Cpu).map_or(0.0, |sign| sign.now / sign.normal.max(0.01))
}

/// Of several, the one whose use of CPU grew most: its callers try again, and so are busy, too.
fn busiest<'s>(services: impl Iterator<Item = &'s Seen<Anomaly>>) -> Option<&'s Seen<Anomaly>> {
    services.max_by(|a, b| cpu_times(a).total_cmp(&cpu_times(b)))
}

fn cpu_overload(snapshot: &Snapshot<'_>, service: &Seen<Anomaly>) -> Option<Finding> {
    let cpu = strongest(service, Measure::Cpu)?;
    let object = workload(snapshot, &service.key.name)?;
    let proof = Proof::of([
        cite_sign(snapshot, service, Measure::Throttling),
        cite_sign(snapshot, service, Measure::Cpu),
        cite_sign(snapshot, service, Measure::Latency),
    ])?;
    let summary = format!(
        "{object} is short of CPU: it uses {:.2} cores where {:.2} are usual, and its limit holds it back.",
        cpu.now, cpu.normal
    );
    Some(POD_CPU_OVERLOAD.finding(object, Certainty::Inferred, summary, proof))
}

/// The service to blame: the slowest of those that call nothing that is slow. Without any slow service, the only one whose
/// traffic left its range.
fn slowest<'s>(snapshot: &Snapshot<'_>, services: &[&'s Seen<Anomaly>]) -> Option<&'s Seen<Anomaly>> {
    let slow: Vec<&'s Seen<Anomaly>> = services.iter().copied().filter(|service| is_slow(service)).collect();
    let calls_slow = |service: &Seen<Anomaly>| {
        let calls = snapshot.calls.get(&service.key);
        calls.is_some_and(|calls| {
            slow.iter().any(|other| other.key != service.key && calls.callees.contains(&other.key.name))
        })
    };
    let last = slow.iter().copied().filter(|service| !calls_slow(service));
    let times = |service: &Anomaly| {
        strongest(service, Measure::Latency).map_or(0.0, |sign| sign.now / sign.normal.max(1.0))
    };
    if let Some(worst) = last.max_by(|a, b| times(a).total_cmp(&times(b))) {
        return Some(worst);
    }
    let mut odd = services.iter().copied().filter(|service| is_quiet(service));
    odd.next().filter(|_| odd.next().is_none())
}

fn network_delay(snapshot: &Snapshot<'_>, service: &Seen<Anomaly>) -> Option<Finding> {
    let object = workload(snapshot, &service.key.name)?;
    let proof = Proof::of([
        cite_sign(snapshot, service, Measure::Latency),
        cite_sign(snapshot, service, Measure::Packets),
    ])?;
    let latency = strongest(service, Measure::Latency);
    let (certainty, how) = match latency {
        Some(sign) => (
            Certainty::Inferred,
            format!(
                "answers take {:.0} ms where {:.0} ms are usual, and neither its CPU nor what it calls is why",
                sign.now, sign.normal
            ),
        ),
        None => (Certainty::Suspected, "its packets a second left their usual range".to_owned()),
    };
    let summary = format!("The network of {object} is slow: {how}.");
    Some(POD_NETWORK_DELAY.finding(object, certainty, summary, proof))
}

fn strongest(anomaly: &Anomaly, measure: Measure) -> Option<Sign> {
    let signs = anomaly.signs.iter().copied().filter(|sign| sign.measure == measure);
    signs.max_by(|a, b| a.now.total_cmp(&b.now))
}

fn now(anomaly: &Anomaly, measure: Measure) -> f64 {
    strongest(anomaly, measure).map_or(0.0, |sign| sign.now)
}

fn is_slow(service: &Anomaly) -> bool {
    strongest(service, Measure::Latency)
        .is_some_and(|sign| sign.now >= LATENCY_MS && sign.now >= sign.normal * LATENCY_TIMES)
}

/// True when its traffic is unusual, which a slow network makes it.
fn is_quiet(service: &Anomaly) -> bool {
    strongest(service, Measure::Packets).is_some()
}

/// The workload behind a name that monitoring uses.
fn workload(snapshot: &Snapshot<'_>, name: &str) -> Option<ObjectRef> {
    let mut spaces: Vec<&str> = snapshot.pods.iter().map(|pod| pod.key.namespace.as_str()).collect();
    spaces.dedup();
    spaces.into_iter().find_map(|namespace| {
        let pods = snapshot.pods_of_log(&Key::new(namespace, name));
        pods.first().map(|pod| snapshot.workload_of(pod))
    })
}

fn cite_sign(snapshot: &Snapshot<'_>, anomaly: &Seen<Anomaly>, measure: Measure) -> Option<Evidence> {
    let (words, shows) = match measure {
        Measure::Throttling => ("cpu_cfs", "the CPU limit holds the containers back"),
        Measure::Cpu => ("cpu core", "how much CPU it uses"),
        Measure::Latency => ("LATENCY_DEGRADATION", "how long answers take"),
        Measure::Packets => ("TRAFFIC_ANOMALY", "how much traffic there is"),
        Measure::Retransmission => ("TCP Retransmission", "how often packets must be sent again"),
        Measure::Other => return None,
    };
    cite(snapshot, anomaly, &[words], shows)
}

#[cfg(test)]
mod tests;
