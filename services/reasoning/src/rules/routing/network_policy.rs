//! A network policy that lets nothing in to pods that others want to reach.
//!
//! Policies add up: what one of them lets in is let in. Whether they are enforced at all depends on the network plug-in,
//! so that a connection that succeeds beats what is written.

use aetherius_contracts::reasoning::Finding;

use super::backends::{Backend, backends, services};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{NetworkPolicy, Seen, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "network_policy",
    doc: "network policies that let nothing in to pods behind a service",
    causes: &[NETWORK_POLICY_ISOLATION],
    check,
};

const NETWORK_POLICY_ISOLATION: Cause = Cause {
    id: "network_policy_isolation",
    taxonomy: "service_routing",
    nature: Nature::Broad,
    remedy: "Let the callers in with an ingress rule of a network policy, or remove the policy if it is a leftover.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let mut findings = Vec::new();
    for policy in snapshot.policies.iter().filter(|it| it.ingress_rules == Some(0)) {
        let here = by_namespace.get(policy.key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        findings.extend(here.iter().filter_map(|backend| blame(snapshot, policy, backend)));
    }
    findings
}

fn blame(snapshot: &Snapshot<'_>, policy: &Seen<NetworkPolicy>, backend: &Backend<'_>) -> Option<Finding> {
    let is_about = |it: &NetworkPolicy| {
        it.key.namespace == policy.key.namespace
            && it.pods.as_ref().is_some_and(|pods| pods.selects(&backend.labels))
    };
    // What no output tells of could let something in.
    let is_let_in =
        snapshot.policies.iter().any(|it| is_about(it) && it.ingress_rules.is_some_and(|rules| rules > 0))
            || snapshot.policies.iter().any(|it| it.pods.is_none());
    if !is_about(policy) || is_let_in || !backend.is_ready() {
        return None;
    }
    let mut behind = services(snapshot).filter(|(service, selector)| {
        service.key.namespace == policy.key.namespace && backend.is_selected(selector)
    });
    let (service, _) = behind.next()?;
    let connection = snapshot.connections.get(&service.key);
    let is_reached = connection.is_some_and(|it| it.ports.values().any(|open| *open));
    let refused =
        connection.and_then(|it| cite(snapshot, it, &["Failed"], "a connection through the service fails"));
    if is_reached {
        return None;
    }
    let proof = Proof::of([
        cite(snapshot, policy, &["isolated for ingress"], "the policy lets nothing in")
            .or_else(|| {
                cite(
                    snapshot,
                    policy,
                    &["policyTypes"],
                    "what the policy restricts, without a rule that lets in",
                )
            })
            .or_else(|| cite(snapshot, policy, &[&policy.key.name], "the policy")),
        cite(snapshot, service, &[&service.key.name], "the service that leads there"),
        refused,
    ])?;
    let summary = format!(
        "Network policy {} lets nothing in to {}, to which service {} leads.",
        policy.key.name, backend.object, service.key.name
    );
    Some(NETWORK_POLICY_ISOLATION.finding(backend.object.clone(), Certainty::Suspected, summary, proof))
}

#[cfg(test)]
mod tests;
