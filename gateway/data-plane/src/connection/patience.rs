//! How long a connection is waited for, whatever it is that it waits for.

use crate::listener::IDLE_GRACE;
use pingora_core::server::ShutdownWatch;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep};

/// A deadline that is moved all the time.
///
/// One timer serves all the deadlines of a connection. To move one further away is free: the timer goes off early and is set anew.
pub(crate) struct Patience<'s> {
    timer: Pin<&'s mut Sleep>,
    deadline: Instant,
    draining: ShutdownWatch,
    /// The deadline does not come nearer when the listener goes away, or has done so already.
    settled: bool,
}

impl<'s> Patience<'s> {
    pub(super) fn new(timer: Pin<&'s mut Sleep>, deadline: Instant, draining: ShutdownWatch) -> Self {
        Self { timer, deadline, draining, settled: false }
    }

    /// Until then, or less when the listener goes away.
    pub(super) fn until(&mut self, deadline: Instant) {
        (self.deadline, self.settled) = (deadline, false);
    }

    pub(crate) fn until_whatever_happens(&mut self, deadline: Instant) {
        (self.deadline, self.settled) = (deadline, true);
    }

    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A sender that is gone has said all it had to say.
        if !self.settled && self.draining.has_changed().unwrap_or(true) {
            // A client that was about to send gets its answer, with the word that it is the last one.
            self.until_whatever_happens(self.deadline.min(Instant::now() + IDLE_GRACE));
        }
        if self.timer.deadline() > self.deadline {
            self.timer.as_mut().reset(self.deadline);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
        }
        Poll::Pending
    }
}
