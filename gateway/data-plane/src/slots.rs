//! How many client connections there may be, and how many there are.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Counts open connections.
#[derive(Debug)]
pub(crate) struct Slots {
    max: AtomicUsize,
    open: AtomicUsize,
    freed: Notify,
}

/// One open connection.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
}

impl Slots {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: AtomicUsize::new(max), open: AtomicUsize::new(0), freed: Notify::new() }
    }

    /// Changes the limit. Connections beyond a lower one stay.
    pub(crate) fn set_max(&self, max: usize) {
        self.max.store(max, Ordering::Release);
        self.freed.notify_waiters();
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Waits until there may be one more.
    pub(crate) async fn take(self: &Arc<Self>) -> Slot {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(slot) = self.try_take() {
                return slot;
            }
            freed.await;
        }
    }

    /// Waits until there are none.
    pub(crate) async fn all_free(&self) {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.open() == 0 {
                return;
            }
            freed.await;
        }
    }

    /// If there may be one more.
    pub(crate) fn try_take(self: &Arc<Self>) -> Option<Slot> {
        let max = self.max.load(Ordering::Acquire);
        let more = |open| (open < max).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Slot { slots: Arc::clone(self) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.open.fetch_sub(1, Ordering::AcqRel);
        self.slots.freed.notify_waiters();
    }
}
