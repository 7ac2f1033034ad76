//! A service whose selector matches no pod although its pods are there under slightly other labels.
//!
//! A service is empty for many reasons: no replicas, pods that are not ready, that cannot start. In all of these the
//! selector still matches the labels of a workload's template, and this rule is silent.

use aetherius_contracts::reasoning::{Evidence, Finding, ObjectRef};

use super::backends::{Backend, backends, is_empty, namesake, services};
use super::calls::calls;
use super::names::is_near;
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Labels, PortRef, Seen, Service, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "service_selector",
    doc: "services whose selector matches no pod, or the pods of another workload",
    causes: &[SERVICE_SELECTOR_MISMATCH, SERVICE_WITHOUT_PODS],
    check,
};

const SERVICE_SELECTOR_MISMATCH: Cause = Cause {
    id: "service_selector_mismatch",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Make the service's selector equal to the labels of the pod template, or add the missing labels to the template.",
};

const SERVICE_WITHOUT_PODS: Cause = Cause {
    id: "service_without_pods",
    taxonomy: "service_routing",
    nature: Nature::Broad,
    remedy: "Find out which pods the service should send to; correct its selector, deploy them, or remove the service.",
};

/// Labels by which Kubernetes tells single pods of a set apart: a service may wait for a pod that is not there yet.
const POD_LABELS: [&str; 3] =
    ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"];

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    services(snapshot)
        .filter_map(|(service, selector)| {
            let here = by_namespace.get(service.key.namespace.as_str())?;
            blame(snapshot, service, selector, here)
        })
        .collect()
}

fn blame(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    selector: &Labels,
    here: &[Backend<'_>],
) -> Option<Finding> {
    if POD_LABELS.iter().any(|label| selector.contains_key(*label)) {
        return None;
    }
    let selected: Vec<&Backend<'_>> = here.iter().filter(|it| it.is_selected(selector)).collect();
    if !selected.is_empty() {
        return strayed(snapshot, service, selector, here, &selected);
    }
    let endpoints = snapshot.endpoints.get(&service.key);
    if endpoints.is_some() && !is_empty(endpoints) {
        return None;
    }
    if is_role(snapshot, service, selector, here) {
        return None;
    }
    match nearest(service, selector, here) {
        Some(backend) => mismatch(snapshot, service, selector, backend),
        None => abandoned(snapshot, service, selector),
    }
}

/// Nothing is like what the service asks for. That is a fault where somebody calls it; many clusters keep services that
/// nobody does.
fn abandoned(snapshot: &Snapshot<'_>, service: &Seen<Service>, selector: &Labels) -> Option<Finding> {
    let endpoints = snapshot.endpoints.get(&service.key).filter(|it| is_empty(Some(it)))?;
    let calls = calls(snapshot);
    let call = calls.get(&service.key)?.first()?;
    let proof = Proof::of([
        cite_selector(snapshot, service, selector),
        cite(snapshot, endpoints, &[&service.key.name, "<none>"], "nothing stands behind the service"),
        call.cite(snapshot, "a workload that calls the service"),
    ])?;
    let object = object_of(service);
    let summary =
        format!("{object} leads nowhere: no workload has {}, and {} calls it.", list(selector), call.caller);
    Some(SERVICE_WITHOUT_PODS.finding(object, Certainty::Suspected, summary, proof))
}

fn mismatch(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    selector: &Labels,
    backend: &Backend<'_>,
) -> Option<Finding> {
    let empty = snapshot.endpoints.get(&service.key);
    let proof = Proof::of([
        cite_selector(snapshot, service, selector),
        cite_labels(snapshot, backend, selector),
        empty.and_then(|it| {
            cite(snapshot, it, &[&it.key.name, "<none>"], "nothing stands behind the service")
        }),
    ])?;
    let wanted: Vec<String> = selector
        .iter()
        .filter(|(name, value)| backend.labels.get(*name) != Some(*value))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let summary = format!(
        "Service {} asks for pods with {}, but those of {} have {}.",
        service.key.name,
        wanted.join(", "),
        backend.object,
        list(&own(&backend.labels))
    );
    let certainty = if is_empty(empty) { Certainty::Stated } else { Certainty::Inferred };
    Some(SERVICE_SELECTOR_MISMATCH.finding(backend.object.clone(), certainty, summary, proof))
}

/// The service sends to a workload that another service is for, and the one of its own name goes without.
fn strayed(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    selector: &Labels,
    here: &[Backend<'_>],
    selected: &[&Backend<'_>],
) -> Option<Finding> {
    let own = namesake(here, &service.key).filter(|it| it.is_ready() && !it.is_selected(selector))?;
    let others: Vec<&Seen<Service>> = snapshot
        .services
        .iter()
        .filter(|it| it.key.namespace == service.key.namespace && it.key != service.key)
        .collect();
    let serves = |other: &Seen<Service>, backend: &Backend<'_>| {
        other.selector.as_ref().is_some_and(|it| !it.is_empty() && backend.is_selected(it))
    };
    let is_orphan = !others.iter().any(|other| serves(other, own));
    let is_taken = selected.iter().all(|backend| {
        others.iter().any(|other| other.key.name == backend.object.name && serves(other, backend))
    });
    if !is_orphan || !is_taken {
        return None;
    }
    let proof =
        Proof::of([cite_selector(snapshot, service, selector), cite_labels(snapshot, own, selector)])?;
    let summary = format!(
        "Service {} sends to {} instead of {}: it asks for {}.",
        service.key.name,
        selected[0].object,
        own.object,
        list(selector)
    );
    Some(SERVICE_SELECTOR_MISMATCH.finding(own.object.clone(), Certainty::Inferred, summary, proof))
}

/// True when a sister of the service finds its pods with another value of one label: leader and follower, blue and
/// green. That one of them has no pods at the moment is no fault.
fn is_role(snapshot: &Snapshot<'_>, service: &Service, selector: &Labels, here: &[Backend<'_>]) -> bool {
    let sisters = snapshot.services.iter().filter(|it| it.key.namespace == service.key.namespace);
    sisters.filter_map(|it| it.selector.as_ref()).any(|sister| {
        let differs: Vec<&String> = selector
            .iter()
            .filter(|(name, value)| sister.get(*name) != Some(*value))
            .map(|(name, _)| name)
            .collect();
        selector.len() > 1
            && sister.len() == selector.len()
            && matches!(differs.as_slice(), [one] if sister.contains_key(*one))
            && here.iter().any(|backend| backend.is_selected(sister))
    })
}

/// The workload that the service is most likely for; `None` when nothing speaks for one, or two are equal.
fn nearest<'b, 's>(service: &Service, selector: &Labels, here: &'b [Backend<'s>]) -> Option<&'b Backend<'s>> {
    let mut scored: Vec<(usize, &Backend<'_>)> =
        here.iter().map(|backend| (likeness(service, selector, backend, here), backend)).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    match scored.as_slice() {
        [(best, backend), rest @ ..] if *best >= ENOUGH => {
            rest.first().is_none_or(|(next, _)| next < best).then_some(*backend)
        }
        _ => None,
    }
}

/// One strong sign, or two weak ones.
const ENOUGH: usize = 4;

fn likeness(service: &Service, selector: &Labels, backend: &Backend<'_>, here: &[Backend<'_>]) -> usize {
    // A label that most workloads share (part-of, environment) tells nothing of this one.
    let is_telling = |name: &str, value: &str| {
        let sharing = here.iter().filter(|it| it.labels.get(name).is_some_and(|it| it == value)).count();
        sharing <= 1.max(here.len() / 4)
    };
    let pairs = selector.iter().map(|(name, value)| match backend.labels.get(name) {
        Some(same) if same == value && is_telling(name, value) => 4,
        Some(other) if is_near(other, value) && is_telling(name, other) => 4,
        _ => {
            let under = backend.labels.iter().find(|(other, it)| *it == value && is_telling(other, it));
            if under.is_some() { 4 } else { 0 }
        }
    });
    let named = usize::from(backend.object.name == service.key.name) * 6;
    let labelled = service
        .labels
        .iter()
        .any(|(name, value)| backend.labels.get(name) == Some(value) && is_telling(name, value));
    let ports = backend.ports();
    let listens = service.ports.iter().any(|port| match &port.target {
        Some(PortRef::Number(number)) => ports.has(*number),
        Some(PortRef::Name(name)) => ports.names.contains(name),
        None => ports.has(port.number),
    });
    pairs.sum::<usize>() + named + usize::from(labelled) * 4 + usize::from(listens)
}

