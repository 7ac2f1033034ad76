//! Why a route was taken, or passed over.

use super::{
    Probe, RouteTable, accepts,
    condition::{HeaderMatch, QueryMatch},
    condition_missed,
};
use crate::{
    host::{self, HostPattern},
    resource::{PathMatch, Route},
};
use std::fmt;

/// A route and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered<'a, R> {
    /// The route.
    pub route: &'a R,
    /// The host of it that counts; `None` when it serves every host.
    pub host: Option<&'a HostPattern>,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a route in a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the best that matches.
    Taken,
    /// It matches, but a better one was taken.
    LessPreferred,
    /// It serves other hosts.
    Host,
    /// It serves other paths.
    Path,
    /// It serves other methods.
    Method,
    /// A header is not as it must be.
    Header(HeaderMatch),
    /// A query parameter is not as it must be.
    Query(QueryMatch),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("taken"),
            Self::LessPreferred => f.write_str("matches, but a preferred route was taken"),
            Self::Host => f.write_str("serves other hosts"),
            Self::Path => f.write_str("serves other paths"),
            Self::Method => f.write_str("serves other methods"),
            Self::Header(condition) => {
                write!(f, "asks that the header {} {}", condition.name, condition.test)
            }
            Self::Query(condition) => {
                write!(f, "asks that the query parameter {} {}", condition.name, condition.test)
            }
        }
    }
}

impl<R> RouteTable<R> {
    /// All routes in the order of preference, each with the first condition that failed. Takes time in proportion to their number,
    /// unlike [`RouteTable::lookup`], with which it agrees.
    #[must_use]
    pub fn explain(&self, probe: &Probe<'_>) -> Vec<Considered<'_, R>> {
        let name = host::normalise(probe.host);
        let mut seen = vec![false; self.routes.len()];
        let mut taken = false;
        let mut considered = Vec::new();
        for &(index, host) in &self.ranked {
            let index = index as usize;
            let route = self.route(index);
            let host = host.map(|host| &route.hosts[host as usize]);
            let serves = |host: Option<&HostPattern>| host.is_none_or(|host| host.matches(&name));
            // Of a route's hosts, only the best that serves the request is worth a word.
            let other_host_serves = !serves(host) && route.hosts.iter().any(|host| serves(Some(host)));
            if other_host_serves || std::mem::replace(&mut seen[index], true) {
                continue;
            }
            let verdict = match missed(route, probe) {
                _ if !serves(host) => Verdict::Host,
                Some(missed) => missed,
                None if std::mem::replace(&mut taken, true) => Verdict::LessPreferred,
                None => Verdict::Taken,
            };
            considered.push(Considered { route: &self.routes[index], host, verdict });
        }
        considered
    }
}

/// The first condition after the host that fails.
fn missed(route: &Route, probe: &Probe<'_>) -> Option<Verdict> {
    if !covers(&route.path, probe.path) {
        return Some(Verdict::Path);
    }
    if let Some(missed) = condition_missed(route, probe) {
        return Some(missed);
    }
    (!accepts(&route.methods, probe.method)).then_some(Verdict::Method)
}

fn covers(pattern: &PathMatch, path: &str) -> bool {
    match pattern {
        PathMatch::Exact(exact) => exact == path,
        PathMatch::Prefix(prefix) => {
            let rest = path.strip_prefix(prefix.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        PathMatch::Template(template) => template.matches(path),
        PathMatch::Regex(pattern) => pattern.matches(path),
    }
}
