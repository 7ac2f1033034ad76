//! Leaving out endpoints that fail real requests.

use crate::resource::Outliers;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// An ejection lasts at most as many times the first one.
const GROWTH_MAX: u32 = 10;

/// An endpoint that was left out, perhaps still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ejection {
    /// Since when.
    pub since: Duration,
    /// Until when.
    pub until: Duration,
    times: u32,
}

impl Ejection {
    /// The next ejection after `last`. It is longer by the first one's length each time, unless the endpoint has behaved for as long as it was out.
    #[must_use]
    pub fn next(settings: &Outliers, last: Option<Self>, now: Duration) -> Self {
        let times = match last {
            Some(last) if now < last.until + (last.until - last.since) => (last.times + 1).min(GROWTH_MAX),
            _ => 1,
        };
        Self { since: now, until: now.saturating_add(settings.ejection * times), times }
    }
}

/// Whether one more of `endpoints` may be left out when `ejected` of them are.
#[must_use]
pub fn may_eject(settings: &Outliers, endpoints: usize, ejected: usize) -> bool {
    let share = endpoints * usize::from(settings.max_ejected_percent) / 100;
    endpoints > 1 && ejected < share.max(1)
}
