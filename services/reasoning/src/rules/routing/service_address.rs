//! A workload that was told an address at which no service is.
//!
//! Variables often name services that were never deployed, and programs that can do without them do not mind. So a name
//! that no service has is a finding only with a sign that another was meant, or that the program minds. An address in
//! numbers, or of a service that is there, is one only where the variable itself spells another service.

use aetherius_contracts::reasoning::{Evidence, Finding};

use super::addresses::{Address, Meaning, addresses, meaning};
use super::backends::{Backend, Ports, backends};
use super::calls::{calls, has_ports, missing_port};
use super::names::{distance, is_near, plain, words};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Key, Seen, Service, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "service_address",
    doc: "workloads whose variables name a service or a port that does not exist",
    causes: &[SERVICE_ENV_VAR_ADDRESS_MISMATCH],
    check,
};

const SERVICE_ENV_VAR_ADDRESS_MISMATCH: Cause = Cause {
    id: "service_env_var_address_mismatch",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Set the variable to the name and port of the service, and restart the workload.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let all = addresses(snapshot);
    let by_namespace = backends(snapshot);
    let mut findings: Vec<Finding> = all
        .iter()
        .filter_map(|address| {
            let here = by_namespace.get(address.caller.namespace.as_str()).map_or(&[][..], Vec::as_slice);
            unknown_host(snapshot, address, &all, here).or_else(|| other_host(snapshot, address, here))
        })
        .collect();
    for (key, calls) in calls(snapshot) {
        if let Some(service) = snapshot.services.get(&key) {
            let here = by_namespace.get(key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
            findings.extend(unknown_port(snapshot, service, &calls, here));
        }
    }
    findings
}

/// The service is there, and does not offer the port.
fn unknown_port(
    snapshot: &Snapshot<'_>,
    service: &Seen<Service>,
    calls: &[Address<'_>],
    here: &[Backend<'_>],
) -> Vec<Finding> {
    let selector = service.selector.as_ref().filter(|it| !it.is_empty());
    let behind = here.iter().filter(|it| selector.is_some_and(|selector| it.is_selected(selector)));
    let known: Vec<Ports> = behind.map(Backend::ports).collect();
    if !has_ports(service) || missing_port(snapshot, service, calls, &known).is_some() {
        return Vec::new();
    }
    let offered: Vec<String> = service.ports.iter().map(|port| port.number.to_string()).collect();
    let blame = |call: &Address<'_>| {
        let port = call.port?;
        let is_offered = service.ports.iter().any(|it| it.number == port);
        let connected = snapshot.connections.get(&service.key).and_then(|it| it.ports.get(&port));
        if is_offered || connected == Some(&true) {
            return None;
        }
        let shows = "the port that the service offers";
        let proof = Proof::of([
            call.cite(snapshot, "the address that the workload was told"),
            cite(snapshot, service, &["port", &offered[0]], shows)
                .or_else(|| cite(snapshot, service, &[&offered[0]], shows)),
        ])?;
        let summary = format!(
            "{} was told {}={}, but service {} offers {} only.",
            call.caller,
            call.variable,
            call.value,
            service.key.name,
            offered.join(", ")
        );
        let object = call.caller.clone();
        Some(SERVICE_ENV_VAR_ADDRESS_MISMATCH.finding(object, Certainty::Inferred, summary, proof))
    };
    calls.iter().filter_map(blame).collect()
}

/// No service has the name.
fn unknown_host(
    snapshot: &Snapshot<'_>,
    address: &Address<'_>,
    all: &[Address<'_>],
    here: &[Backend<'_>],
) -> Option<Finding> {
    let namespace = address.caller.namespace.as_str();
    let (key, certainty) = match meaning(snapshot, address.host, namespace) {
        // The workload is there and its service is not: then that is what is missing.
        Meaning::Missing(key)
            if key.namespace == namespace && here.iter().any(|it| it.object.name == key.name) =>
        {
            return None;
        }
        Meaning::Missing(key) => (key, Certainty::Inferred),
        // The services of that namespace are not known, but one of this name is here.
        Meaning::Elsewhere(key) => {
            snapshot.services.get(&Key::new(namespace, &key.name))?;
            (key, Certainty::Suspected)
        }
        Meaning::Outside => match misspelt_domain(address.host, namespace) {
            Some(key) => (key, Certainty::Inferred),
            None => (misplaced(snapshot, address, namespace)?, Certainty::Suspected),
        },
        Meaning::Service(_) | Meaning::Literal => return None,
    };
    // The workload is there and its service is not: then that is what is missing.
    if key.namespace == namespace && here.iter().any(|it| it.object.name == key.name) {
        return None;
    }
    let holder = address.holder();
    let others = || all.iter().filter(|it| it.holder() != holder);
    if others().any(|it| it.host == address.host) {
        return None;
    }
    let is_shared = all.iter().any(|it| it.caller != address.caller && it.holder() == holder);
    let object = if is_shared { holder.clone() } else { address.caller.clone() };
    let meant = sibling(snapshot, address, others())
        .or_else(|| nearest(snapshot, address, &key))
        .or_else(|| spelt(snapshot, address));
    let complaint = complaint(snapshot, address.host);
    let certainty = match meant {
        Some(_) => certainty,
        // The service may just as well be what is missing.
        None if complaint.is_some() => Certainty::Suspected,
        None => return None,
    };
    let proof = Proof::of([
        address.cite(snapshot, "the address that the workload was told"),
        complaint,
        meant.and_then(|it| cite(snapshot, it, &[&it.key.name], "the service that exists")),
    ])?;
    let hint = meant.map_or_else(String::new, |it| format!("; there is {}", it.key.name));
    let summary = format!(
        "{} was told {}={}, but no such service exists{hint}.",
        address.caller, address.variable, address.value
    );
    Some(SERVICE_ENV_VAR_ADDRESS_MISMATCH.finding(object, certainty, summary, proof))
}

/// `name.namespace.scv.cluster.local` is meant for a service, and is none.
fn misspelt_domain(host: &str, namespace: &str) -> Option<Key> {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [name, space, svc, ..] if *space == namespace && distance(svc, "svc") <= 2 => {
            Some(Key::new(space, name))
        }
        _ => None,
    }
}

/// `name.elsewhere`, where a service of that name is here, and the variable spells it.
fn misplaced(snapshot: &Snapshot<'_>, address: &Address<'_>, namespace: &str) -> Option<Key> {
    let (name, space) = address.host.split_once('.')?;
    let here = spelt(snapshot, address).filter(|it| it.key.name == name && it.key.namespace == namespace)?;
    (!space.contains('.')).then(|| here.key.clone())
}

/// The variable spells one service and leads to another, to the caller itself, or to an address that no service and no
/// pod has.
fn other_host(snapshot: &Snapshot<'_>, address: &Address<'_>, here: &[Backend<'_>]) -> Option<Finding> {
    let namespace = address.caller.namespace.as_str();
    // The word of a variable that stands in the name of one service alone is a hint, and wants a complaint beside it.
    let said = unreached(snapshot, address);
    let meant = spelt(snapshot, address).or_else(|| said.as_ref().and_then(|_| hinted(snapshot, address)))?;
    let own = here.iter().find(|it| it.object == address.caller);
    // What the caller is told of itself, or of the helper beside it.
    if own.is_some_and(|own| {
        own.object.name == meant.key.name || address.port.is_some_and(|port| own.ports().has(port))
    }) {
        return None;
    }
    let certainty = match meaning(snapshot, address.host, namespace) {
        Meaning::Literal if address.host == "localhost" => Certainty::Suspected,
        Meaning::Literal => {
            let of_service =
                snapshot.services.iter().any(|it| it.cluster_ip.as_deref() == Some(address.host));
            let of_pod = snapshot.pods.iter().any(|it| it.ip.as_deref() == Some(address.host));
            if of_service || of_pod {
                return None;
            }
            Certainty::Suspected
        }
        // Of services with one and the same pods, any will do; and of names that are alike, a person chose one.
        Meaning::Service(told)
            if spelt(snapshot, address).is_some()
                && told.key != meant.key
                && told.selector != meant.selector
                && !is_near(&told.key.name, &meant.key.name)
                && !plain(&told.key.name).contains(&plain(&meant.key.name)) =>
        {
            Certainty::Inferred
        }
        _ => return None,
    };
    let proof = Proof::of([
        address.cite(snapshot, "the address that the workload was told"),
        cite(snapshot, meant, &[&meant.key.name], "the service that the variable spells"),
        said,
    ])?;
    let summary = format!(
        "{} was told {}={}, which does not lead to service {}.",
        address.caller, address.variable, address.value, meant.key.name
    );
    Some(SERVICE_ENV_VAR_ADDRESS_MISMATCH.finding(address.caller.clone(), certainty, summary, proof))
}

/// The service that another workload was told by the same variable.
fn sibling<'s, 'a>(
    snapshot: &'s Snapshot<'_>,
    address: &Address<'_>,
    mut others: impl Iterator<Item = &'a Address<'a>>,
) -> Option<&'s Seen<Service>> {
    let same = others.find_map(|it| match meaning(snapshot, it.host, &it.caller.namespace) {
        Meaning::Service(service) if it.variable == address.variable => Some(service),
        _ => None,
    });
    same.filter(|it| it.key.namespace == address.caller.namespace)
}

/// A service of nearly that name; one with the very port, if there are several.
fn nearest<'s>(snapshot: &'s Snapshot<'_>, address: &Address<'_>, key: &Key) -> Option<&'s Seen<Service>> {
    let namespace = address.caller.namespace.as_str();
    let near = snapshot.services.iter().filter(|it| {
        it.key.namespace == namespace && (it.key.name == key.name || is_near(&it.key.name, &key.name))
    });
    near.min_by_key(|it| {
        let has_port = it.ports.iter().any(|port| Some(port.number) == address.port);
        (!has_port, distance(&it.key.name, &key.name))
    })
}

/// The service that the variable itself spells: `CART_SERVICE_ADDR` means `cartservice` or `cart`.
fn spelt<'s>(snapshot: &'s Snapshot<'_>, address: &Address<'_>) -> Option<&'s Seen<Service>> {
    let (stem, _) = address.variable.rsplit_once('_')?;
    let stem = plain(stem);
    snapshot.services.iter().find(|it| {
        let name = plain(&it.key.name);
        let bare = stem.strip_suffix("service").unwrap_or(&stem);
        it.key.namespace == address.caller.namespace && (name == stem || name == bare)
    })
}

