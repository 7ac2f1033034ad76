//! Lanes: which parallel version of the services a request is for, and which endpoints may serve it.
//!
//! [`resolve`] says the lane, before anything is known of endpoints; [`Resolved::candidates`] says whose endpoints may serve the
//! request, of which the cluster takes the first that live at that moment. The lane that was resolved travels on, whatever was taken:
//! a later service may have it.

use crate::{
    auth::cookie_value,
    facts::{Facts, household},
};
use http::HeaderName;
use ipnet::IpNet;
use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

pub mod baggage;
#[cfg(test)]
mod tests;
pub mod trace;

/// A word for the endpoints without a lane; no lane is called so. A caller that may choose can choose it.
pub const BASE: &str = "base";
/// By this a caller that may choose asks for an explanation, and in this it is given.
pub const LANE_TRACE: HeaderName = HeaderName::from_static("x-lane-trace");

const SEGMENTS_MAX: usize = 8;
const SEGMENT_BYTES_MAX: usize = 63;
const BYTES_MAX: usize = 253;

/// A lane's name: segments as in DNS labels, joined by dots; `a.b` is a child of `a`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane(Arc<str>);

/// Why a text is not a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// A segment is not a DNS label in lower case.
    #[error(
        "a lane is one or more of a-z, 0-9 and inner hyphens, at most 63, with dots between, e.g. feature-x.retry"
    )]
    Segment,
    /// Too many of them.
    #[error("a lane has at most 8 segments and 253 characters")]
    TooLong,
    /// The word for no lane.
    #[error("base is what has no lane; choose another name")]
    Base,
}

/// How requests get their lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LanePolicy {
    /// The header that carries it.
    pub header: HeaderName,
    /// Who may choose.
    pub choosers: Choosers,
    /// The first that fits colours what has no lane yet.
    pub rules: Vec<LaneRule>,
}

impl Default for LanePolicy {
    fn default() -> Self {
        let header = HeaderName::from_static("x-lane");
        Self { header, choosers: Choosers::default(), rules: Vec::new() }
    }
}

/// Callers who may choose their lane: those of whom one of these is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choosers {
    /// Everybody may.
    pub everybody: bool,
    /// Who has one of these roles.
    pub roles: Vec<String>,
    /// Who comes from one of these.
    pub networks: Vec<IpNet>,
}

/// Colours requests for which all conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneRule {
    /// The lane.
    pub lane: Lane,
    /// A header and its value.
    pub header: Option<(HeaderName, String)>,
    /// A cookie and its value.
    pub cookie: Option<(String, String)>,
    /// A claim and its value.
    pub claim: Option<(String, String)>,
    /// So many of a hundred callers, 0–100.
    pub percent: Option<f64>,
}

/// What a route says about lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteLane {
    /// Every request takes it.
    pub lane: Option<Lane>,
    /// No other endpoints than those of a request's own lane may serve it.
    pub strict: bool,
}

/// The lane of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The lane; `None` is the base.
    pub lane: Option<Lane>,
    /// Where it came from.
    pub why: Why,
    /// Whether other endpoints may not serve it.
    pub strict: bool,
    /// Whether the caller may choose; what others sent about lanes is removed.
    pub chooser: bool,
    /// Whether a chooser wants to know how it came about.
    pub explain: bool,
}

/// Where a lane came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Why {
    /// The route has it.
    Route,
    /// The caller chose by the header.
    Header,
    /// The caller chose by W3C baggage.
    Baggage,
    /// The rule with this index.
    Rule(usize),
    /// Nothing gave one.
    #[default]
    Nothing,
}

impl Lane {
    /// Reads a name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LaneError> {
        if text.len() > BYTES_MAX || text.split('.').count() > SEGMENTS_MAX {
            return Err(LaneError::TooLong);
        }
        if !text.split('.').all(is_label) {
            return Err(LaneError::Segment);
        }
        if text == BASE {
            return Err(LaneError::Base);
        }
        Ok(Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, then those above it: `a.b.c`, `a.b`, `a`.
    pub fn chain(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |lane| lane.rsplit_once('.').map(|(parent, _)| parent))
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({})", self.0)
    }
}

