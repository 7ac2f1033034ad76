//! From host, path and method to a route.
//!
//! Of all routes that match, the best is taken, compared by: priority (higher first), host (exact, then the longest wildcard,
//! then any), path (exact, then the longest prefix), methods (named ones before any), and at last the order in the file. That
//! order is fixed for each pair of route and host, so it is computed once, and a lookup is a few hash probes.

use crate::{
    host::{self, HostPattern},
    resource::{PathMatch, Route},
};
use http::Method;
use std::{cmp::Reverse, collections::HashMap};

#[cfg(test)]
mod tests;

/// Routes by host and path. `R` is whatever holds a route.
#[derive(Debug)]
pub struct RouteTable<R> {
    routes: Vec<R>,
    /// For each route its methods, so that a probe need not go through `R`.
    methods: Vec<Vec<Method>>,
    exact: HashMap<String, PathIndex>,
    wildcard: HashMap<String, PathIndex>,
    any: PathIndex,
    /// No prefix is longer, so a long path costs no more probes than this has slashes.
    prefix_bytes_max: usize,
}

/// What a lookup found.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup<'a, R> {
    /// The best route.
    Found(&'a R),
    /// Routes serve the path, but with these methods only.
    OtherMethods(Vec<Method>),
    /// Nothing serves the path.
    Nothing,
}

/// The routes of one host pattern. Lists are in order of preference.
#[derive(Debug, Default)]
struct PathIndex {
    exact: HashMap<String, Vec<Entry>>,
    /// Prefixes without their final slash, so the root is the empty text.
    prefix: HashMap<String, Vec<Entry>>,
}

/// A route in a list; the lower rank is the better one.
#[derive(Clone, Copy, Debug)]
struct Entry {
    rank: usize,
    route: usize,
}

impl<R> RouteTable<R> {
    /// Builds the table.
    pub fn new(routes: Vec<R>, of: impl Fn(&R) -> &Route) -> Self {
        let mut pairs: Vec<(usize, Option<&HostPattern>)> = Vec::new();
        for (index, holder) in routes.iter().enumerate() {
            let hosts = &of(holder).hosts;
            if hosts.is_empty() {
                pairs.push((index, None));
            }
            pairs.extend(hosts.iter().map(|host| (index, Some(host))));
        }
        pairs.sort_by_cached_key(|&(index, host)| preference(of(&routes[index]), host, index));

        let mut exact: HashMap<String, PathIndex> = HashMap::new();
        let mut wildcard: HashMap<String, PathIndex> = HashMap::new();
        let mut any = PathIndex::default();
        let mut prefix_bytes_max = 0;
        for (rank, &(route, host)) in pairs.iter().enumerate() {
            let index = match host {
                None => &mut any,
                Some(HostPattern::Exact(name)) => exact.entry(name.clone()).or_default(),
                Some(HostPattern::Wildcard(suffix)) => wildcard.entry(suffix.clone()).or_default(),
            };
            let list = match &of(&routes[route]).path {
                PathMatch::Exact(path) => index.exact.entry(path.clone()),
                PathMatch::Prefix(prefix) => {
                    let prefix = prefix.trim_end_matches('/');
                    prefix_bytes_max = prefix_bytes_max.max(prefix.len());
                    index.prefix.entry(prefix.to_owned())
                }
            };
            list.or_default().push(Entry { rank, route });
        }
        let methods = routes.iter().map(|holder| of(holder).methods.clone()).collect();
        Self { routes, methods, exact, wildcard, any, prefix_bytes_max }
    }

    /// The best route for a request. `path` is [normalised](crate::path::normalise); `host` may carry a port.
    #[must_use]
    pub fn lookup(&self, method: &Method, host: &str, path: &str) -> Lookup<'_, R> {
        let host = host::normalise(host);
        let mut best: Option<Entry> = None;
        let mut other_methods = Vec::new();
        let exact = self.exact.get(host.as_ref());
        let wildcards = suffixes(&host).filter_map(|suffix| self.wildcard.get(suffix));
        for index in exact.into_iter().chain(wildcards).chain([&self.any]) {
            for list in index.lists(path, self.prefix_bytes_max) {
                match list.iter().find(|entry| accepts(&self.methods[entry.route], method)) {
                    Some(entry) if best.is_none_or(|best| entry.rank < best.rank) => best = Some(*entry),
                    Some(_) => {}
                    None => other_methods.extend(list.iter().flat_map(|entry| &self.methods[entry.route])),
                }
            }
        }
        match best {
            Some(entry) => Lookup::Found(&self.routes[entry.route]),
            None if other_methods.is_empty() => Lookup::Nothing,
            None => {
                let mut methods: Vec<Method> = other_methods.into_iter().cloned().collect();
                methods.sort_by(|a, b| a.as_str().cmp(b.as_str()));
                methods.dedup();
                Lookup::OtherMethods(methods)
            }
        }
    }

    /// The routes, in the order they were given.
    pub fn routes(&self) -> impl Iterator<Item = &R> {
        self.routes.iter()
    }
}

impl PathIndex {
    fn lists<'a>(&'a self, path: &'a str, prefix_bytes_max: usize) -> impl Iterator<Item = &'a Vec<Entry>> {
        let end = path.len().min(prefix_bytes_max.saturating_add(1));
        let slashes = path.bytes().take(end).enumerate().filter(|&(_, byte)| byte == b'/').map(|(at, _)| at);
        let borders = slashes.chain([path.len()]);
        self.exact.get(path).into_iter().chain(borders.filter_map(|at| self.prefix.get(&path[..at])))
    }
}

/// Whether a route with these methods serves this one.
fn accepts(methods: &[Method], method: &Method) -> bool {
    methods.is_empty()
        || methods.contains(method)
        || (method == Method::HEAD && methods.contains(&Method::GET))
}

/// `a.b.c` has the suffixes `b.c` and `c`.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').filter(|&(at, _)| at > 0).map(|(at, _)| &host[at + 1..])
}

/// Smaller is better.
type Preference = (Reverse<i32>, u8, Reverse<usize>, u8, Reverse<usize>, bool, usize);

fn preference(route: &Route, host: Option<&HostPattern>, index: usize) -> Preference {
    let (host_kind, host_bytes) = match host {
        Some(HostPattern::Exact(name)) => (0, name.len()),
        Some(HostPattern::Wildcard(suffix)) => (1, suffix.len()),
        None => (2, 0),
    };
    let (path_kind, path_bytes) = match &route.path {
        PathMatch::Exact(path) => (0, path.len()),
        PathMatch::Prefix(prefix) => (1, prefix.trim_end_matches('/').len()),
    };
    let any_method = route.methods.is_empty();
    (
        Reverse(route.priority),
        host_kind,
        Reverse(host_bytes),
        path_kind,
        Reverse(path_bytes),
        any_method,
        index,
    )
}
