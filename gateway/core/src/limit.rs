//! How often: the limits of a route, all of which must allow a request.
//!
//! Each keeps one number a caller ([`store`]). A limit that gateways share is only looked at here: it is left open in [`Taken`],
//! and whoever can ask the others settles it, or has it counted here after all when they cannot be asked.

use crate::{
    caller::{Caller, CallerKind},
    facts::{Facts, household},
    refusal::{Code, Refusal},
    resource::{LimitBy, RateLimit},
};
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, net::IpAddr, sync::Arc, time::Duration};

mod store;
#[cfg(test)]
mod tests;

use store::Limiter;

/// What the limits of a route are (draft-ietf-httpapi-ratelimit-headers-10, section 3).
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// How much of them is left (section 4).
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The limits of a route, with what they have counted.
#[derive(Debug)]
pub struct RouteLimits {
    limits: Vec<Limit>,
    policy: HeaderValue,
}

#[derive(Debug)]
struct Limit {
    rule: RateLimit,
    limiter: Arc<Limiter>,
}

/// Whose allowance a request uses. Texts are kept as a part of their SHA-256: they may be long, and may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKey {
    /// An IPv4 address or an IPv6 /64.
    Client(IpAddr),
    /// Who has this name, header or claim.
    Text([u8; 16]),
    /// Everybody.
    Route,
}

/// What a request took, one entry for each limit of its route in their order. After a refusal nothing is taken, and entries may be
/// missing at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    entries: Vec<Entry>,
    /// The time after which the request would pass, if it does not.
    wait: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    key: LimitKey,
    /// How long until the allowance is full again; `None` as long as the limit is open.
    full_in: Option<Duration>,
    /// Whether it was taken from the allowance that is kept here.
    here: bool,
}

/// A limit that other gateways must be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// The limit.
    pub rule: &'a RateLimit,
    /// Whose allowance.
    pub key: LimitKey,
}

/// What came of asking about a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How long until the allowance is full again.
    pub full_in: Duration,
    /// The time after which the request would pass; zero if it does.
    pub wait: Duration,
}