/// The lane of a request: its route's, else the caller's choice if it has one, else that of the first rule that fits, else none.
/// A choice that is no lane's name is no choice.
#[must_use]
pub fn resolve(policy: &LanePolicy, route: &RouteLane, facts: &Facts<'_>) -> Resolved {
    let chooser = policy.choosers.include(facts);
    let explain = chooser && facts.header(&LANE_TRACE) == Some(b"1");
    let (lane, why) = if let Some(lane) = &route.lane {
        (Some(lane.clone()), Why::Route)
    } else if let Some(chosen) = chooser.then(|| choice(policy, facts)).flatten() {
        chosen
    } else if let Some((index, rule)) = policy.rules.iter().enumerate().find(|(_, rule)| rule.fits(facts)) {
        (Some(rule.lane.clone()), Why::Rule(index))
    } else {
        (None, Why::Nothing)
    };
    Resolved { lane, why, strict: route.strict, chooser, explain }
}

impl Resolved {
    /// The lanes whose endpoints may serve the request, the preferred one first; `None` is the base. The first with a living one is
    /// to be taken.
    #[must_use]
    pub fn candidates(&self) -> Cow<'_, [Option<&str>]> {
        match &self.lane {
            None => Cow::Borrowed(&[None]),
            Some(lane) if self.strict => Cow::Owned(vec![Some(lane.as_str())]),
            Some(lane) => Cow::Owned(lane.chain().map(Some).chain([None]).collect()),
        }
    }
}

impl Choosers {
    fn include(&self, facts: &Facts<'_>) -> bool {
        let client = facts.client.to_canonical();
        self.everybody
            || facts.has_role(&self.roles)
            || self.networks.iter().any(|network| network.contains(&client))
    }
}

impl LaneRule {
    fn fits(&self, facts: &Facts<'_>) -> bool {
        let header = |(name, value): &(HeaderName, String)| facts.header(name) == Some(value.as_bytes());
        let cookie =
            |(name, value): &(String, String)| cookie_value(facts.headers, name) == Some(value.as_str());
        let claim = |(name, value): &(String, String)| facts.claim(name).any(|held| held == *value);
        self.header.as_ref().is_none_or(header)
            && self.cookie.as_ref().is_none_or(cookie)
            && self.claim.as_ref().is_none_or(claim)
            && self.percent.is_none_or(|percent| place(&self.lane, facts) < percent)
    }
}

/// What the caller asks for; the header goes before the baggage.
fn choice(policy: &LanePolicy, facts: &Facts<'_>) -> Option<(Option<Lane>, Why)> {
    let mut lines = facts.headers.get_all(&policy.header).iter();
    if let Some(line) = lines.next() {
        // Two lines would leave it to chance who reads which.
        let alone = lines.next().is_none().then_some(line.as_bytes());
        return Some((named(alone?)?, Why::Header));
    }
    let member = baggage::lane_member(facts.headers)?;
    Some((named(member)?, Why::Baggage))
}

/// The lane, or the base, of that name; `None` if there cannot be any.
fn named(text: &[u8]) -> Option<Option<Lane>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text == BASE { Some(None) } else { Lane::parse(text).ok().map(Some) }
}

/// Where a caller stands for a lane, 0 to below 100: always at the same place, whichever gateway it comes to; and at another one
/// for each lane, so that the callers of two lanes are not the same ones.
#[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
fn place(lane: &Lane, facts: &Facts<'_>) -> f64 {
    let hash = fnv1a(FNV_BASIS, lane.as_str().as_bytes());
    let hash = match (facts.caller, household(facts.client)) {
        (Some(caller), _) => fnv1a(fnv1a(hash, b"\0c"), caller.name.as_bytes()),
        (None, IpAddr::V4(address)) => fnv1a(fnv1a(hash, b"\x004"), &address.octets()),
        (None, IpAddr::V6(address)) => fnv1a(fnv1a(hash, b"\x006"), &address.octets()),
    };
    (mix(hash) >> 11) as f64 / (1_u64 << 53) as f64 * 100.0
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finish of SplitMix64: without it, addresses side by side would stand side by side.
fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=SEGMENT_BYTES_MAX).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