fn cite_selector(snapshot: &Snapshot<'_>, service: &Seen<Service>, selector: &Labels) -> Option<Evidence> {
    let (name, value) = selector.iter().next()?;
    let shows = "the pods that the service asks for";
    let pair = format!("{name}={value}");
    cite(snapshot, service, &["Selector", &pair], shows)
        .or_else(|| cite(snapshot, service, &[&pair], shows))
        .or_else(|| cite(snapshot, service, &[&format!("\"{name}\""), value], shows))
        .or_else(|| cite(snapshot, service, &[name, value], shows))
        .or_else(|| cite(snapshot, service, &[value], shows))
}

fn cite_labels(snapshot: &Snapshot<'_>, backend: &Backend<'_>, selector: &Labels) -> Option<Evidence> {
    let labels = own(&backend.labels);
    let telling = labels.iter().find(|(name, _)| selector.contains_key(*name));
    let telling =
        telling.or_else(|| labels.iter().find(|(_, value)| selector.values().any(|it| it == *value)));
    let (name, value) = telling.or_else(|| labels.iter().next())?;
    let (pair, shows) = (format!("{name}={value}"), "the labels that the pods have");
    let pods = backend.pods.iter().find_map(|pod| {
        cite(snapshot, pod, &[&pair], shows).or_else(|| cite(snapshot, pod, &[name, value], shows))
    });
    pods.or_else(|| {
        let workload = backend.workload?;
        cite(snapshot, workload, &[&pair], shows).or_else(|| cite(snapshot, workload, &[name, value], shows))
    })
}

/// The labels that people wrote, without those that controllers and meshes add.
fn own(labels: &Labels) -> Labels {
    let is_added =
        |name: &str| name == "pod-template-hash" || POD_LABELS.contains(&name) || name.contains("istio.io/");
    labels.iter().filter(|(name, _)| !is_added(name)).map(|(a, b)| (a.clone(), b.clone())).collect()
}

fn list(labels: &Labels) -> String {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

fn object_of(service: &Service) -> ObjectRef {
    ObjectRef {
        kind: "service".to_owned(),
        namespace: service.key.namespace.clone(),
        name: service.key.name.clone(),
    }
}
