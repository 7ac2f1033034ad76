//! Ends a request when its time is over, wherever it is. The engine's own timeouts are for single reads and writes.

use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

tokio::task_local! {
    /// When the request being served is to be dropped.
    static DEADLINE: Cell<Option<Instant>>;
}

/// Sets, moves or lifts the deadline of the request being served.
pub(crate) fn set(deadline: Option<Instant>) {
    // Outside of a request there is nothing to end.
    let _ = DEADLINE.try_with(|at| at.set(deadline));
}

/// Serves a request until its deadline, if it gets one; `None` when it was dropped then.
pub(crate) fn limited<T>(
    served: Pin<Box<dyn Future<Output = Option<T>> + Send + '_>>,
) -> impl Future<Output = Option<T>> + Send {
    DEADLINE.scope(Cell::new(None), Limited { served, sleep: None })
}

struct Limited<'e, T> {
    served: Pin<Box<dyn Future<Output = Option<T>> + Send + 'e>>,
    /// Made for the few requests that need it.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<T> Future for Limited<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Poll::Ready(served) = self.served.as_mut().poll(cx) {
            return Poll::Ready(served);
        }
        let Some(deadline) = DEADLINE.with(Cell::get) else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(cx).map(|()| None)
    }
}
