//! Which endpoint of several is next.

use crate::{
    cluster::Member,
    resource::{Balance, HashBy},
};
use http::{HeaderMap, header::COOKIE};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

#[cfg(test)]
mod tests;

/// A round of the weighted round robin has at most about as many turns; larger weights are made smaller in proportion.
const TURNS_MAX: u64 = 4096;

/// Picks among the same endpoints again and again. Nothing here blocks.
#[derive(Debug)]
pub(crate) struct Balancer {
    policy: Policy,
    turn: AtomicU64,
}

#[derive(Debug)]
enum Policy {
    /// The indices in the order of their turns.
    RoundRobin(Vec<u16>),
    LeastConnections,
    P2cEwma,
    /// Rendezvous hashing: each endpoint draws a number from the key, the highest wins. When one leaves, only its keys move.
    Hash {
        weighted: bool,
    },
}

impl Balancer {
    pub(crate) fn new(balance: &Balance, members: &[Arc<Member>], turn: u64) -> Self {
        let policy = match balance {
            Balance::RoundRobin => Policy::RoundRobin(turns(members)),
            Balance::LeastConnections => Policy::LeastConnections,
            Balance::P2cEwma => Policy::P2cEwma,
            Balance::ConsistentHash(_) => {
                Policy::Hash { weighted: members.windows(2).any(|pair| pair[0].weight != pair[1].weight) }
            }
        };
        Self { policy, turn: AtomicU64::new(turn) }
    }

    pub(crate) fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// The next of the members that it was made for, among those that fit.
    pub(crate) fn pick<'m>(
        &self,
        members: &'m [Arc<Member>],
        key: u64,
        now: Duration,
        fits: impl Fn(&Member) -> bool,
    ) -> Option<&'m Arc<Member>> {
        self.choose(members, key, now, fits, || self.turn.fetch_add(1, Ordering::Relaxed))
    }

    /// Whom [`Self::pick`] would take now. Nobody's turn is used up.
    pub(crate) fn look<'m>(
        &self,
        members: &'m [Arc<Member>],
        key: u64,
        now: Duration,
        fits: impl Fn(&Member) -> bool,
    ) -> Option<&'m Arc<Member>> {
        self.choose(members, key, now, fits, || self.turn())
    }

    fn choose<'m>(
        &self,
        members: &'m [Arc<Member>],
        key: u64,
        now: Duration,
        fits: impl Fn(&Member) -> bool,
        turn: impl Fn() -> u64,
    ) -> Option<&'m Arc<Member>> {
        if let [only] = members {
            return Some(only).filter(|member| fits(member));
        }
        let fitting = || members.iter().filter(|member| fits(member));
        match &self.policy {
            Policy::RoundRobin(turns) => {
                let begin = index(turn(), turns.len())?;
                let order = turns[begin..].iter().chain(&turns[..begin]);
                order.filter_map(|&next| members.get(usize::from(next))).find(|member| fits(member))
            }
            Policy::LeastConnections => {
                // Beginning elsewhere each time, so that equals take turns.
                let begin = index(turn(), members.len())?;
                let order = members[begin..].iter().chain(&members[..begin]);
                order.filter(|member| fits(member)).min_by(|a, b| {
                    let load =
                        |member: &Member| u64::from(member.state.in_flight.load(Ordering::Relaxed)) + 1;
                    (load(a) * u64::from(b.weight)).cmp(&(load(b) * u64::from(a.weight)))
                })
            }
            Policy::P2cEwma => {
                let draw = mix(turn());
                let first = index(draw, members.len())?;
                let other = (first + 1 + index(draw >> 32, members.len() - 1)?) % members.len();
                let (first, other) = (&members[first], &members[other]);
                match (fits(first), fits(other)) {
                    (true, true) => Some(if cost(other, now) < cost(first, now) { other } else { first }),
                    (true, false) => Some(first),
                    (false, true) => Some(other),
                    (false, false) => fitting().min_by(|a, b| cost(a, now).total_cmp(&cost(b, now))),
                }
            }
            Policy::Hash { weighted: false } => fitting().max_by_key(|member| mix(key ^ member.seed)),
            Policy::Hash { weighted: true } => {
                fitting().max_by(|a, b| weighted_draw(a, key).total_cmp(&weighted_draw(b, key)))
            }
        }
    }
}

/// Spreads the turns of each member evenly over a round: its k-th of w turns comes at (k + ½)/w of the round.
fn turns(members: &[Arc<Member>]) -> Vec<u16> {
    let weights = members.iter().map(|member| u64::from(member.weight.max(1)));
    let divisor = weights.clone().fold(0, gcd).max(1);
    let sum: u64 = weights.clone().sum::<u64>() / divisor;
    let shrink = (sum / TURNS_MAX).max(1) * divisor;
    let mut order: Vec<(u64, u16)> = Vec::new();
    for (member, weight) in (0..=u16::MAX).zip(weights) {
        let turns = (weight / shrink).max(1);
        order.extend((0..turns).map(|k| (((2 * k + 1) << 32) / turns, member)));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, member)| member).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn cost(member: &Member, now: Duration) -> f64 {
    member.state.cost(now) / f64::from(member.weight.max(1))
}

/// Schindelhauer and Schomaker's logarithmic method: shares are exactly in proportion to the weights.
#[allow(clippy::cast_precision_loss, reason = "53 random bits are enough to draw lots")]
fn weighted_draw(member: &Member, key: u64) -> f64 {
    let unit = ((mix(key ^ member.seed) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -f64::from(member.weight.max(1)) / unit.ln()
}

/// Where `number` falls among so many; `None` if there are none.
fn index(number: u64, len: usize) -> Option<usize> {
    let len = u64::try_from(len).ok()?;
    usize::try_from(number.checked_rem(len)?).ok()
}

/// What is hashed of a request.
#[must_use]
pub fn hash_key(by: &HashBy, path: &str, query: Option<&str>, headers: &HeaderMap, client: IpAddr) -> u64 {
    let value = match by {
        HashBy::ClientIp => None,
        HashBy::Path => Some(path.as_bytes()),
        HashBy::Header(name) => headers.get(name).map(http::HeaderValue::as_bytes),
        HashBy::Cookie(name) => cookie(headers, name).map(str::as_bytes),
        HashBy::Query(name) => query.and_then(|query| pair(query.split('&'), name)).map(str::as_bytes),
    };
    match (value, client.to_canonical()) {
        (Some(value), _) => hash(value),
        (None, IpAddr::V4(address)) => hash(&address.octets()),
        (None, IpAddr::V6(address)) => hash(&address.octets()),
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| pair(line.split(';').map(str::trim_start), name)).next()
}

fn pair<'t>(mut pairs: impl Iterator<Item = &'t str>, name: &str) -> Option<&'t str> {
    pairs.find_map(|pair| pair.split_once('=').filter(|(other, _)| *other == name).map(|(_, value)| value))
}

/// FNV-1a, then mixed: the same in every process and version, so that gateways side by side agree.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fnv))
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
