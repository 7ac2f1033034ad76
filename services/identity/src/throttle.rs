//! How often somebody may try a name, and how much is told of failures. Decisions only: the time is given.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// Tries that cost no waiting: fingers slip.
const FREE_TRIES: u32 = 5;
const DELAY_FIRST: Duration = Duration::from_secs(1);
/// Some 300 tries a day for one name. Longer, and whoever knows a name could lock its owner out.
const DELAY_MAX: Duration = Duration::from_secs(300);
/// Without a try for so long, all is forgiven.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1800);
/// Names remembered. The gateway bounds how fast an address can make them up.
const NAMES_MAX: usize = 10_000;
/// Failures told a minute.
const TOLD_PER_MINUTE: u32 = 10;

/// What is remembered of tries.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    names: HashMap<String, Tried>,
    told: Told,
}

#[derive(Debug)]
struct Tried {
    times: u32,
    next_at: Instant,
    forgotten_at: Instant,
}

#[derive(Debug, Default)]
struct Told {
    since: Option<Instant>,
    times: u32,
    untold: u32,
}

impl Throttle {
    /// Counts a try, or says how long to wait for it. It is counted before it is known how it ends: many at once are many.
    pub(crate) fn admit(&mut self, name: &str, now: Instant) -> Result<(), Duration> {
        if !self.names.contains_key(name) {
            self.make_room(now);
        }
        let fresh = || Tried { times: 0, next_at: now, forgotten_at: now };
        let tried = self.names.entry(name.to_owned()).or_insert_with(fresh);
        if now >= tried.forgotten_at {
            *tried = fresh();
        }
        if now < tried.next_at {
            return Err(tried.next_at - now);
        }
        tried.times += 1;
        tried.next_at = now + delay(tried.times);
        tried.forgotten_at = now + FORGOTTEN_AFTER;
        Ok(())
    }

    /// Whoever holds a name has shown it.
    pub(crate) fn forget(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Whether a failure is to be told; if so, how many were not since the last one that was.
    pub(crate) fn tell_failure(&mut self, now: Instant) -> Option<u32> {
        let told = &mut self.told;
        if told.since.is_none_or(|since| now.duration_since(since) >= Duration::from_secs(60)) {
            (told.since, told.times) = (Some(now), 0);
        }
        if told.times >= TOLD_PER_MINUTE {
            told.untold = told.untold.saturating_add(1);
            return None;
        }
        told.times += 1;
        Some(std::mem::take(&mut told.untold))
    }

    fn make_room(&mut self, now: Instant) {
        if self.names.len() < NAMES_MAX {
            return;
        }
        self.names.retain(|_, tried| now < tried.forgotten_at);
        let oldest = self.names.iter().min_by_key(|(_, tried)| tried.forgotten_at);
        if self.names.len() >= NAMES_MAX
            && let Some(name) = oldest.map(|(name, _)| name.clone())
        {
            self.names.remove(&name);
        }
    }
}

fn delay(times: u32) -> Duration {
    match times.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(beyond) => DELAY_FIRST.saturating_mul(1 << beyond.min(16)).min(DELAY_MAX),
    }
}
