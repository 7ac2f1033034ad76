//! Errors that come by the thousand, told by the dozen.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

const PERIOD: Duration = Duration::from_secs(60);
const LINES_A_PERIOD: u32 = 10;

/// Lets through so many lines a minute and counts the others, so that a dead upstream does not fill the disk.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Period>);

#[derive(Debug, Default)]
struct Period {
    began: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

impl Gate {
    /// How many lines were suppressed since the last one that was written, if this one is to be written.
    pub(crate) fn admit(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Option<u64> {
        let mut period = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if period.began.is_none_or(|began| now.duration_since(began) >= PERIOD) {
            period.began = Some(now);
            period.lines = 0;
        }
        if period.lines >= LINES_A_PERIOD {
            period.suppressed += 1;
            return None;
        }
        period.lines += 1;
        Some(std::mem::take(&mut period.suppressed))
    }
}
