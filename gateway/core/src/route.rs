//! From a request to a route.
//!
//! Of all routes that match, the best is taken. They are compared by, in this order:
//! 1. priority: the higher one;
//! 2. host: an exact one, then the longest wildcard, then any;
//! 3. path: an exact one, then a template without rest, then a regular expression, then prefixes and templates with rest. Among
//!    templates, and among the last, the one with more segments, then with more of them fixed, then with more characters fixed;
//! 4. methods: named ones before any;
//! 5. the number of conditions on headers and query: more before fewer;
//! 6. the order in the file.
//!
//! That order is fixed for each pair of route and host, so it is computed once: a pair's place in it is its rank. A lookup is a
//! hash probe for the host and one for each segment of the path; only regular expressions are tried one after the other.

use crate::{
    host::{self, HostPattern},
    resource::Route,
};
use http::{HeaderMap, Method};
use std::collections::HashMap;

pub mod condition;
mod explain;
mod index;
mod preference;
#[cfg(test)]
mod tests;

pub use explain::{Considered, Verdict};
use index::{Entry, PathIndex};

/// What a lookup needs to know of a request.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// Its method; of a CORS preflight the one it announces.
    pub method: &'a Method,
    /// With or without port.
    pub host: &'a str,
    /// [Normalised](crate::path::normalise).
    pub path: &'a str,
    /// Without its question mark.
    pub query: Option<&'a str>,
    /// All of them.
    pub headers: &'a HeaderMap,
    /// Whether this is a CORS preflight, so that headers are only announced.
    pub preflight: bool,
}

/// Routes by host and path. `R` is whatever holds a route.
#[derive(Debug)]
pub struct RouteTable<R> {
    routes: Vec<R>,
    of: fn(&R) -> &Route,
    exact: HashMap<String, PathIndex>,
    wildcard: HashMap<String, PathIndex>,
    any: PathIndex,
    /// No wildcard is longer, so a long host costs no more probes than this has dots.
    wildcard_bytes_max: usize,
    /// Pairs of a route and one of its hosts, best first.
    ranked: Vec<(u32, Option<u32>)>,
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

impl<R> RouteTable<R> {
    /// Builds the table.
    pub fn new(routes: Vec<R>, of: fn(&R) -> &Route) -> Self {
        let mut pairs: Vec<(usize, Option<usize>)> = Vec::with_capacity(routes.len());
        for (index, holder) in routes.iter().enumerate() {
            let hosts = of(holder).hosts.len();
            if hosts == 0 {
                pairs.push((index, None));
            }
            pairs.extend((0..hosts).map(|host| (index, Some(host))));
        }
        let host_of =
            |(route, host): (usize, Option<usize>)| host.map(|host| &of(&routes[route]).hosts[host]);
        pairs.sort_by_cached_key(|&pair| preference::of(of(&routes[pair.0]), host_of(pair), pair.0));

        let mut exact: HashMap<String, PathIndex> = HashMap::new();
        let mut wildcard: HashMap<String, PathIndex> = HashMap::new();
        let mut any = PathIndex::default();
        let mut ranked = Vec::with_capacity(pairs.len());
        for (rank, &pair) in pairs.iter().enumerate() {
            let route = of(&routes[pair.0]);
            let index = match host_of(pair) {
                None => &mut any,
                Some(HostPattern::Exact(name)) => exact.entry(name.clone()).or_default(),
                Some(HostPattern::Wildcard(suffix)) => wildcard.entry(suffix.clone()).or_default(),
            };
            index.insert(&route.path, Entry::new(rank, pair.0, route));
            ranked.push((narrow(pair.0), pair.1.map(narrow)));
        }
        for index in exact.values_mut().chain(wildcard.values_mut()).chain([&mut any]) {
            index.finish();
        }
        let wildcard_bytes_max = wildcard.keys().map(String::len).max().unwrap_or(0);
        Self { routes, of, exact, wildcard, any, wildcard_bytes_max, ranked }
    }