/// The only service whose name has the word that the variable begins with: `EGG_ADDR` means `egg-store`.
fn hinted<'s>(snapshot: &'s Snapshot<'_>, address: &Address<'_>) -> Option<&'s Seen<Service>> {
    let stem = address.variable.split('_').next()?.to_ascii_lowercase();
    let mut named = snapshot
        .services
        .iter()
        .filter(|it| it.key.namespace == address.caller.namespace && words(&it.key.name).contains(&stem));
    named.next().filter(|_| named.next().is_none())
}

/// A line in which the caller says that nobody answers at the address.
fn unreached(snapshot: &Snapshot<'_>, address: &Address<'_>) -> Option<Evidence> {
    let log = snapshot.logs.get(&Key::new(&address.caller.namespace, &address.caller.name))?;
    let at = address.port.map_or_else(|| address.host.to_owned(), |port| format!(":{port}"));
    ["refused", "timeout", "timed out", "no route to host"]
        .iter()
        .find_map(|words| cite(snapshot, log, &[&at, words], "the program gets no answer there"))
}

/// A line in which a program says that it cannot resolve the host.
fn complaint(snapshot: &Snapshot<'_>, host: &str) -> Option<Evidence> {
    snapshot.logs.iter().find_map(|log| {
        super::resolution::UNKNOWN_NAME
            .iter()
            .find_map(|words| cite(snapshot, log, &[host, words], "a program cannot resolve the name"))
    })
}

#[cfg(test)]
mod tests;
