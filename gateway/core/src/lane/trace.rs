//! What a caller that asks is told about its lane.

use super::{BASE, Lane, Resolved, Why};
use std::fmt::Write as _;

/// How many endpoints of a lane live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that would be used.
    pub living: usize,
    /// All.
    pub of: usize,
}

/// A structured field (RFC 9651), a dictionary: the lane asked for, why that one, the candidates in order with their living
/// endpoints, and which was taken, e.g. `lane="a.b", why=header, candidates=("a.b";living=0;of=1 "a";living=2;of=2), taken="a"`.
/// A word without quotes stands for what is no lane: `base`, `nobody`.
#[must_use]
pub fn explain(
    resolved: &Resolved,
    count: impl Fn(Option<&str>) -> Count,
    taken: Option<Option<&str>>,
) -> String {
    let mut text = String::with_capacity(128);
    text.push_str("lane=");
    push_name(&mut text, resolved.lane.as_ref().map(Lane::as_str));
    // Writing to a text cannot fail.
    let _ = match resolved.why {
        Why::Route => write!(text, ", why=route"),
        Why::Header => write!(text, ", why=header"),
        Why::Baggage => write!(text, ", why=baggage"),
        Why::Rule(index) => write!(text, ", why=rule;index={index}"),
        Why::Nothing => write!(text, ", why=nothing"),
    };
    for (at, lane) in resolved.candidates().iter().copied().enumerate() {
        text.push_str(if at == 0 { ", candidates=(" } else { " " });
        push_name(&mut text, lane);
        let Count { living, of } = count(lane);
        let _ = write!(text, ";living={living};of={of}");
    }
    text.push_str("), taken=");
    match taken {
        Some(lane) => push_name(&mut text, lane),
        None => text.push_str("nobody"),
    }
    text
}

/// Names of lanes need no escapes.
fn push_name(text: &mut String, lane: Option<&str>) {
    match lane {
        Some(lane) => text.extend(["\"", lane, "\""]),
        None => text.push_str(BASE),
    }
}
