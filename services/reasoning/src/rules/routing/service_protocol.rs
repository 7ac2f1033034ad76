//! A service that speaks another protocol than the pods behind it.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::backends::{Backend, backends, services};
use super::calls::calls;
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Action, Seen, Service, ServicePort, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "service_protocol",
    doc: "services whose transport or application protocol is not the one of the pods behind them",
    causes: &[SERVICE_PROTOCOL_MISMATCH],
    check,
};

const SERVICE_PROTOCOL_MISMATCH: Cause = Cause {
    id: "service_protocol_mismatch",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Set protocol, appProtocol and the name of the service's port to what the container speaks.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let mut pairs: Vec<(&Seen<Service>, Vec<&Backend<'_>>)> = Vec::new();
    for (service, selector) in services(snapshot) {
        let here = by_namespace.get(service.key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let selected: Vec<&Backend<'_>> = here.iter().filter(|it| it.is_selected(selector)).collect();
        if !selected.is_empty() {
            pairs.push((service, selected));
        }
    }
    let mut findings = Vec::new();
    for (service, selected) in &pairs {
        let first = selected[0];
        let judged = service.ports.iter().find_map(|port| {
            let announced =
                declared(port, first).or_else(|| named(port).filter(|_| has_habit(&pairs, service)));
            transport(snapshot, service, port, selected)
                .or_else(|| application(snapshot, service, port, first, announced?))
                .or_else(|| odd_one_out(snapshot, service, port, first))
        });
        findings.extend(judged);
    }
    findings.extend(callers(snapshot, &by_namespace.into_values().flatten().collect::<Vec<_>>()));
    findings
}

