//! A switch that opens when too large a share of requests fails, so that a cluster in trouble is left alone and callers learn of it
//! at once. After a while a few requests are let through to see; if all succeed it closes.

use crate::resource::FailureRatio;
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

#[cfg(test)]
mod tests;

/// The window slides in as many steps.
const STEPS: u64 = 10;

/// The switch of one cluster.
#[derive(Debug)]
pub struct Breaker {
    settings: FailureRatio,
    /// Lets requests pass without the lock; true only while the state is `Closed`.
    closed: AtomicBool,
    inner: Mutex<Inner>,
}

/// How a request got through. Each is given back once, by [`Breaker::report`] or [`Breaker::abandon`].
#[derive(Debug, PartialEq, Eq)]
pub enum Pass {
    /// The breaker is closed.
    Ordinary,
    /// One of the few that are let through to see, and in which round of them.
    Probe(u64),
}

/// Where the switch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// None passes.
    Open {
        /// Since when, on the caller's clock.
        since: Duration,
        /// A few are let through from then on.
        until: Duration,
    },
    /// A few pass.
    HalfOpen {
        /// Since when, on the caller's clock.
        since: Duration,
    },
}

#[derive(Debug)]
struct Inner {
    state: State,
    rounds: u64,
    window: [Step; STEPS as usize],
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open { since: Duration, until: Duration },
    HalfOpen { since: Duration, admitted: u32, succeeded: u32 },
}

/// A tenth of the window.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    number: u64,
    requests: u32,
    failures: u32,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(settings: FailureRatio) -> Self {
        let inner = Inner { state: State::Closed, rounds: 0, window: [Step::default(); STEPS as usize] };
        Self { settings, closed: AtomicBool::new(true), inner: Mutex::new(inner) }
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> &FailureRatio {
        &self.settings
    }

    /// Asks for a pass. `now` comes from a clock that never goes back.
    ///
    /// # Errors
    /// The time after which asking again may help.
    pub fn admit(&self, now: Duration) -> Result<Pass, Duration> {
        if self.closed.load(Ordering::Relaxed) {
            return Ok(Pass::Ordinary);
        }
        let mut inner = self.lock();
        if let State::Open { until, .. } = inner.state {
            if now < until {
                return Err(until - now);
            }
            inner.rounds += 1;
            inner.state = State::HalfOpen { since: now, admitted: 0, succeeded: 0 };
        }
        let round = inner.rounds;
        match &mut inner.state {
            State::HalfOpen { admitted, .. } if *admitted < self.settings.half_open_requests => {
                *admitted += 1;
                Ok(Pass::Probe(round))
            }
            State::HalfOpen { .. } => Err(self.settings.open),
            State::Closed | State::Open { .. } => Ok(Pass::Ordinary),
        }
    }

    /// Says how it went. The new state, if this changed it.
    pub fn report(&self, pass: &Pass, ok: bool, now: Duration) -> Option<BreakerState> {
        let mut inner = self.lock();
        let round = inner.rounds;
        match (&mut inner.state, pass) {
            (State::Closed, _) => {
                let step = self.step_of(&mut inner.window, now);
                step.requests = step.requests.saturating_add(1);
                step.failures = step.failures.saturating_add(u32::from(!ok));
                if ok || !self.too_many(&inner.window, now) {
                    return None;
                }
            }
            (State::HalfOpen { succeeded, .. }, Pass::Probe(of)) if *of == round => {
                if ok {
                    *succeeded += 1;
                    if *succeeded < self.settings.half_open_requests {
                        return None;
                    }
                    inner.state = State::Closed;
                    inner.window = [Step::default(); STEPS as usize];
                    self.closed.store(true, Ordering::Relaxed);
                    return Some(BreakerState::Closed);
                }
            }
            // What began before says nothing about how things are now.
            (State::Open { .. } | State::HalfOpen { .. }, _) => return None,
        }
        Some(self.open(&mut inner, now))
    }

    /// Says that what was reported as good has failed after all. The new state, if this changed it.
    pub fn retract(&self, now: Duration) -> Option<BreakerState> {
        let mut inner = self.lock();
        if !matches!(inner.state, State::Closed) {
            return None;
        }
        let step = self.step_of(&mut inner.window, now);
        step.failures = step.failures.saturating_add(1);
        self.too_many(&inner.window, now).then(|| self.open(&mut inner, now))
    }

    fn open(&self, inner: &mut Inner, now: Duration) -> BreakerState {
        let until = now.saturating_add(self.settings.open);
        inner.state = State::Open { since: now, until };
        self.closed.store(false, Ordering::Relaxed);
        BreakerState::Open { since: now, until }
    }

    /// Gives a pass back that led to no result: the client left, or nothing was sent.
    pub fn abandon(&self, pass: &Pass) {
        let Pass::Probe(of) = pass else { return };
        let mut inner = self.lock();
        let round = inner.rounds;
        if let State::HalfOpen { admitted, .. } = &mut inner.state
            && *of == round
        {
            *admitted = admitted.saturating_sub(1);
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        match self.lock().state {
            State::Closed => BreakerState::Closed,
            State::Open { since, until } => BreakerState::Open { since, until },
            State::HalfOpen { since, .. } => BreakerState::HalfOpen { since },
        }
    }

    fn step_of<'w>(&self, window: &'w mut [Step; STEPS as usize], now: Duration) -> &'w mut Step {
        let number = self.step(now);
        let step = &mut window[(number % STEPS) as usize];
        if step.number != number {
            *step = Step { number, ..Step::default() };
        }
        step
    }

    fn too_many(&self, window: &[Step; STEPS as usize], now: Duration) -> bool {
        let number = self.step(now);
        let recent = window.iter().filter(|step| number - step.number.min(number) < STEPS);
        let (requests, failures) = recent.fold((0_u64, 0_u64), |(requests, failures), step| {
            (requests + u64::from(step.requests), failures + u64::from(step.failures))
        });
        #[allow(
            clippy::cast_precision_loss,
            reason = "a share of requests need not be exact to the last of 2^52"
        )]
        let share = failures as f64 / requests.max(1) as f64;
        requests >= u64::from(self.settings.requests_min) && share > self.settings.above
    }

    fn step(&self, now: Duration) -> u64 {
        // From 1 on, so that a step never used is not the present one.
        let length = (self.settings.window / STEPS as u32).as_millis().max(1);
        u64::try_from(now.as_millis() / length).unwrap_or(u64::MAX - STEPS) + STEPS
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
