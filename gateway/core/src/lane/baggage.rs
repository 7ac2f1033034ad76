//! The lane in W3C baggage: a member `lane=NAME` beside those of others.

use super::Lane;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The header (W3C Baggage, section 3).
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// What every platform must at least pass on (W3C Baggage, section 3.3.2), and we at most.
const MEMBERS_MAX: usize = 64;
const BYTES_MAX: usize = 8192;
const KEY: &[u8] = b"lane";

/// How the baggage of a request changes on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not at all.
    Keep,
    /// All lines are replaced by this one.
    Set(HeaderValue),
    /// It is removed.
    Remove,
}

/// The lane a request's baggage asks for, unchecked; of several the first.
pub(super) fn lane_member(headers: &HeaderMap) -> Option<&[u8]> {
    members(headers).find(|member| key(member) == KEY).map(value)
}

/// The baggage for the upstream: our member, then those of others as far as the bounds allow, each whole and in its order.
#[must_use]
pub fn change(headers: &HeaderMap, lane: Option<&Lane>) -> Change {
    let mut lines = headers.get_all(BAGGAGE).iter();
    let arrived = lines.by_ref().map(HeaderValue::len).sum::<usize>();
    let ours = lane.map(|lane| [b"lane=", lane.as_str().as_bytes()].concat());
    if arrived == 0 && ours.is_none() {
        return Change::Keep;
    }
    // A reader that does not mind the case must not find what we did not write.
    let is_other = |member: &&[u8]| !key(member).eq_ignore_ascii_case(KEY);
    if ours.is_none() && arrived <= BYTES_MAX {
        let (all, others) = members(headers)
            .fold((0, 0), |(all, others), member| (all + 1, others + usize::from(is_other(&member))));
        if all == others && all <= MEMBERS_MAX {
            return Change::Keep;
        }
    }
    let others = members(headers).filter(is_other);
    let mut left = MEMBERS_MAX;
    let mut line: Vec<u8> = Vec::with_capacity(BYTES_MAX.min(arrived + 64));
    for member in ours.as_deref().into_iter().chain(others) {
        let comma = usize::from(!line.is_empty());
        if left == 0 || line.len() + comma + member.len() > BYTES_MAX {
            break;
        }
        left -= 1;
        line.extend(&b","[..comma]);
        line.extend(member);
    }
    match HeaderValue::try_from(line) {
        Ok(line) if !line.is_empty() => Change::Set(line),
        _ => Change::Remove,
    }
}

/// The list members of all lines, without the space around them.
fn members(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(BAGGAGE).into_iter();
    let members = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    members.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

fn key(member: &[u8]) -> &[u8] {
    member.split(|byte| *byte == b'=' || *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// The value without the properties that may follow it.
fn value(member: &[u8]) -> &[u8] {
    let member = member.split(|byte| *byte == b';').next().unwrap_or_default();
    let at = member.iter().position(|byte| *byte == b'=').map_or(member.len(), |at| at + 1);
    member[at..].trim_ascii()
}
