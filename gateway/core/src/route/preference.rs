//! Which of two matching routes is the better one.

use crate::{
    host::HostPattern,
    path::{Segment, Template},
    resource::{PathMatch, Route},
};
use std::cmp::Reverse;

/// The place of a route with one of its hosts among all others. Smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Preference {
    priority: Reverse<i32>,
    host: HostRank,
    path: PathRank,
    any_method: bool,
    conditions: Reverse<usize>,
    pub(super) index: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HostRank {
    Exact,
    Wildcard { bytes: Reverse<usize> },
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PathRank {
    Exact,
    Template(Fixed),
    Regex,
    Open(Fixed),
}

/// How much of a path is settled by a template or prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fixed {
    segments: Reverse<usize>,
    literals: Reverse<usize>,
    literal_bytes: Reverse<usize>,
}

pub(super) fn of(route: &Route, host: Option<&HostPattern>, index: usize) -> Preference {
    let host = match host {
        Some(HostPattern::Exact(_)) => HostRank::Exact,
        Some(HostPattern::Wildcard(suffix)) => HostRank::Wildcard { bytes: Reverse(suffix.len()) },
        None => HostRank::Any,
    };
    let path = match &route.path {
        PathMatch::Exact(_) => PathRank::Exact,
        PathMatch::Template(template) if template.takes_rest() => PathRank::Open(fixed(template)),
        PathMatch::Template(template) => PathRank::Template(fixed(template)),
        PathMatch::Regex(_) => PathRank::Regex,
        PathMatch::Prefix(prefix) => {
            let segments = || prefix.trim_end_matches('/').split('/').skip(1);
            PathRank::Open(Fixed {
                segments: Reverse(segments().count()),
                literals: Reverse(segments().count()),
                literal_bytes: Reverse(segments().map(str::len).sum()),
            })
        }
    };
    Preference {
        priority: Reverse(route.priority),
        host,
        path,
        any_method: route.methods.is_empty(),
        conditions: Reverse(route.headers.len() + route.query.len()),
        index,
    }
}

fn fixed(template: &Template) -> Fixed {
    let literals = || {
        template.segments().iter().filter_map(|segment| match segment {
            Segment::Literal(literal) => Some(literal.len()),
            Segment::Parameter(_) => None,
        })
    };
    Fixed {
        segments: Reverse(template.segments().len()),
        literals: Reverse(literals().count()),
        literal_bytes: Reverse(literals().sum()),
    }
}
