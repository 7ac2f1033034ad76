//! How an endpoint is, as far as we know: by what it answers to checks, and by how it does with real requests.

use crate::{outlier::Ejection, resource::HealthCheck};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

#[cfg(test)]
mod tests;

/// A latency this old counts about a third.
const LATENCY_DECAY: Duration = Duration::from_secs(10);
/// What an endpoint is thought to take that has requests and has answered none, in microseconds: others are tried first.
const LATENCY_UNKNOWN_US: f64 = 1e9;

/// What is known of one address. It belongs to the address, not to a route or a configuration, and survives reloads.
#[derive(Debug, Default)]
pub struct EndpointState {
    /// Requests under way.
    pub(crate) in_flight: AtomicU32,
    /// Open connections, used and unused, of all workers.
    pub(crate) connections: AtomicU32,
    /// Requests under way whose connection is kept afterwards.
    pub(crate) kept: AtomicU32,
    /// Failures since the last success.
    pub(crate) failures: AtomicU32,
    /// The moving average in microseconds as the bits of an `f64`; 0 before the first answer.
    latency_us: AtomicU64,
    /// When that was computed, in microseconds on the caller's clock.
    latency_at_us: AtomicU64,
    vitals: Mutex<Vitals>,
}

/// What changes seldom.
#[derive(Debug, Default)]
struct Vitals {
    unhealthy_since: Option<Duration>,
    /// The results of the last checks: what they were, and how many in a row.
    streak: (bool, u32),
    ejection: Option<Ejection>,
}

/// How an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is used.
    Healthy,
    /// Its checks fail.
    Unhealthy {
        /// Since when, on the caller's clock.
        since: Duration,
    },
    /// It failed real requests.
    Ejected {
        /// Since when, on the caller's clock.
        since: Duration,
        /// Until when.
        until: Duration,
    },
}

impl EndpointState {
    /// How it is now.
    pub fn health(&self, now: Duration) -> Health {
        let vitals = self.vitals();
        match (vitals.unhealthy_since, vitals.ejection) {
            (Some(since), _) => Health::Unhealthy { since },
            (None, Some(Ejection { since, until, .. })) if now < until => Health::Ejected { since, until },
            _ => Health::Healthy,
        }
    }

    /// Takes note of a check. The health it leads to, if that is another than before.
    pub(crate) fn checked(&self, settings: &HealthCheck, ok: bool, now: Duration) -> Option<Health> {
        let mut vitals = self.vitals();
        let (last, times) = vitals.streak;
        vitals.streak = (ok, if last == ok { times.saturating_add(1) } else { 1 });
        let enough = if ok { settings.healthy_after } else { settings.unhealthy_after };
        if vitals.streak.1 < enough || vitals.unhealthy_since.is_none() == ok {
            return None;
        }
        vitals.unhealthy_since = if ok { None } else { Some(now) };
        Some(if ok { Health::Healthy } else { Health::Unhealthy { since: now } })
    }

    /// Nobody checks it any more, so what checks found is forgotten.
    pub(crate) fn unchecked(&self) {
        let mut vitals = self.vitals();
        vitals.unhealthy_since = None;
        vitals.streak = (false, 0);
    }

    /// Counts an open connection until [`Self::closed`].
    pub fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// One open connection less.
    pub fn closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn ejection(&self) -> Option<Ejection> {
        self.vitals().ejection
    }

    pub(crate) fn eject(&self, ejection: Option<Ejection>) {
        self.vitals().ejection = ejection;
        self.failures.store(0, Ordering::Relaxed);
    }

    /// Takes note of the time until an answer's head. Two at once may lose one of them, which an average bears.
    pub(crate) fn answered_after(&self, took: Duration, now: Duration) {
        let old = f64::from_bits(self.latency_us.load(Ordering::Relaxed));
        let sample = (took.as_secs_f64() * 1e6).max(1.0);
        let at_us = micros(now);
        let passed_us = at_us.saturating_sub(self.latency_at_us.swap(at_us, Ordering::Relaxed));
        let new = if old == 0.0 { sample } else { sample + (old - sample) * decay(passed_us) };
        self.latency_us.store(new.to_bits(), Ordering::Relaxed);
    }

    /// The moving average of the time until an answer's head; `None` before the first.
    pub fn latency(&self) -> Option<Duration> {
        let us = f64::from_bits(self.latency_us.load(Ordering::Relaxed));
        (us > 0.0).then(|| Duration::from_secs_f64(us / 1e6))
    }

    /// What another request would cost here. A bad latency fades, so that an endpoint gets another chance.
    pub(crate) fn cost(&self, now: Duration) -> f64 {
        let us = f64::from_bits(self.latency_us.load(Ordering::Relaxed));
        let in_flight = f64::from(self.in_flight.load(Ordering::Relaxed));
        if us == 0.0 {
            return in_flight * LATENCY_UNKNOWN_US;
        }
        let passed_us = micros(now).saturating_sub(self.latency_at_us.load(Ordering::Relaxed));
        us * decay(passed_us) * (in_flight + 1.0)
    }

    fn vitals(&self) -> MutexGuard<'_, Vitals> {
        self.vitals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a span of time need not be exact to the last of 2^52 µs")]
fn decay(passed_us: u64) -> f64 {
    (-(passed_us as f64) / (LATENCY_DECAY.as_secs_f64() * 1e6)).exp()
}

fn micros(at: Duration) -> u64 {
    u64::try_from(at.as_micros()).unwrap_or(u64::MAX)
}
