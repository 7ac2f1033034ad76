//! A gateway that sends the requests for one service to another, or to none.
//!
//! That a route leads to the wrong service cannot be seen from the route alone. But tables of routes have habits: the
//! name or the path of a route says the service that it leads to. Where all others keep to that, and one leads elsewhere
//! although the service that it names is there, that one is wrong. So is one whose requests fail while the service that
//! they are for is reached by no route.

use std::collections::BTreeSet;

use aetherius_contracts::reasoning::{Finding, ObjectRef};

use super::backends::{Backend, backends};
use super::calls::has_ports;
use super::names::{is_near, plain, words};
use super::tables::{Table, host, tables};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{FailedCalls, PortRef, Route, Seen, Service, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "gateway_route",
    doc: "routes of gateways and ingresses that lead to the wrong service, or to none",
    causes: &[GATEWAY_MISROUTE, ROUTE_WITHOUT_BACKEND],
    check,
};

const GATEWAY_MISROUTE: Cause = Cause {
    id: "gateway_misroute",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Correct the destination of the route in the gateway's configuration, and let the gateway read it again.",
};

const ROUTE_WITHOUT_BACKEND: Cause = Cause {
    id: "route_without_backend",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Correct the service name or port of the backend, or create the service.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let mut findings = Vec::new();
    for table in tables(snapshot) {
        let here = by_namespace.get(table.object.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let map = Map::of(snapshot, &table, here);
        if !map.services.is_empty() {
            findings.extend(table.routes.iter().filter_map(|route| judge(snapshot, &map, route)));
        }
    }
    findings
}

/// A table and what there is for it to lead to.
struct Map<'m> {
    table: &'m Table<'m>,
    backends: &'m [Backend<'m>],
    /// Services of the namespace.
    services: Vec<&'m Seen<Service>>,
    /// Names of services and workloads, any of which a gateway may know by itself.
    names: BTreeSet<&'m str>,
    /// Where each route leads, in the order of the routes.
    hosts: Vec<&'m str>,
    /// Words that most destinations share.
    common: BTreeSet<String>,
}

impl<'m> Map<'m> {
    fn of(snapshot: &'m Snapshot<'_>, table: &'m Table<'m>, backends: &'m [Backend<'m>]) -> Self {
        let services: Vec<&Seen<Service>> =
            snapshot.services.iter().filter(|it| it.key.namespace == table.object.namespace).collect();
        let service_names = services.iter().map(|it| it.key.name.as_str());
        let names = service_names.chain(backends.iter().map(|it| it.object.name.as_str())).collect();
        let hosts: Vec<&str> = table.routes.iter().map(|route| short(host(snapshot, table, route))).collect();
        let common = common(&names_of(&hosts, &services));
        Self { table, backends, services, names, hosts, common }
    }

    fn host(&self, route: &Route) -> &'m str {
        let at = self.table.routes.iter().position(|it| std::ptr::eq(it, route));
        at.and_then(|at| self.hosts.get(at)).copied().unwrap_or("")
    }

    /// The words of a name that set it apart from the others.
    fn own_words(&self, name: &str) -> BTreeSet<String> {
        words(name).difference(&self.common).cloned().collect()
    }

    /// True when the name of the route says `service`.
    fn id_says(&self, route: &Route, service: &str) -> bool {
        let own = self.own_words(service);
        !own.is_empty() && self.own_words(&route.id) == own
    }

    /// True when a part of the path says `service`: `/orders/**` or `/api/orderservice/**` says `shop-order-service`.
    fn path_says(&self, route: &Route, service: &str) -> bool {
        let own: String = plain_without(service, &self.common);
        route.path.split('/').map(plain).any(|part| {
            let rest = part.strip_prefix(own.as_str());
            !own.is_empty()
                && rest.is_some_and(|rest| rest.is_empty() || rest == "s" || self.common.contains(rest))
        })
    }

    fn fits(&self, route: &Route) -> bool {
        let host = self.host(route);
        self.id_says(route, host) || self.path_says(route, host)
    }

    /// True when at least half of the other routes say where they lead.
    fn has_habit(&self, route: &Route) -> bool {
        let others = self.table.routes.iter().filter(|it| !std::ptr::eq(*it, route));
        let (fitting, all) =
            others.fold((0, 0), |(fit, all), it| (fit + usize::from(self.fits(it)), all + 1));
        fitting > 0 && fitting * 2 >= all
    }

    fn reaches(&self, service: &str) -> bool {
        self.hosts.contains(&service)
    }
}

