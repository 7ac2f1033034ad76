//! Ends a request when its time is over, wherever it is. The engine's own timeouts are for single reads and writes.

use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

thread_local! {
    /// When the request that is being polled on this thread is to be dropped.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets, moves or lifts the deadline of the request being served.
pub(crate) fn set(deadline: Option<Instant>) {
    DEADLINE.set(deadline);
}

/// Serves a request until its deadline, if it gets one; `None` when that came first.
pub(crate) fn limited<T>(served: Pin<Box<dyn Future<Output = Option<T>> + Send + '_>>) -> Limited<'_, T> {
    Limited { served, deadline: None, sleep: None }
}

/// See [`limited`].
pub(crate) struct Limited<'e, T> {
    served: Pin<Box<dyn Future<Output = Option<T>> + Send + 'e>>,
    deadline: Option<Instant>,
    /// Made for the few requests that need it.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<T> Future for Limited<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let around = DEADLINE.replace(self.deadline);
        let served = self.served.as_mut().poll(cx);
        self.deadline = DEADLINE.replace(around);
        if served.is_ready() {
            return served;
        }
        let Some(deadline) = self.deadline else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(cx).map(|()| None)
    }
}
