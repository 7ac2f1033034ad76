//! Rate limits by the generic cell rate algorithm: one number a caller, the time at which its allowance is full again.

use crate::resource::{LimitBy, RateLimit};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

#[cfg(test)]
mod tests;

/// The most callers a limiter remembers. Beyond it the ones unseen for longest start with a full allowance.
const KEYS_MAX: usize = 65_536;

/// Counts the requests of one route.
#[derive(Debug)]
pub struct Limiter {
    limit: RateLimit,
    keys_max: usize,
    full_again: Mutex<Generations>,
}

/// Whose allowance a request uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LimitKey {
    /// An IPv4 address or an IPv6 /64.
    Client(IpAddr),
    /// A consumer's.
    Consumer(String),
    /// Everybody's.
    Route,
}

impl LimitKey {
    /// The key of a request.
    #[must_use]
    pub fn of(by: LimitBy, client: IpAddr, consumer: Option<&str>) -> Self {
        match (by, consumer) {
            (LimitBy::Route, _) => Self::Route,
            (LimitBy::Consumer, Some(name)) => Self::Consumer(name.to_owned()),
            (LimitBy::Consumer, None) | (LimitBy::ClientIp, _) => Self::Client(network(client)),
        }
    }
}

/// Two halves by age: what is touched moves to the younger one, and when that is full the older one is forgotten. Eviction is
/// thus O(1) and never needs a list in order of use.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<LimitKey, Duration>,
    old: HashMap<LimitKey, Duration>,
}

impl Limiter {
    /// A limiter with full allowances.
    #[must_use]
    pub fn new(limit: RateLimit) -> Self {
        Self { limit, keys_max: KEYS_MAX, full_again: Mutex::default() }
    }

    /// By what its keys are made.
    #[must_use]
    pub fn by(&self) -> LimitBy {
        self.limit.key
    }

    /// Takes one request from the allowance. `now` comes from a clock that never goes back.
    ///
    /// # Errors
    /// The time after which the next request would pass, when the allowance is used up.
    pub fn take(&self, key: LimitKey, now: Duration) -> Result<(), Duration> {
        let mut generations = self.full_again.lock().unwrap_or_else(PoisonError::into_inner);
        let per_request = self.limit.per / self.limit.requests.max(1);
        let full_again = generations.get(&key).unwrap_or_default().max(now) + per_request;
        let wait = full_again.saturating_sub(now).saturating_sub(self.limit.per);
        if wait.is_zero() {
            generations.put(key, full_again, self.keys_max);
            Ok(())
        } else {
            Err(wait)
        }
    }
}

impl Generations {
    fn get(&self, key: &LimitKey) -> Option<Duration> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: LimitKey, full_again: Duration, keys_max: usize) {
        if self.young.len() >= keys_max / 2 && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, full_again);
    }
}

/// A household has a /64, so one address of it is as good as another.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