impl RouteLimits {
    /// The limits of a route; `None` if it has none. Those that `previous` has too go on counting where they were.
    #[must_use]
    pub fn new(rules: &[RateLimit], previous: Option<&Self>) -> Option<Self> {
        let limits = rules.iter().map(|rule| {
            let same = previous.and_then(|old| old.limits.iter().find(|limit| limit.rule == *rule));
            let limiter = same.map_or_else(|| Arc::new(Limiter::new(rule)), |same| Arc::clone(&same.limiter));
            Limit { rule: rule.clone(), limiter }
        });
        let limits: Vec<Limit> = limits.collect();
        let policy = limits.iter().map(|Limit { rule, .. }| {
            format!("\"{}\";q={};w={}", rule.name, rule.requests, rule.per.as_secs())
        });
        let policy = policy.collect::<Vec<_>>().join(", ");
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(""));
        (!limits.is_empty()).then_some(Self { limits, policy })
    }

    /// Takes a request from every limit that is kept here, or from none. `now` comes from a clock that never goes back.
    #[must_use]
    pub fn take(&self, facts: &Facts<'_>, now: Duration) -> Taken {
        let mut taken = Taken { entries: Vec::with_capacity(self.limits.len()), wait: None };
        for Limit { rule, limiter } in &self.limits {
            let key = LimitKey::of(&rule.key, facts);
            // What is known here of a shared limit can only be less than what all have taken together.
            let found = if rule.shared { limiter.look(key, now) } else { limiter.take(key, now) };
            let passed = found.wait.is_zero();
            let open = rule.shared && passed;
            let full_in = (!open).then_some(found.full_in);
            taken.entries.push(Entry { key, full_in, here: passed && !open });
            if !passed {
                self.refuse(&mut taken, found.wait);
                break;
            }
        }
        taken
    }

    /// What [`Self::take`] would answer, without taking anything.
    #[must_use]
    pub fn look(&self, facts: &Facts<'_>, now: Duration) -> Taken {
        let mut looked = Taken { entries: Vec::with_capacity(self.limits.len()), wait: None };
        for Limit { rule, limiter } in &self.limits {
            let key = LimitKey::of(&rule.key, facts);
            let found = limiter.look(key, now);
            looked.entries.push(Entry { key, full_in: Some(found.full_in), here: false });
            if !found.wait.is_zero() {
                looked.wait = Some(found.wait);
                break;
            }
        }
        looked
    }

    /// The limits that others must be asked about, in order; none after a refusal.
    pub fn open<'a>(&'a self, taken: &'a Taken) -> impl Iterator<Item = Open<'a>> {
        let pairs = self.limits.iter().zip(&taken.entries).filter(|_| taken.wait.is_none());
        pairs
            .filter(|(_, entry)| entry.full_in.is_none())
            .map(|(limit, entry)| Open { rule: &limit.rule, key: entry.key })
    }

    /// Enters what the others said: a standing for each open limit, in order. They took from all of them, or from none.
    pub fn settle(&self, taken: &mut Taken, standings: &[Standing], now: Duration) {
        let open = self.limits.iter().zip(&mut taken.entries).filter(|(_, entry)| entry.full_in.is_none());
        for ((limit, entry), standing) in open.zip(standings) {
            limit.limiter.learn(entry.key, now + standing.full_in);
            entry.full_in = Some(standing.full_in);
        }
        let wait = standings.iter().map(|standing| standing.wait).max().unwrap_or_default();
        if !wait.is_zero() {
            self.refuse(taken, wait);
        }
    }

    /// Counts the open limits here, because the others cannot be asked.
    pub fn settle_alone(&self, taken: &mut Taken, now: Duration) {
        for at in 0..taken.entries.len() {
            let (Some(limit), Some(entry)) = (self.limits.get(at), taken.entries.get_mut(at)) else { break };
            if entry.full_in.is_some() {
                continue;
            }
            let found = limit.limiter.take(entry.key, now);
            entry.full_in = Some(found.full_in);
            entry.here = found.wait.is_zero();
            if !entry.here {
                return self.refuse(taken, found.wait);
            }
        }
    }

    /// The refusal of what did not pass.
    #[must_use]
    pub fn refusal(&self, taken: &Taken) -> Option<Refusal> {
        let detail = "too many requests; wait as long as Retry-After says";
        taken.wait.map(|wait| Refusal::new(Code::RateLimited, detail).retry_after(wait))
    }

    /// The headers that tell the client, on answers of every kind.
    #[must_use]
    pub fn headers(&self, taken: &Taken) -> [(HeaderName, HeaderValue); 2] {
        let mut text = String::with_capacity(32 * taken.entries.len());
        for (Limit { rule, limiter }, entry) in self.limits.iter().zip(&taken.entries) {
            let Some(full_in) = entry.full_in else { continue };
            let comma = if text.is_empty() { "" } else { ", " };
            let (left, seconds) = (limiter.left(full_in), full_in.as_millis().div_ceil(1000));
            // Writing to a text cannot fail.
            let _ = write!(text, "{comma}\"{}\";r={left};t={seconds}", rule.name);
        }
        let left = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        [(RATELIMIT_POLICY, self.policy.clone()), (RATELIMIT, left)]
    }

    /// Gives back what was taken here: who is refused has used nothing up.
    fn refuse(&self, taken: &mut Taken, wait: Duration) {
        for (limit, entry) in self.limits.iter().zip(&mut taken.entries).filter(|(_, entry)| entry.here) {
            limit.limiter.give_back(entry.key);
            entry.here = false;
        }
        taken.wait = Some(wait);
    }
}

impl LimitKey {
    /// The key of a request.
    #[must_use]
    pub fn of(by: &LimitBy, facts: &Facts<'_>) -> Self {
        let own = match by {
            LimitBy::Route => return Self::Route,
            LimitBy::ClientIp => None,
            LimitBy::Consumer => facts.caller.map(Self::caller),
            LimitBy::Header(name) => facts.header(name).map(|value| Self::text(&[value])),
            LimitBy::Claim(name) => facts.claim(name).next().map(|value| Self::text(&[value.as_bytes()])),
        };
        own.unwrap_or_else(|| Self::Client(household(facts.client)))
    }

    /// Names are unique among consumers, and among the tokens of an issuer.
    fn caller(caller: &Caller) -> Self {
        match &caller.kind {
            CallerKind::Key | CallerKind::Basic => Self::text(&[caller.name.as_bytes()]),
            CallerKind::Jwt(issuer) => Self::text(&[issuer.as_bytes(), b"\0", caller.name.as_bytes()]),
        }
    }

    fn text(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        Self::Text(short)
    }
}
