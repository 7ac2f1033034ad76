//! A workload that is told to run no pods, while a service sends to it.
//!
//! Zero may be meant: a workload that wakes on demand, a stand-by, a worker that nothing calls. So a service must select its
//! pods and nobody else's, and only a scaling or a caller that can be seen makes it more than a suspicion.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{EnvValue, Event, Seen, Service, Snapshot, Workload, selects};

pub(super) const RULE: Rule = Rule {
    id: "zero_replicas",
    doc: "workloads scaled to zero whose service is left without endpoints",
    causes: &[DEPLOYMENT_ZERO_REPLICAS],
    check,
};

const DEPLOYMENT_ZERO_REPLICAS: Cause = Cause {
    id: "deployment_zero_replicas",
    taxonomy: "runtime",
    nature: Nature::Specific,
    remedy: "Scale the workload up again (kubectl scale --replicas=1), and find out who or what scaled it down.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let of_kind = |kind: &'static str| move |workload| (kind, workload);
    let deployments = snapshot.deployments.iter().map(of_kind("deployment"));
    let all = deployments.chain(snapshot.stateful_sets.iter().map(of_kind("statefulset")));
    all.filter(|(_, workload)| workload.desired == Some(0) && snapshot.is_observed(workload))
        .filter_map(|(kind, workload)| blame(snapshot, kind, workload))
        .collect()
}

fn blame(snapshot: &Snapshot<'_>, kind: &str, workload: &Seen<Workload>) -> Option<Finding> {
    let service = snapshot.services.iter().find(|service| depends(snapshot, service, workload))?;
    let name = workload.key.name.as_str();
    let scaled = scaling(snapshot, kind, workload);
    let caller = caller(snapshot, service, workload);
    let certainty =
        if scaled.is_some() || caller.is_some() { Certainty::Inferred } else { Certainty::Suspected };
    let endpoints = snapshot.endpoints.get(&service.key);
    let proof = Proof::of([
        cite_zero(snapshot, workload),
        scaled.and_then(|event| cite(snapshot, event, &["to 0"], "when it was scaled down")),
        endpoints.and_then(|it| cite(snapshot, it, &[&it.key.name], "the service has nobody to send to")),
        caller,
    ])?;
    let object =
        ObjectRef { kind: kind.to_owned(), namespace: workload.key.namespace.clone(), name: name.to_owned() };
    let summary =
        format!("{object} is scaled to 0 replicas, so service {} has no endpoints.", service.key.name);
    Some(DEPLOYMENT_ZERO_REPLICAS.finding(object, certainty, summary, proof))
}

/// True when the service sends to pods of this workload and there are none, of it or of another.
fn depends(snapshot: &Snapshot<'_>, service: &Seen<Service>, workload: &Workload) -> bool {
    let Some(selector) = service.selector.as_ref().filter(|selector| !selector.is_empty()) else {
        return false;
    };
    let is_here = service.key.namespace == workload.key.namespace && snapshot.is_observed(service);
    let labels = &workload.template.labels;
    // The selector of the workload is part of its labels; a table shows no more.
    let labels = if labels.is_empty() { &workload.selector } else { labels };
    let others = || {
        snapshot.pods.iter().any(|pod| {
            pod.key.namespace == service.key.namespace
                && selects(selector, &pod.labels)
                && pod.status.as_deref() != Some("Terminating")
        })
    };
    let is_served = snapshot.endpoints.get(&service.key).is_some_and(|it| !it.ready.is_empty());
    is_here && selects(selector, labels) && !is_served && !others()
}

fn cite_zero(snapshot: &Snapshot<'_>, workload: &Seen<Workload>) -> Option<Evidence> {
    let shows = "it is told to run no pods";
    cite(snapshot, workload, &["0 desired"], shows)
        .or_else(|| cite(snapshot, workload, &[&workload.key.name, "0/0"], shows))
        .or_else(|| cite(snapshot, workload, &["replicas", "0"], shows))
}

/// The latest word of its controller, when it is that it was scaled to zero.
fn scaling<'s>(snapshot: &'s Snapshot<'_>, kind: &str, workload: &Workload) -> Option<&'s Seen<Event>> {
    let events = snapshot.events_of(kind, &workload.key);
    let latest = events.into_iter().find(|event| event.reason == "ScalingReplicaSet")?;
    (latest.message.starts_with("Scaled down") && latest.message.contains(" to 0")).then_some(latest)
}

/// Another workload that is told to call the service.
fn caller(snapshot: &Snapshot<'_>, service: &Service, callee: &Workload) -> Option<Evidence> {
    let sets = snapshot.stateful_sets.iter().chain(snapshot.daemon_sets.iter());
    let others = snapshot.deployments.iter().chain(sets).filter(|workload| {
        workload.key.namespace == service.key.namespace
            && workload.key != callee.key
            && workload.desired != Some(0)
    });
    let name = service.key.name.as_str();
    others.into_iter().find_map(|workload| {
        let values = workload.template.all_containers().flat_map(|container| container.env.values());
        let mut plain = values.filter_map(|value| match value {
            EnvValue::Plain(value) => Some(value.as_str()),
            _ => None,
        });
        let value = plain.find(|value| is_address_of(value, name))?;
        cite(snapshot, workload, &[value], "who calls the service")
    })
}

/// True when the host of an address is `name` or begins with it: `hen:80`, `http://hen.barn/x`.
fn is_address_of(value: &str, name: &str) -> bool {
    let host = value.split_once("://").map_or(value, |(_, rest)| rest);
    host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '.']))
}

#[cfg(test)]
mod tests;
