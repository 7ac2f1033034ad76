//! The generic cell rate algorithm: one number a caller, the time at which its allowance is full again.

use super::{LimitKey, Standing};
use crate::resource::{LimitBy, RateLimit};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The most callers a limiter remembers. Beyond it the ones unseen for longest start with a full allowance.
const KEYS_MAX: usize = 65_536;
/// Threads wait for each other only when their callers fall into the same part.
const PARTS: usize = 16;

/// Counts the requests of one limit. Times are nanoseconds of the clock that is passed in.
#[derive(Debug)]
pub(super) struct Limiter {
    per_request: u64,
    per: u64,
    full_again: Store,
}

#[derive(Debug)]
enum Store {
    /// Everybody's allowance.
    One(AtomicU64),
    /// Each caller's.
    Many(OnceLock<Box<Many>>),
}

#[derive(Debug)]
struct Many {
    hasher: RandomState,
    keys_max: usize,
    parts: [Mutex<Generations>; PARTS],
}

/// Two halves by age: what is touched moves to the younger one, and when that is full the older one is forgotten. Eviction is
/// thus O(1) and never needs a list in order of use.
#[derive(Debug, Default)]
pub(super) struct Generations {
    pub(super) young: HashMap<LimitKey, u64>,
    pub(super) old: HashMap<LimitKey, u64>,
}

impl Limiter {
    /// A limiter with full allowances.
    pub(super) fn new(rule: &RateLimit) -> Self {
        let full_again = match rule.key {
            LimitBy::Route => Store::One(AtomicU64::new(0)),
            _ => Store::Many(OnceLock::new()),
        };
        let per_request = nanoseconds(rule.per) / u64::from(rule.requests.max(1));
        Self { per_request: per_request.max(1), per: nanoseconds(rule.per), full_again }
    }

    /// Takes one request from the allowance, if there is one.
    pub(super) fn take(&self, key: LimitKey, now: Duration) -> Standing {
        let now = nanoseconds(now);
        let mut wait = 0;
        let full_again = self.update(key, |full_again| {
            let next = full_again.max(now).saturating_add(self.per_request);
            wait = next.saturating_sub(now).saturating_sub(self.per);
            if wait == 0 { next } else { full_again }
        });
        standing(full_again.saturating_sub(now), wait)
    }

    /// What [`Self::take`] would answer, without taking anything.
    pub(super) fn look(&self, key: LimitKey, now: Duration) -> Standing {
        let now = nanoseconds(now);
        let full_in = self.update(key, |full_again| full_again).saturating_sub(now);
        standing(full_in, (full_in + self.per_request).saturating_sub(self.per))
    }

    /// Puts back what was taken last.
    pub(super) fn give_back(&self, key: LimitKey) {
        self.update(key, |full_again| full_again.saturating_sub(self.per_request));
    }

    /// Takes over what others know. Only ever forwards, since answers may overtake each other.
    pub(super) fn learn(&self, key: LimitKey, full_again: Duration) {
        self.update(key, |known| known.max(nanoseconds(full_again)));
    }

    /// How many requests are left of an allowance that is full again in this time.
    pub(super) fn left(&self, full_in: Duration) -> u64 {
        self.per.saturating_sub(nanoseconds(full_in)) / self.per_request
    }

    /// Replaces a caller's number; callers that are not known have 0. Returns the new one.
    fn update(&self, key: LimitKey, mut next: impl FnMut(u64) -> u64) -> u64 {
        match &self.full_again {
            Store::One(number) => {
                let mut known = number.load(Ordering::Relaxed);
                loop {
                    let wanted = next(known);
                    let swapped =
                        number.compare_exchange_weak(known, wanted, Ordering::Relaxed, Ordering::Relaxed);
                    match swapped {
                        Ok(_) => return wanted,
                        Err(other) => known = other,
                    }
                }
            }
            Store::Many(many) => many.get_or_init(|| Box::new(Many::new(KEYS_MAX))).update(key, next),
        }
    }
}

impl Many {
    fn new(keys_max: usize) -> Self {
        Self { hasher: RandomState::new(), keys_max, parts: Default::default() }
    }

    fn update(&self, key: LimitKey, next: impl FnOnce(u64) -> u64) -> u64 {
        // Attackers must not be able to choose whose part they fill.
        let part = self.hasher.hash_one(key) as usize % PARTS;
        let mut generations = self.parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        generations.update(key, self.keys_max / PARTS, next)
    }
}

impl Generations {
    fn update(&mut self, key: LimitKey, keys_max: usize, next: impl FnOnce(u64) -> u64) -> u64 {
        if let Some(number) = self.young.get_mut(&key) {
            *number = next(*number);
            return *number;
        }
        let known = self.old.get(&key).copied().unwrap_or_default();
        let wanted = next(known);
        // A caller that is unknown and took nothing need not be remembered.
        if wanted != 0 {
            if self.young.len() >= keys_max / 2 {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key, wanted);
        }
        wanted
    }
}

fn standing(full_in: u64, wait: u64) -> Standing {
    Standing { full_in: Duration::from_nanos(full_in), wait: Duration::from_nanos(wait) }
}

/// Enough for 584 years.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn the_number_of_remembered_callers_is_bounded() {
        let many = Many::new(1600);
        let key = |n: u32| LimitKey::Client(IpAddr::V4(n.into()));
        for n in 0..100_000 {
            assert_eq!(many.update(key(n), |known| known + 1), 1);
        }
        let sizes = many.parts.iter().map(|part| {
            let generations = part.lock().unwrap();
            generations.young.len() + generations.old.len()
        });
        assert!(sizes.sum::<usize>() <= 1600);
        assert_eq!(many.update(key(99_999), |known| known + 1), 2, "the latest ones are remembered");
    }
}