    /// The best route for a request.
    #[must_use]
    pub fn lookup(&self, probe: &Probe<'_>) -> Lookup<'_, R> {
        let mut search = Search { table: self, probe, best: None, other_methods: Vec::new() };
        self.search(&mut search);
        match search.best {
            Some(entry) => Lookup::Found(&self.routes[entry.route()]),
            None if search.other_methods.is_empty() => Lookup::Nothing,
            None => {
                let routes = search.other_methods.iter().map(|entry| self.route(entry.route()));
                let mut methods: Vec<Method> = routes.flat_map(|route| &route.methods).cloned().collect();
                methods.sort_by(|a, b| a.as_str().cmp(b.as_str()));
                methods.dedup();
                Lookup::OtherMethods(methods)
            }
        }
    }

    fn search(&self, search: &mut Search<'_, R>) {
        let host = host::normalise(search.probe.host);
        if let Some(index) = self.exact.get(host.as_ref()) {
            index.visit(search);
        }
        if self.wildcard_bytes_max > 0 {
            for suffix in suffixes(&host, self.wildcard_bytes_max) {
                if let Some(index) = self.wildcard.get(suffix) {
                    index.visit(search);
                }
            }
        }
        self.any.visit(search);
    }

    /// The routes, in the order they were given.
    pub fn routes(&self) -> impl Iterator<Item = &R> {
        self.routes.iter()
    }

    fn route(&self, index: usize) -> &Route {
        (self.of)(&self.routes[index])
    }
}

/// A lookup under way.
struct Search<'a, R> {
    table: &'a RouteTable<R>,
    probe: &'a Probe<'a>,
    best: Option<Entry>,
    /// Routes that only their methods exclude.
    other_methods: Vec<Entry>,
}

impl<R> Search<'_, R> {
    /// Whether an entry of this rank, or a later one, can still matter.
    fn wants(&self, rank: u32) -> bool {
        self.best.is_none_or(|best| rank < best.rank)
    }

    /// Takes the entry, whose host and path match, if it is the best so far. True when it was taken.
    fn consider(&mut self, entry: Entry) -> bool {
        if entry.is_conditional() {
            let route = self.table.route(entry.route());
            if condition_missed(route, self.probe).is_some() {
                return false;
            }
            if !accepts(&route.methods, self.probe.method) {
                self.other_methods.push(entry);
                return false;
            }
        }
        self.best = Some(entry);
        true
    }
}

/// The first condition on headers or query that does not hold.
fn condition_missed(route: &Route, probe: &Probe<'_>) -> Option<Verdict> {
    let header = route.headers.iter().find(|condition| match probe.preflight {
        false => !condition.holds(probe.headers),
        true => !condition.may_hold(probe.headers),
    });
    if let Some(condition) = header {
        return Some(Verdict::Header(condition.clone()));
    }
    let query = route.query.iter().find(|condition| !condition.holds(probe.query));
    query.cloned().map(Verdict::Query)
}

/// Whether a route with these methods serves this one.
fn accepts(methods: &[Method], method: &Method) -> bool {
    methods.is_empty()
        || methods.contains(method)
        || (method == Method::HEAD && methods.contains(&Method::GET))
}

/// `a.b.c` has the suffixes `b.c` and `c`; the longer ones first, none longer than `bytes_max`.
fn suffixes(host: &str, bytes_max: usize) -> impl Iterator<Item = &str> {
    let from = host.len().saturating_sub(bytes_max + 1);
    let tail = host.get(from..).unwrap_or_default();
    let dots = tail.match_indices('.').map(move |(at, _)| from + at).filter(|&at| at > 0);
    dots.map(|at| &host[at + 1..])
}

/// A table has far fewer than 2^32 routes; half the size of an entry is worth the cast.
#[allow(clippy::cast_possible_truncation, reason = "bounded by the size of a configuration")]
fn narrow(index: usize) -> u32 {
    index as u32
}
