//! What is to be sent next, and when: new alerts at a fixed pace, whatever became of those before, and repeats of refused ones.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    num::NonZeroU32,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// Alerts that may wait for their repeat; beyond that no new ones are begun.
const WAITING_MAX: usize = 100_000;

/// One sending of one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sending {
    /// When it is due.
    pub(crate) due: Instant,
    /// Which alert; they are counted from 0.
    pub(crate) alert: u64,
    /// How often it was sent before.
    pub(crate) attempts: u32,
    /// When it was due for the first time.
    pub(crate) first_due: Instant,
}

/// All that is still to be sent.
#[derive(Debug)]
pub(crate) struct Agenda {
    start: Instant,
    rate: NonZeroU32,
    /// The next new alert.
    next: u64,
    /// How many there are; as many as come when it is not known yet.
    total: u64,
    repeats: BinaryHeap<Reverse<Sending>>,
    /// After this nothing is repeated.
    give_up_at: Option<Instant>,
}

impl Agenda {
    /// `total` alerts, the first due at `start`.
    pub(crate) fn of(total: u64, rate: NonZeroU32, start: Instant) -> Self {
        Self { start, rate, next: 0, total, repeats: BinaryHeap::new(), give_up_at: None }
    }

    /// Alerts until [`Agenda::end`].
    pub(crate) fn endless(rate: NonZeroU32, start: Instant) -> Self {
        Self::of(u64::MAX, rate, start)
    }

    /// What is due soonest. Nothing when all was sent, though what is under way may still have to be repeated.
    pub(crate) fn take(&mut self) -> Option<Sending> {
        let fresh = self.fresh();
        match (fresh, self.repeats.peek()) {
            (Some(fresh), Some(Reverse(repeat))) if fresh.due <= repeat.due => Some(self.begin(fresh)),
            (Some(fresh), None) => Some(self.begin(fresh)),
            _ => self.repeats.pop().map(|Reverse(repeat)| repeat),
        }
    }

    /// Puts a refused sending back, to be sent `after` a while. False when it is given up.
    pub(crate) fn repeat(&mut self, refused: Sending, now: Instant, after: Duration) -> bool {
        let due = now + after;
        if self.give_up_at.is_some_and(|at| due > at) {
            return false;
        }
        self.repeats.push(Reverse(Sending { due, attempts: refused.attempts + 1, ..refused }));
        true
    }

    /// No new alerts any more, and no repeats after `give_up_at`.
    pub(crate) fn end(&mut self, give_up_at: Instant) {
        self.total = self.next;
        self.give_up_at = Some(give_up_at);
    }

    /// How many alerts were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.next
    }

    fn fresh(&self) -> Option<Sending> {
        let is_wanted = self.next < self.total && self.repeats.len() < WAITING_MAX;
        is_wanted.then(|| {
            let due = self.start + at_pace(self.next, self.rate);
            Sending { due, alert: self.next, attempts: 0, first_due: due }
        })
    }

    fn begin(&mut self, fresh: Sending) -> Sending {
        self.next += 1;
        fresh
    }
}

/// When the `n`th is due after the first.
pub(crate) fn at_pace(n: u64, rate: NonZeroU32) -> Duration {
    let nanos = u128::from(n) * 1_000_000_000 / u128::from(rate.get());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// How long Alertmanager waits before it sends a notification again: half a second, half as much again each time, at most a minute,
/// each half shorter to half longer by chance (`jitter` from 0 to 1).
pub(crate) fn backoff(attempts: u32, jitter: f64) -> Duration {
    let growth = 1.5_f64.powi(i32::try_from(attempts.min(100)).unwrap_or(100));
    let middle = (0.5 * growth).min(60.0);
    Duration::from_secs_f64(middle * (0.5 + jitter))
}