/// The service in a DNS name.
fn short(host: &str) -> &str {
    host.split('.').next().unwrap_or(host)
}

fn names_of<'n>(hosts: &[&'n str], services: &[&'n Seen<Service>]) -> BTreeSet<&'n str> {
    let services = services.iter().map(|it| it.key.name.as_str());
    hosts.iter().copied().filter(|host| !host.is_empty()).chain(services).collect()
}

/// Words that more than half of the names have, where there are enough to tell.
fn common(distinct: &BTreeSet<&str>) -> BTreeSet<String> {
    let all: Vec<String> = distinct.iter().flat_map(|host| words(host)).collect();
    let shared = |word: &&String| all.iter().filter(|it| it == word).count() * 2 > distinct.len();
    let mut common: BTreeSet<String> =
        all.iter().filter(|_| distinct.len() >= 3).filter(shared).cloned().collect();
    common.extend(["service", "svc"].map(str::to_owned));
    common
}

/// The words of a name that are not common, in their order, as one.
fn plain_without(name: &str, common: &BTreeSet<String>) -> String {
    let parts = name.split(|it: char| !it.is_alphanumeric()).map(str::to_lowercase);
    parts.filter(|part| !common.contains(part)).collect()
}

fn judge(snapshot: &Snapshot<'_>, map: &Map<'_>, route: &Route) -> Option<Finding> {
    let host = map.host(route);
    // A load balancer's own way to say that the backend is an action and no service.
    let is_action = matches!(&route.port, Some(PortRef::Name(name)) if name == "use-annotation");
    if host.is_empty() || is_action {
        return None;
    }
    let failed = failed_call(snapshot, route);
    if let Some(meant) = meant_by_words(map, route).or_else(|| meant_by_calls(map, route, failed)) {
        let why = format!("leads to {host} instead of {meant}");
        return misroute(snapshot, map, route, meant, &why, Certainty::Inferred);
    }
    let Some(service) = map.services.iter().find(|it| it.key.name == host) else {
        return missing(snapshot, map, route);
    };
    let port = route.port.as_ref().filter(|port| has_ports(service) && !offers(service, port))?;
    if !map.table.is_native() {
        let why = format!("uses port {port} of {host}, which the service does not offer");
        return misroute(snapshot, map, route, host, &why, Certainty::Inferred);
    }
    let offered = service.ports.first()?.number.to_string();
    let shows = "a port that the service offers";
    let [destination, path] = map.table.cite(snapshot, route, "where the route leads");
    let proof = Proof::of([destination, path, cite(snapshot, *service, &[&offered], shows)])?;
    let summary =
        format!("{} leads to port {port} of service {host}, which does not offer it.", map.table.object);
    Some(ROUTE_WITHOUT_BACKEND.finding(map.table.object.clone(), Certainty::Inferred, summary, proof))
}

/// The service that the route names itself, if it leads elsewhere.
fn meant_by_words<'m>(map: &Map<'m>, route: &Route) -> Option<&'m str> {
    let host = map.host(route);
    if map.fits(route) || !map.has_habit(route) {
        return None;
    }
    let by_id = map.names.iter().copied().find(|name| *name != host && map.id_says(route, name));
    // A route may well be named after more than its destination.
    let is_part = map.own_words(host).is_subset(&map.own_words(&route.id));
    let by_path = map.names.iter().copied().find(|name| *name != host && map.path_says(route, name));
    by_id.or(by_path.filter(|_| !is_part))
}

/// The service for which the requests of this route were meant, if no route leads there and this one's destination is
/// that of another route too.
fn meant_by_calls<'m>(map: &Map<'m>, route: &Route, failed: Option<&Seen<FailedCalls>>) -> Option<&'m str> {
    let host = map.host(route);
    let meant = failed?.key.name.as_str();
    let is_shared = map.hosts.iter().filter(|it| **it == host).count() > 1;
    let known = map.names.iter().copied().find(|name| *name == meant)?;
    (known != host && is_shared && !map.reaches(known)).then_some(known)
}

