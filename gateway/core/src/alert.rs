//! When an alert is raised and when it is resolved.
//!
//! What happened in each second comes in; out comes a change, at most one in the time a rule names. A value is taken over half of
//! that time, so that a route with few requests is judged too, and must stay beyond the threshold for all of it: a fault that is
//! over in half of the time raises nothing, one that lasts is told.

use crate::histogram;
use std::collections::VecDeque;

#[cfg(test)]
mod tests;

/// Slots a window is kept in.
const SLOTS: u64 = 16;
/// After a longer pause nothing is known of the time between.
const PAUSE_MAX_S: u64 = 5;

/// What raises an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique.
    pub name: String,
    /// What is watched.
    pub on: Signal,
    /// One route or cluster; `None` is each by itself.
    pub of: Option<String>,
    /// Raised above this: milliseconds, or a share 0–1.
    pub above: f64,
    /// Resolved at this or below.
    pub resolve_below: f64,
    /// For how long either must hold, at least 1 s.
    pub for_s: u64,
    /// Fewer requests in that time say nothing.
    pub requests_min: u64,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The slowest hundredth of a route's requests, in milliseconds.
    LatencyP99,
    /// The share of a route's answers that are 5xx.
    ErrorRatio,
    /// A cluster without a healthy endpoint.
    UpstreamDown,
    /// The share of connections to a cluster that fail.
    ConnectFailureRatio,
}

impl Signal {
    /// As in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LatencyP99 => "latency_p99",
            Self::ErrorRatio => "error_ratio",
            Self::UpstreamDown => "upstream_down",
            Self::ConnectFailureRatio => "connect_failure_ratio",
        }
    }

    /// Whether it is about a route, and not about a cluster.
    #[must_use]
    pub fn is_of_route(self) -> bool {
        matches!(self, Self::LatencyP99 | Self::ErrorRatio)
    }
}

/// What happened since the last step.
#[derive(Clone, Copy, Debug)]
pub enum Sample<'a> {
    /// So many of so many.
    Ratio {
        /// What went wrong.
        bad: u64,
        /// All.
        total: u64,
    },
    /// Requests by duration, in the buckets of [`histogram`].
    Durations(&'a [u64; histogram::BUCKETS]),
    /// Whether it is so at this moment.
    Level(bool),
}

/// An alert that begins or ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// It begins.
    pub raised: bool,
    /// The value that decided, in the unit of the rule.
    pub value: f64,
}

/// A rule at work on one route or cluster.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    window: Window,
    hysteresis: Hysteresis,
}

impl Watch {
    /// Takes in what happened until `now_s`, in seconds of a clock that never goes back.
    pub fn step(&mut self, rule: &Rule, now_s: u64, sample: Sample<'_>) -> Option<Change> {
        let value = self.value(rule, now_s, sample);
        self.hysteresis.step(rule, now_s, value)
    }

    /// Whether the alert is raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.hysteresis.raised
    }

    /// Too few requests are no reason to raise, and none to keep an alert up.
    fn value(&mut self, rule: &Rule, now_s: u64, sample: Sample<'_>) -> f64 {
        match sample {
            Sample::Level(on) => f64::from(u8::from(on)),
            Sample::Ratio { bad, total } => {
                let counts = self.window.push(rule.for_s, now_s, &[bad, total]);
                if counts.all(1..2) < rule.requests_min.max(1) {
                    return 0.0;
                }
                let recent = counts.recent();
                ratio(recent[0], recent[1])
            }
            Sample::Durations(durations) => {
                let counts = self.window.push(rule.for_s, now_s, durations);
                if counts.all(0..histogram::BUCKETS) < rule.requests_min.max(1) {
                    return 0.0;
                }
                histogram::quantile(&counts.recent(), 0.99).unwrap_or(0.0) / 1000.0
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn ratio(bad: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { bad as f64 / total as f64 }
}

/// Raised or not, and since when the value says otherwise.
#[derive(Clone, Debug, Default)]
struct Hysteresis {
    raised: bool,
    beyond_since: Option<u64>,
    stepped_at: u64,
}

impl Hysteresis {
    fn step(&mut self, rule: &Rule, now_s: u64, value: f64) -> Option<Change> {
        if now_s.saturating_sub(self.stepped_at) > PAUSE_MAX_S {
            self.beyond_since = None;
        }
        self.stepped_at = now_s;
        let beyond = if self.raised { value <= rule.resolve_below } else { value > rule.above };
        if !beyond {
            self.beyond_since = None;
            return None;
        }
        let since = *self.beyond_since.get_or_insert(now_s);
        if now_s - since < rule.for_s {
            return None;
        }
        self.raised = !self.raised;
        self.beyond_since = None;
        Some(Change { raised: self.raised, value })
    }
}

/// Counts of the last seconds, in slots.
#[derive(Clone, Debug, Default)]
struct Window {
    /// The slot's number, counted from the zero of the clock, and its counts.
    slots: VecDeque<(u64, Box<[u32]>)>,
}

impl Window {
    fn push(&mut self, for_s: u64, now_s: u64, counts: &[u64]) -> Counts<'_> {
        let slot_s = for_s.div_ceil(SLOTS).max(1);
        let now = now_s / slot_s;
        let all = for_s.div_ceil(slot_s);
        self.slots.retain(|(number, _)| number + all > now);
        if self.slots.back().is_none_or(|(number, _)| *number != now) {
            self.slots.push_back((now, vec![0; counts.len()].into()));
        }
        if let Some((_, slot)) = self.slots.back_mut() {
            for (sum, &count) in slot.iter_mut().zip(counts) {
                *sum = sum.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
        Counts { window: self, recent_from: now + 1 - all.div_ceil(2).min(now + 1) }
    }
}

/// The sums of a window.
struct Counts<'a> {
    window: &'a Window,
    recent_from: u64,
}

impl Counts<'_> {
    /// The sum of some counters over the whole window.
    fn all(&self, counters: std::ops::Range<usize>) -> u64 {
        let slots = self.window.slots.iter();
        slots.flat_map(|(_, slot)| &slot[counters.clone()]).map(|&count| u64::from(count)).sum()
    }

    /// Each counter's sum over the second half.
    fn recent(&self) -> Vec<u64> {
        let mut sums = Vec::new();
        for (_, slot) in self.window.slots.iter().filter(|(number, _)| *number >= self.recent_from) {
            sums.resize(slot.len(), 0);
            for (sum, &count) in sums.iter_mut().zip(slot) {
                *sum += u64::from(count);
            }
        }
        sums
    }
}
