//! How fast one source may send.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Sources remembered; beyond that the whole memory is dropped, which errs on the side of letting through.
const SOURCES_MAX: usize = 10_000;

/// A limit per minute for each source, all of which may be used at once (GCRA with a burst of a minute).
pub(crate) struct Pace {
    interval: Duration,
    next_free: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { interval: Duration::from_secs(60) / per_minute.max(1), next_free: Mutex::default() }
    }

    /// `Err` holds how long the source must wait.
    pub(crate) fn admit(&self, source: &str, now: Instant) -> Result<(), Duration> {
        let mut next_free = self.next_free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = next_free.get(source).copied().unwrap_or(now).max(now);
        let burst = Duration::from_secs(60).saturating_sub(self.interval);
        let ahead = free - now;
        if ahead > burst {
            return Err(ahead - burst);
        }
        if next_free.len() >= SOURCES_MAX {
            next_free.clear();
        }
        next_free.insert(source.to_owned(), free + self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::{Duration, Instant};

    #[test]
    fn a_source_may_send_its_minute_at_once_and_then_at_its_pace() {
        let pace = Pace::new(60);
        let start = Instant::now();
        for _ in 0..60 {
            pace.admit("a", start).unwrap();
        }
        let wait = pace.admit("a", start).unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        pace.admit("b", start).unwrap();
        pace.admit("a", start + Duration::from_secs(1)).unwrap();
        pace.admit("a", start + Duration::from_secs(1)).unwrap_err();
    }
}
