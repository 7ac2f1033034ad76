//! The routes of one host, by path: a tree of segments, and regular expressions beside it.

use super::{Search, narrow};
use crate::{
    path::Segment,
    pattern::{Pattern, anchored},
    resource::{PathMatch, Route},
};
use regex::{RegexSet, RegexSetBuilder};
use std::collections::HashMap;

/// From so many regular expressions on they are tried together: one pass finds all that match.
const SET_LEN_MIN: usize = 8;
/// A set that needs more is not built, and its expressions are tried in turn.
const SET_BYTES_MAX: usize = 32 << 20;

/// The routes of one host.
#[derive(Debug, Default)]
pub(super) struct PathIndex {
    /// The first is the root, for the path before its first slash. Empty when there is no route but regular expressions.
    nodes: Vec<Node>,
    /// In order of preference.
    regexes: Vec<(Entry, Pattern)>,
    set: Option<RegexSet>,
    /// The best rank of all.
    rank_min: Option<u32>,
}

/// What begins with the same segments.
#[derive(Debug, Default)]
struct Node {
    /// In order of preference.
    ends: Vec<(End, Entry)>,
    literal: HashMap<Box<str>, u32>,
    parameter: Option<u32>,
}

/// What may follow a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing.
    Here,
    /// Nothing, or a slash and anything.
    Open,
    /// A slash and anything.
    Below,
}

/// A route in a list; the lower rank is the better one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) rank: u32,
    /// The route's index, twice, plus one if there is more to it than host and path.
    route: u32,
}

impl Entry {
    pub(super) fn new(rank: usize, index: usize, route: &Route) -> Self {
        let conditional = !(route.methods.is_empty() && route.headers.is_empty() && route.query.is_empty());
        Self { rank: narrow(rank), route: narrow(index) << 1 | u32::from(conditional) }
    }

    pub(super) fn route(self) -> usize {
        (self.route >> 1) as usize
    }

    /// Whether there are conditions beyond host and path. Most routes have none, and then need not be looked at.
    pub(super) fn is_conditional(self) -> bool {
        self.route & 1 == 1
    }
}

impl PathIndex {
    /// Entries come in order of preference.
    pub(super) fn insert(&mut self, path: &PathMatch, entry: Entry) {
        self.rank_min.get_or_insert(entry.rank);
        let segment = |text: &str| Segment::Literal(text.to_owned());
        let (end, segments) = match path {
            PathMatch::Regex(pattern) => {
                self.regexes.push((entry, pattern.clone()));
                return;
            }
            PathMatch::Exact(path) => (End::Here, path.split('/').skip(1).map(segment).collect()),
            PathMatch::Prefix(prefix) => {
                (End::Open, prefix.trim_end_matches('/').split('/').skip(1).map(segment).collect())
            }
            PathMatch::Template(template) => {
                let end = if template.takes_rest() { End::Below } else { End::Here };
                (end, template.segments().to_vec())
            }
        };
        let node = self.node_of(segments);
        self.nodes[node].ends.push((end, entry));
    }

    fn node_of(&mut self, segments: Vec<Segment>) -> usize {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for segment in segments {
            let next = narrow(self.nodes.len());
            let node = &mut self.nodes[at];
            let child = match segment {
                Segment::Literal(literal) => *node.literal.entry(literal.into()).or_insert(next),
                Segment::Parameter(_) => *node.parameter.get_or_insert(next),
            };
            if child == next {
                self.nodes.push(Node::default());
            }
            at = child as usize;
        }
        at
    }

    /// To be called once after the last entry.
    pub(super) fn finish(&mut self) {
        self.nodes.shrink_to_fit();
        if self.regexes.len() >= SET_LEN_MIN {
            let sources = self.regexes.iter().map(|(_, pattern)| anchored(pattern.source()));
            self.set = RegexSetBuilder::new(sources).size_limit(SET_BYTES_MAX).build().ok();
        }
    }

    /// Shows the search every route that covers its path, as far as it wants to know.
    pub(super) fn visit<R>(&self, search: &mut Search<'_, R>) {
        if self.rank_min.is_none_or(|rank| !search.wants(rank)) {
            return;
        }
        let path = search.probe.path;
        if let (Some(root), Some(segments)) = (self.nodes.first(), path.strip_prefix('/')) {
            self.walk(root, Some(segments), search);
        }
        self.try_regexes(path, search);
    }

    fn walk<R>(&self, from: &Node, path: Option<&str>, search: &mut Search<'_, R>) {
        let (mut node, mut left) = (from, path);
        loop {
            node.offer(left.is_none(), search);
            let Some(text) = left else { return };
            let (segment, after) = match text.split_once('/') {
                Some((segment, after)) => (segment, Some(after)),
                None => (text, None),
            };
            let literal = node.literal.get(segment).map(|&child| &self.nodes[child as usize]);
            let parameter = node.parameter.filter(|_| !segment.is_empty());
            match (literal, parameter.map(|child| &self.nodes[child as usize])) {
                (None, None) => return,
                (Some(child), None) | (None, Some(child)) => node = child,
                (Some(literal), Some(parameter)) => {
                    // No deeper than a template is long.
                    self.walk(parameter, after, search);
                    node = literal;
                }
            }
            left = after;
        }
    }

    fn try_regexes<R>(&self, path: &str, search: &mut Search<'_, R>) {
        if self.regexes.first().is_none_or(|(entry, _)| !search.wants(entry.rank)) {
            return;
        }
        let matching = self.set.as_ref().map(|set| set.matches(path));
        for (index, (entry, pattern)) in self.regexes.iter().enumerate() {
            if !search.wants(entry.rank) {
                return;
            }
            let matches = match &matching {
                Some(matching) => matching.matched(index),
                None => pattern.matches(path),
            };
            if matches && search.consider(*entry) {
                return;
            }
        }
    }
}

impl Node {
    fn offer<R>(&self, at_end: bool, search: &mut Search<'_, R>) {
        for &(end, entry) in &self.ends {
            if !search.wants(entry.rank) {
                return;
            }
            let covers = match end {
                End::Here => at_end,
                End::Open => true,
                End::Below => !at_end,
            };
            if covers && search.consider(entry) {
                return;
            }
        }
    }
}
