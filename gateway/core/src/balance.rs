//! Which endpoint of a cluster is next.

use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(test)]
mod tests;

/// Each in its turn.
#[derive(Debug, Default)]
pub struct RoundRobin {
    turn: AtomicUsize,
}

impl RoundRobin {
    /// The next of `items`; `None` only if there are none.
    pub fn pick<'a, T>(&self, items: &'a [T]) -> Option<&'a T> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        items.get(turn.checked_rem(items.len())?)
    }
}
