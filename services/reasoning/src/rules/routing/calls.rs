//! Who calls a service, and on which port.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses::{Address, Meaning, addresses, meaning};
use super::backends::Ports;
use crate::objects::{Key, Service, Snapshot};

/// The addresses that callers were told, by the service they mean.
#[must_use]
pub(crate) fn calls<'s>(snapshot: &'s Snapshot<'_>) -> BTreeMap<Key, Vec<Address<'s>>> {
    let mut calls: BTreeMap<Key, Vec<Address<'s>>> = BTreeMap::new();
    for address in addresses(snapshot) {
        if let Meaning::Service(service) = meaning(snapshot, address.host, &address.caller.namespace) {
            calls.entry(service.key.clone()).or_default().push(address);
        }
    }
    calls
}

/// The port that the service should offer and does not: every caller uses it, and either several callers agree, or it is
/// the port at which somebody tried to reach the service, or the pods listen on it and on no port that the service offers.
/// In any other case it is the caller who is wrong.
#[must_use]
pub(crate) fn missing_port(
    snapshot: &Snapshot<'_>,
    service: &Service,
    calls: &[Address<'_>],
    known: &[Ports],
) -> Option<u16> {
    if !has_ports(service) {
        return None;
    }
    let told: Vec<(&str, u16)> =
        calls.iter().filter_map(|it| Some((it.caller.name.as_str(), it.port?))).collect();
    let (_, wanted) = *told.first()?;
    let is_agreed = told.iter().all(|(_, port)| *port == wanted);
    if !is_agreed || service.ports.iter().any(|port| port.number == wanted) {
        return None;
    }
    let callers: BTreeSet<&str> = told.iter().map(|(caller, _)| *caller).collect();
    let listens = |number: u16| known.iter().any(|ports| ports.has(number));
    let is_bypassed = listens(wanted) && !service.ports.iter().any(|port| listens(port.number));
    let tried = snapshot.connections.get(&service.key).map(|it| &it.ports);
    let is_tried = tried.is_some_and(|tried| {
        tried.get(&wanted) == Some(&false)
            && !service.ports.iter().any(|port| tried.contains_key(&port.number))
    });
    (callers.len() > 1 || is_bypassed || is_tried).then_some(wanted)
}

/// True when the service's own ports decide what callers may use, and are known.
#[must_use]
pub(crate) fn has_ports(service: &Service) -> bool {
    !service.is_headless() && !service.is_external() && !service.ports.is_empty()
}
