//! Whether, and after what wait, a failed attempt is repeated.

use crate::resource::Retry;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Longer waits help nobody who still waits for an answer.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// What is known of an attempt that failed.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its number; the first is 1.
    pub number: u32,
    /// Whether anything of the request may have reached the upstream.
    pub sent: bool,
    /// Whether the method is idempotent (RFC 9110 section 9.2.2).
    pub idempotent: bool,
    /// Whether the whole body, as far as it was read, can be sent again.
    pub body_kept: bool,
}

impl Retry {
    /// Whether another attempt may follow, as far as the request is concerned. The budget is to be asked after it.
    #[must_use]
    pub fn allows(&self, failed: &Attempt) -> bool {
        failed.number < self.attempts && (!failed.sent || (failed.idempotent && failed.body_kept))
    }

    /// The wait after the attempt with this number, drawn from between half the mean and one and a half. `lot` is random.
    #[must_use]
    pub fn wait(&self, number: u32, lot: u64) -> Duration {
        let doubled = 1_u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
        let mean = self.backoff.saturating_mul(doubled).min(BACKOFF_MAX);
        let mean_us = u64::try_from(mean.as_micros()).unwrap_or(u64::MAX);
        let jitter = if mean_us == 0 { 0 } else { lot % (mean_us + 1) };
        Duration::from_micros(mean_us / 2 + jitter)
    }
}

/// How much of a route's traffic may be repeats, so that retries do not bury an upstream that is already in need.
///
/// Each request pays in a share of a retry, each retry takes a whole one. What was paid in is kept up to ten retries, which is
/// also where it begins, so that a route with few requests can repeat too.
#[derive(Debug)]
pub struct RetryBudget {
    percent: u32,
    /// In hundredths of a retry.
    balance: AtomicU32,
}

impl RetryBudget {
    const RETRY: u32 = 100;
    const BALANCE_MAX: u32 = 10 * Self::RETRY;

    /// A full budget, of so many retries for a hundred requests.
    #[must_use]
    pub fn new(percent: u8) -> Self {
        Self { percent: percent.into(), balance: AtomicU32::new(Self::BALANCE_MAX) }
    }

    /// How many retries for a hundred requests.
    #[must_use]
    pub fn percent(&self) -> u8 {
        u8::try_from(self.percent).unwrap_or(u8::MAX)
    }

    /// Pays in for a request.
    pub fn request(&self) {
        // A full balance is the rule, and then nothing is written that other threads would have to read again.
        if self.balance.load(Ordering::Relaxed) < Self::BALANCE_MAX {
            let paid_in = |balance: u32| Some((balance + self.percent).min(Self::BALANCE_MAX));
            let _ = self.balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, paid_in);
        }
    }

    /// Takes a retry. False when there is none left.
    #[must_use]
    pub fn take(&self) -> bool {
        let taken = |balance: u32| balance.checked_sub(Self::RETRY);
        self.percent > 0 && self.balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }
}
