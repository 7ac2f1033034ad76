//! Telling people who wait how far it is: on standard error, in place on a terminal, a line now and then elsewhere.

use std::{
    io::{IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a log is told.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often a terminal is written anew.
const REDRAW_EVERY: Duration = Duration::from_millis(100);

/// A line that changes while something runs.
pub(crate) struct Progress {
    is_terminal: bool,
    begun: Instant,
    told: Mutex<Instant>,
}

impl Progress {
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Self { is_terminal: std::io::stderr().is_terminal(), begun: now, told: Mutex::new(now) }
    }

    /// Tells how far it is, unless that was done a moment ago. `text` is a few words.
    pub(crate) fn tell(&self, text: &str) {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.is_terminal { REDRAW_EVERY } else { LINE_EVERY };
        if now.duration_since(*told) < pause {
            return;
        }
        *told = now;
        let seconds = self.begun.elapsed().as_secs();
        // Nobody may be there to read it, and then there is nothing to tell.
        let _ = if self.is_terminal {
            write!(std::io::stderr(), "\r{text}, {seconds} s\x1b[K")
        } else {
            writeln!(std::io::stderr(), "{text}, {seconds} s")
        };
    }

    /// Takes the line away, so that what follows begins at the margin.
    pub(crate) fn end(self) {
        if self.is_terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
