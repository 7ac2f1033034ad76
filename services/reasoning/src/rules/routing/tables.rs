//! All that leads requests to services by their path: gateways, ingresses, routes of meshes.

use aetherius_contracts::reasoning::{Evidence, ObjectRef};

use crate::evidence::{cite, cite_near};
use crate::objects::{ConfigMap, EnvValue, Key, Pod, Route, Router, Seen, Snapshot, Volume};

/// A table of routes and where it is written.
pub(crate) struct Table<'s> {
    /// The object that holds it.
    pub object: ObjectRef,
    /// Its routes.
    pub routes: &'s [Route],
    seen: Holder<'s>,
}

enum Holder<'s> {
    Map(&'s Seen<ConfigMap>),
    Router(&'s Seen<Router>),
}

impl Table<'_> {
    /// True when Kubernetes itself reads it, and its backends are services by name.
    #[must_use]
    pub(crate) fn is_native(&self) -> bool {
        matches!(self.seen, Holder::Router(_))
    }

    /// The line with the destination of a route, and the one with its path.
    #[must_use]
    pub(crate) fn cite(&self, snapshot: &Snapshot<'_>, route: &Route, shows: &str) -> [Option<Evidence>; 2] {
        match self.seen {
            Holder::Map(seen) => cite_route(snapshot, seen, route, shows),
            Holder::Router(seen) => cite_route(snapshot, seen, route, shows),
        }
    }
}

fn cite_route<T>(
    snapshot: &Snapshot<'_>,
    seen: &Seen<T>,
    route: &Route,
    shows: &str,
) -> [Option<Evidence>; 2] {
    let place = if route.path.is_empty() { route.id.as_str() } else { route.path.as_str() };
    let host = if route.host.is_empty() { route.variable.as_str() } else { route.host.as_str() };
    [
        cite_near(snapshot, seen, &[host], &[place], shows).or_else(|| cite(snapshot, seen, &[host], shows)),
        cite(snapshot, seen, &[place], "the requests that the route is for"),
    ]
}

/// Every table of routes.
#[must_use]
pub(crate) fn tables<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Table<'s>> {
    let object = |kind: &str, key: &Key| ObjectRef {
        kind: kind.to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    };
    let maps = snapshot.config_maps.iter().map(|seen| Table {
        object: object("configmap", &seen.key),
        routes: &seen.routes,
        seen: Holder::Map(seen),
    });
    let kinds = [
        ("ingress", &snapshot.ingresses),
        ("httproute", &snapshot.http_routes),
        ("virtualservice", &snapshot.virtual_services),
    ];
    let routers = kinds.into_iter().flat_map(|(kind, index)| {
        index.iter().map(move |seen| Table {
            object: object(kind, &seen.key),
            routes: &seen.routes,
            seen: Holder::Router(seen),
        })
    });
    maps.chain(routers).filter(|table| !table.routes.is_empty()).collect()
}

/// Where a route leads: its host, or what a workload that reads the table was told instead.
#[must_use]
pub(crate) fn host<'s>(snapshot: &'s Snapshot<'_>, table: &Table<'_>, route: &'s Route) -> &'s str {
    if route.variable.is_empty() {
        return &route.host;
    }
    let reads = |pod: &Pod| {
        pod.volumes.values().any(|it| matches!(it, Volume::ConfigMap(name) if *name == table.object.name))
    };
    let workloads = snapshot.deployments.iter().chain(snapshot.stateful_sets.iter());
    let templates = workloads
        .filter(|it| it.key.namespace == table.object.namespace)
        .map(|it| &it.template)
        .filter(|it| reads(it));
    let told = templates.flat_map(|it| it.containers.values()).find_map(|it| it.env.get(&route.variable));
    match told {
        Some(EnvValue::Plain(value)) => value.split(':').next().unwrap_or(value),
        _ => &route.host,
    }
}
