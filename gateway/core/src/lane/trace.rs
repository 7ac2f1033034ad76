//! What a caller that asks is told about its lane.

use super::{BASE, Resolved, Taken, Why};
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
pub fn explain(resolved: &Resolved, count: impl Fn(Option<&str>) -> Count, taken: Taken<'_>) -> String {
    let mut text = String::with_capacity(128);
    // Writing to a text cannot fail; names of lanes need no escapes.
    let _ = match &resolved.lane {
        Some(lane) => write!(text, "lane=\"{lane}\""),
        None => write!(text, "lane={BASE}"),
    };
    let _ = match resolved.why {
        Why::Route => write!(text, ", why=route"),
        Why::Header => write!(text, ", why=header"),
        Why::Baggage => write!(text, ", why=baggage"),
        Why::Rule(index) => write!(text, ", why=rule;index={index}"),
        Why::Nothing => write!(text, ", why=nothing"),
    };
    text.push_str(", candidates=(");
    let own = resolved.lane.as_ref();
    let chain =
        own.into_iter().flat_map(|lane| lane.chain()).take(if resolved.strict { 1 } else { usize::MAX });
    for lane in chain {
        let Count { living, of } = count(Some(lane));
        let _ = write!(text, "\"{lane}\";living={living};of={of} ");
    }
    if resolved.strict && own.is_some() {
        text.pop();
    } else {
        let Count { living, of } = count(None);
        let _ = write!(text, "{BASE};living={living};of={of}");
    }
    let _ = match taken {
        Taken::Lane(lane) => write!(text, "), taken=\"{lane}\""),
        Taken::Base => write!(text, "), taken={BASE}"),
        Taken::Nobody => write!(text, "), taken=nobody"),
    };
    text
}