/// True when enough other services of the namespace name their ports after what is spoken there, and none does not:
/// then a name means something without a mesh too.
fn has_habit(pairs: &[(&Seen<Service>, Vec<&Backend<'_>>)], service: &Service) -> bool {
    let others =
        pairs.iter().filter(|(it, _)| it.key.namespace == service.key.namespace && it.key != service.key);
    let (mut agree, mut differ) = (0, 0);
    for (other, selected) in others {
        for port in &other.ports {
            match (named(port), selected.first().and_then(|backend| spoken(backend, port))) {
                (Some((said, _)), Some((speech, _))) if said == speech => agree += 1,
                (Some(_), Some(_)) => differ += 1,
                _ => {}
            }
        }
    }
    agree >= SISTERS_MIN && differ == 0
}

/// What the name of a port says is spoken there.
fn named(port: &ServicePort) -> Option<(Speech, &str)> {
    Some((Speech::of(&port.name)?, &port.name))
}

/// UDP where the container listens for TCP, or the other way round.
fn transport(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    port: &ServicePort,
    selected: &[&Backend<'_>],
) -> Option<Finding> {
    let is_double =
        service.ports.iter().any(|other| other.number == port.number && other.protocol != port.protocol);
    let is_open = snapshot.connections.get(&service.key).and_then(|it| it.ports.get(&port.number)).copied();
    if is_double || is_open == Some(true) {
        return None;
    }
    let spoken: Vec<String> = selected.iter().flat_map(|backend| transports(backend, port)).collect();
    let other = spoken.first()?;
    if spoken.iter().any(|it| it.eq_ignore_ascii_case(&port.protocol)) {
        return None;
    }
    let backend = selected.first()?;
    let number = port.number.to_string();
    let target = target(backend, port).map_or_else(|| number.clone(), |it| it.to_string());
    let shows = "the protocol that the containers list";
    let listed = |seen| cite(snapshot, seen, &[&target, other], shows);
    let proof = Proof::of([
        cite(snapshot, service, &[&number, &port.protocol], "the protocol of the service").or_else(|| {
            cite(snapshot, service, &["protocol", &port.protocol], "the protocol of the service")
        }),
        backend
            .workload
            .and_then(listed)
            .or_else(|| backend.pods.iter().find_map(|pod| cite(snapshot, pod, &[&target, other], shows))),
        snapshot
            .connections
            .get(&service.key)
            .filter(|_| is_open == Some(false))
            .and_then(|it| cite(snapshot, it, &["Failed"], "a connection through the service fails")),
    ])?;
    let summary = format!(
        "Service {} takes {} on port {number}, but {} listens for {other} on {target}.",
        service.key.name, port.protocol, backend.object
    );
    let certainty = if is_open == Some(false) { Certainty::Stated } else { Certainty::Inferred };
    Some(SERVICE_PROTOCOL_MISMATCH.finding(backend.object.clone(), certainty, summary, proof))
}

/// The transports that a workload is known to take on the target of a port. Every probe but a command goes over TCP.
fn transports(backend: &Backend<'_>, port: &ServicePort) -> Vec<String> {
    let mut found = Vec::new();
    for container in backend.containers() {
        let Some(target) = port.target.as_ref().and_then(|it| it.resolve(container)) else {
            continue;
        };
        let listed = container.ports.iter().filter(|it| it.number == target);
        found.extend(listed.map(|it| it.protocol.to_ascii_uppercase()));
        let probes = [&container.liveness, &container.readiness, &container.startup];
        let asked = probes.into_iter().flatten().filter_map(|probe| probe.action.port()?.resolve(container));
        found.extend(asked.filter(|it| *it == target).map(|_| "TCP".to_owned()));
    }
    found
}

fn target(backend: &Backend<'_>, port: &ServicePort) -> Option<u16> {
    backend.containers().find_map(|container| port.target.as_ref()?.resolve(container))
}

/// What is spoken above TCP, as far as it matters to proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speech {
    Http,
    /// gRPC and plain HTTP/2.
    Grpc,
    Tls,
    Database,
}

impl Speech {
    /// From `appProtocol`, or from the part of a port's name before its first dash.
    fn of(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let word = word.strip_prefix("kubernetes.io/").unwrap_or(&word);
        match word {
            "h2c" => return Some(Self::Grpc),
            "ws" => return Some(Self::Http),
            _ => {}
        }
        match word.split('-').next()? {
            "http" | "http1" => Some(Self::Http),
            "grpc" | "http2" => Some(Self::Grpc),
            "https" | "tls" | "wss" => Some(Self::Tls),
            "mysql" | "redis" | "mongo" => Some(Self::Database),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Grpc => "gRPC",
            Self::Tls => "TLS",
            Self::Database => "a database protocol",
        }
    }
}

/// What the service says is spoken on a port. The name of a port means something to meshes only.
fn declared<'p>(port: &'p ServicePort, backend: &Backend<'_>) -> Option<(Speech, &'p str)> {
    if !port.app_protocol.is_empty() {
        return Some((Speech::of(&port.app_protocol)?, &port.app_protocol));
    }
    named(port).filter(|_| backend.is_in_mesh())
}

/// What a container speaks on a port, by the probe that asks it there.
fn spoken(backend: &Backend<'_>, port: &ServicePort) -> Option<(Speech, &'static str)> {
    backend.containers().find_map(|container| {
        let target = port.target.as_ref()?.resolve(container)?;
        let probes = [&container.readiness, &container.liveness, &container.startup];
        probes.into_iter().flatten().find_map(|probe| {
            let is_asked = probe.action.port().and_then(|it| it.resolve(container)) == Some(target);
            match &probe.action {
                Action::Grpc { .. } if is_asked => Some((Speech::Grpc, "grpc")),
                Action::Http { scheme, .. } if is_asked && scheme == "https" => Some((Speech::Tls, "http")),
                Action::Http { .. } if is_asked => Some((Speech::Http, "http")),
                _ => None,
            }
        })
    })
}

/// The service announces one protocol, and the probes of the container that succeed speak another.
fn application(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    port: &ServicePort,
    backend: &Backend<'_>,
    (said, word): (Speech, &str),
) -> Option<Finding> {
    let (speech, probe) = spoken(backend, port)?;
    if said == speech || !backend.is_ready() {
        return None;
    }
    let proof = Proof::of([
        cite(snapshot, service, &[word], "the protocol that the service announces"),
        backend.workload.and_then(|it| cite_probe(snapshot, it, probe)),
        backend.pods.iter().find_map(|it| cite_probe(snapshot, it, probe)),
    ])?;
    let summary = format!(
        "Service {} announces {} on port {} ({word}), but {} speaks {} there.",
        service.key.name,
        said.name(),
        port.number,
        backend.object,
        speech.name()
    );
    let certainty = if backend.is_in_mesh() { Certainty::Inferred } else { Certainty::Suspected };
    Some(SERVICE_PROTOCOL_MISMATCH.finding(backend.object.clone(), certainty, summary, proof))
}

fn cite_probe<T>(snapshot: &Snapshot<'_>, seen: &Seen<T>, probe: &str) -> Option<Evidence> {
    let shows = "the protocol in which the container is probed";
    let line = if probe == "grpc" { "grpc" } else { "http-get" };
    cite(snapshot, seen, &[line], shows).or_else(|| cite(snapshot, seen, &["httpGet"], shows))
}

/// In a mesh where every service announces HTTP, one alone announces something else, nothing in its pods speaks for
/// that, and requests fail.
fn odd_one_out(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    port: &ServicePort,
    backend: &Backend<'_>,
) -> Option<Finding> {
    let (said, word) = declared(port, backend).filter(|(said, _)| *said != Speech::Http)?;
    if !backend.is_in_mesh() || spoken(backend, port).is_some() || snapshot.failed_calls.len() == 0 {
        return None;
    }
    let confirms = |name: &str| Speech::of(name) == Some(said);
    if backend.ports().names.iter().any(|name| confirms(name)) || said == Speech::Database {
        return None;
    }
    let others = || {
        let here = |it: &&Seen<Service>| it.key.namespace == service.key.namespace && it.key != service.key;
        snapshot.services.iter().filter(here).flat_map(|it| &it.ports)
    };
    let speaks = |port: &ServicePort| {
        Speech::of(if port.app_protocol.is_empty() { &port.name } else { &port.app_protocol })
    };
    let plain = others().filter(|it| speaks(it) == Some(Speech::Http)).count();
    if plain < SISTERS_MIN || others().any(|it| speaks(it) == Some(said)) {
        return None;
    }
    let failed = snapshot.failed_calls.iter().find(|it| it.key.name == service.key.name);
    let shows = "the protocol that the service announces";
    let proof = Proof::of([
        cite(snapshot, service, &[word], shows),
        failed.and_then(|it| cite(snapshot, it, &[&it.key.name], "requests to it fail")),
    ])?;
    let summary = format!(
        "Service {} announces {} on port {} ({word}), where its {plain} sisters announce HTTP.",
        service.key.name,
        said.name(),
        port.number
    );
    let certainty = if failed.is_some() { Certainty::Inferred } else { Certainty::Suspected };
    Some(SERVICE_PROTOCOL_MISMATCH.finding(backend.object.clone(), certainty, summary, proof))
}

/// As many make a habit.
const SISTERS_MIN: usize = 4;

/// A caller was told `https` for a port that answers probes in plain HTTP, or `http` for one that wants TLS.
fn callers(snapshot: &Snapshot<'_>, backends: &[Backend<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, calls) in calls(snapshot) {
        let Some((service, selector)) = services(snapshot).find(|(service, _)| service.key == key) else {
            continue;
        };
        let behind = backends.iter().find(|it| {
            it.object.namespace == key.namespace
                && it.is_selected(selector)
                && !it.is_in_mesh()
                && it.is_ready()
        });
        for call in calls {
            let wanted = match call.scheme {
                "http" => Speech::Http,
                "https" => Speech::Tls,
                _ => continue,
            };
            let number = call.port.unwrap_or(if wanted == Speech::Tls { 443 } else { 80 });
            let port = service.ports.iter().find(|it| it.number == number);
            let Some((backend, port)) = behind.zip(port) else {
                continue;
            };
            let Some((speech @ (Speech::Http | Speech::Tls), probe)) = spoken(backend, port) else {
                continue;
            };
            let proof = Proof::of([
                call.cite(snapshot, "the address that the caller was told"),
                backend.workload.and_then(|it| cite_probe(snapshot, it, probe)),
            ]);
            if let Some(proof) = proof.filter(|_| speech != wanted) {
                let summary = format!(
                    "{} calls service {} by {}, but {} speaks {} there.",
                    call.caller,
                    key.name,
                    call.scheme,
                    backend.object,
                    speech.name()
                );
                findings.push(SERVICE_PROTOCOL_MISMATCH.finding(
                    call.caller.clone(),
                    Certainty::Inferred,
                    summary,
                    proof,
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
