//! A service that sends to a port on which its pods do not listen, or that offers another port than its callers use.
//!
//! The list of ports in a container is only information: nothing keeps a program from listening elsewhere. So a port
//! that is not listed proves little by itself. Probes that pass, variables, and connections that were refused say more.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::addresses::Address;
use super::backends::{Backend, Ports, backends, services};
use super::calls::{calls, missing_port};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{PortRef, Seen, Service, ServicePort, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "service_port",
    doc: "services whose target port no container listens on, or whose port is not the one that callers use",
    causes: &[SERVICE_PORT_MAPPING_MISMATCH],
    check,
};

const SERVICE_PORT_MAPPING_MISMATCH: Cause = Cause {
    id: "service_port_mapping_mismatch",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Set the service's targetPort to the port (or the port name) of the container, and its port to what callers use.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let called = calls(snapshot);
    let mut findings = Vec::new();
    for (service, selector) in services(snapshot) {
        let here = by_namespace.get(service.key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let selected: Vec<&Backend<'_>> = here.iter().filter(|it| it.is_selected(selector)).collect();
        let Some(first) = selected.first() else {
            continue;
        };
        let known: Vec<Ports> = selected.iter().map(|backend| backend.ports()).collect();
        let target = service.ports.iter().find_map(|port| blame(snapshot, service, port, &selected, &known));
        let calls = called.get(&service.key).map_or(&[][..], Vec::as_slice);
        findings.extend(target.or_else(|| unused(snapshot, service, calls, first, &known)));
    }
    findings
}

/// Judges one port of a service by what is known of the pods behind it.
fn blame(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    port: &ServicePort,
    selected: &[&Backend<'_>],
    known: &[Ports],
) -> Option<Finding> {
    let is_open = snapshot.connections.get(&service.key).and_then(|it| it.ports.get(&port.number)).copied();
    if is_open == Some(true) {
        return None;
    }
    let is_ready = selected.iter().any(|backend| backend.is_ready());
    let certainty = match port.target.as_ref()? {
        PortRef::Number(number) => {
            if known.iter().any(|ports| ports.has(*number)) {
                return None;
            }
            number_certainty(snapshot, service, selected, known, is_open == Some(false) && is_ready)?
        }
        PortRef::Name(name) => {
            if known.iter().any(|ports| ports.names.contains(name)) {
                return None;
            }
            name_certainty(snapshot, service, known, is_ready)?
        }
    };
    let backend = selected.first()?;
    let target = port.target.as_ref()?.to_string();
    let listened: Vec<String> = known.first()?.shown().iter().map(u16::to_string).collect();
    let names: Vec<&str> = known.first()?.names.iter().map(String::as_str).collect();
    let proof = Proof::of([
        cite(snapshot, service, &["targetPort", &target], "the port that the service sends to"),
        cite_listening(snapshot, backend, listened.first(), &names),
        snapshot
            .connections
            .get(&service.key)
            .filter(|_| is_open == Some(false))
            .and_then(|it| cite(snapshot, it, &["Failed"], "a connection through the service fails")),
    ])?;
    let has = match (port.target.as_ref()?, names.as_slice()) {
        (PortRef::Name(_), []) => "no port of that name".to_owned(),
        (PortRef::Name(_), names) => format!("only ports called {}", names.join(", ")),
        (PortRef::Number(_), _) => format!("containers that listen on {}", listened.join(", ")),
    };
    let summary = format!(
        "Service {} sends port {} to port {target}, but {} has {has}.",
        service.key.name, port.number, backend.object
    );
    Some(SERVICE_PORT_MAPPING_MISMATCH.finding(backend.object.clone(), certainty, summary, proof))
}

/// How sure it is that nobody listens on a number that neither lists, probes nor variables name.
fn number_certainty(
    snapshot: &Snapshot<'_>,
    service: &Service,
    selected: &[&Backend<'_>],
    known: &[Ports],
    is_refused: bool,
) -> Option<Certainty> {
    let is_told = known.iter().all(|ports| !ports.asked.is_empty() || !ports.told.is_empty());
    let is_listed = known.iter().all(|ports| !ports.declared.is_empty());
    if is_refused && (is_told || is_listed) {
        return Some(Certainty::Stated);
    }
    // With a second port that is right, the first may be one that the list leaves out: metrics, administration.
    let fits = |port: &ServicePort| match &port.target {
        Some(PortRef::Number(number)) => known.iter().any(|ports| ports.has(*number)),
        Some(PortRef::Name(name)) => known.iter().any(|ports| ports.names.contains(name)),
        None => false,
    };
    let is_served = snapshot.services.iter().any(|other| {
        other.key.namespace == service.key.namespace
            && other
                .selector
                .as_ref()
                .is_some_and(|it| !it.is_empty() && selected.iter().all(|backend| backend.is_selected(it)))
            && other.ports.iter().any(fits)
    });
    match (is_listed, is_told) {
        _ if is_served => None,
        (true, true) => Some(Certainty::Inferred),
        (true, false) | (false, true) => Some(Certainty::Suspected),
        (false, false) => None,
    }
}

/// A name that no container has leaves the endpoints without a port, which Kubernetes shows.
fn name_certainty(
    snapshot: &Snapshot<'_>,
    service: &Service,
    known: &[Ports],
    is_ready: bool,
) -> Option<Certainty> {
    let endpoints = snapshot.endpoints.get(&service.key);
    match endpoints {
        Some(it) if it.ports.is_empty() && is_ready => Some(Certainty::Stated),
        // Descriptions do not show the names of ports, so that none is known proves nothing.
        _ if known.iter().all(|ports| !ports.names.is_empty()) => Some(Certainty::Inferred),
        _ => None,
    }
}

fn cite_listening(
    snapshot: &Snapshot<'_>,
    backend: &Backend<'_>,
    number: Option<&String>,
    names: &[&str],
) -> Option<Evidence> {
    let shows = "a port that the container has";
    let workload = backend.workload;
    let number = number.map(String::as_str);
    let of_workload = workload.and_then(|it| {
        let named = names.first().and_then(|name| cite(snapshot, it, &["name", name], shows));
        named
            .or_else(|| cite(snapshot, it, &["Port:", number?], shows))
            .or_else(|| cite(snapshot, it, &["containerPort", number?], shows))
    });
    of_workload.or_else(|| {
        backend.pods.iter().find_map(|it| {
            cite(snapshot, it, &["Port:", number?], shows)
                .or_else(|| cite(snapshot, it, &["containerPort", number?], shows))
        })
    })
}

/// The service does not offer the port that its callers use.
fn unused(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    calls: &[Address<'_>],
    backend: &Backend<'_>,
    known: &[Ports],
) -> Option<Finding> {
    let wanted = missing_port(snapshot, service, calls, known)?;
    let offered = service.ports.first()?;
    let call = calls.iter().find(|it| it.port == Some(wanted))?;
    let number = offered.number.to_string();
    let shows = "the port that the service offers";
    let proof = Proof::of([
        cite(snapshot, service, &["port", &number], shows)
            .or_else(|| cite(snapshot, service, &[&number, &offered.protocol], shows)),
        call.cite(snapshot, "the port that a caller uses"),
    ])?;
    let summary = format!(
        "Service {} offers port {number}, but its callers use {wanted} ({} of {}).",
        service.key.name, call.variable, call.caller
    );
    Some(SERVICE_PORT_MAPPING_MISMATCH.finding(backend.object.clone(), Certainty::Inferred, summary, proof))
}

#[cfg(test)]
mod tests;
