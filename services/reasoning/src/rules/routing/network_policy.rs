//! A network policy that lets nothing in to pods that others want to reach, or nothing out of pods that call others.
//!
//! Policies add up: what one of them lets in is let in. Whether they are enforced at all depends on the network plug-in,
//! so that a connection that succeeds beats what is written.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::addresses::Address;
use super::backends::{Backend, backends, services};
use super::calls::calls;
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{NetworkPolicy, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "network_policy",
    doc: "network policies that let nothing in to pods behind a service, or nothing out of pods that call some",
    causes: &[NETWORK_POLICY_ISOLATION],
    check,
};

const NETWORK_POLICY_ISOLATION: Cause = Cause {
    id: "network_policy_isolation",
    taxonomy: "service_routing",
    nature: Nature::Broad,
    remedy: "Let this traffic through with a rule of a network policy, or remove the policy if it is a leftover.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let called = calls(snapshot);
    let mut findings = Vec::new();
    for policy in snapshot.policies.iter() {
        let here = by_namespace.get(policy.key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let about: Vec<&Backend<'_>> =
            here.iter().filter(|it| is_about(policy, it) && it.is_ready()).collect();
        if policy.ingress_rules == Some(0) {
            findings.extend(about.iter().filter_map(|it| walled_in(snapshot, policy, it)));
        }
        if policy.egress_rules == Some(0) {
            let calls = || called.values().flatten();
            findings.extend(about.iter().filter_map(|it| {
                let call = calls().find(|call| call.caller == it.object)?;
                walled_out(snapshot, policy, call)
                    .filter(|_| !is_open(snapshot, it, |other| other.egress_rules))
            }));
        }
    }
    findings
}

fn is_about(policy: &NetworkPolicy, backend: &Backend<'_>) -> bool {
    policy.key.namespace == backend.object.namespace
        && policy.pods.as_ref().is_some_and(|pods| pods.selects(&backend.labels))
}

/// True when another policy lets something through in that direction, or one of which nothing is known might.
fn is_open(
    snapshot: &Snapshot<'_>,
    backend: &Backend<'_>,
    rules: impl Fn(&NetworkPolicy) -> Option<usize>,
) -> bool {
    let lets = |it: &NetworkPolicy| {
        it.pods.is_none() || (is_about(it, backend) && rules(it).is_some_and(|rules| rules > 0))
    };
    snapshot.policies.iter().any(|it| lets(it))
}

/// Nothing may come in, and a service leads there.
fn walled_in(
    snapshot: &Snapshot<'_>,
    policy: &Seen<NetworkPolicy>,
    backend: &Backend<'_>,
) -> Option<Finding> {
    let mut behind = services(snapshot).filter(|(service, selector)| {
        service.key.namespace == policy.key.namespace && backend.is_selected(selector)
    });
    let (service, _) = behind.next()?;
    let connection = snapshot.connections.get(&service.key);
    let is_reached = connection.is_some_and(|it| it.ports.values().any(|open| *open));
    if is_reached || is_open(snapshot, backend, |other| other.ingress_rules) {
        return None;
    }
    let proof = Proof::of([
        cite_policy(snapshot, policy, "isolated for ingress"),
        cite(snapshot, service, &[&service.key.name], "the service that leads there"),
        connection.and_then(|it| cite(snapshot, it, &["Failed"], "a connection through the service fails")),
    ])?;
    let summary = format!(
        "Network policy {} lets nothing in to {}, to which service {} leads.",
        policy.key.name, backend.object, service.key.name
    );
    Some(NETWORK_POLICY_ISOLATION.finding(backend.object.clone(), Certainty::Suspected, summary, proof))
}

/// Nothing may go out, not even to a name server, and the workload calls services.
fn walled_out(snapshot: &Snapshot<'_>, policy: &Seen<NetworkPolicy>, call: &Address<'_>) -> Option<Finding> {
    let proof = Proof::of([
        cite_policy(snapshot, policy, "isolated for egress"),
        call.cite(snapshot, "a service that the workload calls"),
    ])?;
    let summary = format!(
        "Network policy {} lets nothing out of {}, which calls {}.",
        policy.key.name, call.caller, call.host
    );
    Some(NETWORK_POLICY_ISOLATION.finding(call.caller.clone(), Certainty::Suspected, summary, proof))
}

fn cite_policy(snapshot: &Snapshot<'_>, policy: &Seen<NetworkPolicy>, words: &str) -> Option<Evidence> {
    cite(snapshot, policy, &[words], "the policy lets nothing through")
        .or_else(|| {
            cite(
                snapshot,
                policy,
                &["policyTypes"],
                "what the policy restricts, without a rule that lets through",
            )
        })
        .or_else(|| cite(snapshot, policy, &[&policy.key.name], "the policy"))
}

#[cfg(test)]
mod tests;