/// The report of callers whose requests this route takes.
fn failed_call<'s>(snapshot: &'s Snapshot<'_>, route: &Route) -> Option<&'s Seen<FailedCalls>> {
    let prefix = route.path.trim_end_matches('*').trim_end_matches('/');
    let is_taken = |url: &str| {
        url.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    snapshot
        .failed_calls
        .iter()
        .find(|it| !prefix.is_empty() && it.calls.iter().any(|(url, _)| is_taken(url)))
}

fn misroute(
    snapshot: &Snapshot<'_>,
    map: &Map<'_>,
    route: &Route,
    meant: &str,
    why: &str,
    certainty: Certainty,
) -> Option<Finding> {
    let [destination, path] = map.table.cite(snapshot, route, "where the route leads");
    let failed = failed_call(snapshot, route);
    let service = map.services.iter().find(|it| it.key.name == meant);
    let proof = Proof::of([
        destination,
        path,
        failed.and_then(|it| {
            let (url, _) = it.calls.first()?;
            cite(snapshot, it, &[url], "a request of this path failed")
        }),
        service.and_then(|it| cite(snapshot, *it, &[meant], "the service that the requests are for")),
    ])?;
    let name = if route.id.is_empty() { &route.path } else { &route.id };
    let summary = format!("Route {name} of {} {why}.", map.table.object);
    Some(GATEWAY_MISROUTE.finding(object_of(map, meant), certainty, summary, proof))
}

/// The workload of that name, or the one behind the service, or the service.
fn object_of(map: &Map<'_>, name: &str) -> ObjectRef {
    let service = map.services.iter().find(|it| it.key.name == name);
    let selector = service.and_then(|it| it.selector.as_ref()).filter(|it| !it.is_empty());
    let named = map.backends.iter().find(|it| it.object.name == name);
    let behind = || map.backends.iter().find(|it| selector.is_some_and(|selector| it.is_selected(selector)));
    named.or_else(behind).map_or_else(
        || ObjectRef {
            kind: "service".to_owned(),
            namespace: map.table.object.namespace.clone(),
            name: name.to_owned(),
        },
        |it| it.object.clone(),
    )
}

/// A route to a service that does not exist: a slip, if one of nearly that name is reached by no route; and in any case
/// wrong where Kubernetes itself looks it up. Gateways with a registry of their own may know more than Kubernetes.
fn missing(snapshot: &Snapshot<'_>, map: &Map<'_>, route: &Route) -> Option<Finding> {
    let host = map.host(route);
    if map.names.contains(host)
        || route.host.contains('.') && !route.host.contains(".svc") && !is_local(map, route)
    {
        return None;
    }
    let near: Vec<&str> =
        map.names.iter().copied().filter(|name| is_near(name, host) && !map.reaches(name)).collect();
    if let [meant] = near.as_slice() {
        let why = format!("leads to {host}, which does not exist, instead of {meant}");
        return misroute(snapshot, map, route, meant, &why, Certainty::Inferred);
    }
    if !map.table.is_native() {
        return None;
    }
    let [destination, path] = map.table.cite(snapshot, route, "where the route leads");
    let summary = format!("{} leads to service {host}, which does not exist.", map.table.object);
    let proof = Proof::of([destination, path])?;
    Some(ROUTE_WITHOUT_BACKEND.finding(map.table.object.clone(), Certainty::Inferred, summary, proof))
}

/// True when the host names the namespace of the table.
fn is_local(map: &Map<'_>, route: &Route) -> bool {
    route.host.split('.').nth(1) == Some(map.table.object.namespace.as_str())
}

fn offers(service: &Service, port: &PortRef) -> bool {
    // Tables do not show the names of ports.
    let names_known = service.ports.iter().all(|it| !it.name.is_empty());
    service.ports.iter().any(|it| match port {
        PortRef::Number(number) => it.number == *number,
        PortRef::Name(name) => it.name == *name || !names_known,
    })
}

#[cfg(test)]
mod tests;
