//! What happens, as it happens: a WebSocket that tells of every change of an incident.
//!
//! One reader looks at the log for all clients. What it finds is written as text once, and each client takes what is of its
//! project. A cursor is a position in the log, so that a client that comes back gets what it has missed, also after a restart.

mod frame;
mod reader;
mod client;

pub(crate) use client::endpoints;
pub(crate) use frame::Frame;

use crate::gather::Gather;
use aetherius_contracts::messages::{
    NOTIFICATION_DELIVERED, NOTIFICATION_SEND, SILENCE_CHANGED, STEP_EXECUTED, TASK_CHANGED, TASK_COMPLETED,
    TASK_CREATED,
};
use aetherius_store::{Store, StoreError};
use axum::Router;
use foundation::shutdown::Shutdown;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, broadcast};

/// What clients are told of.
const TOPICS: &[&str] = &[
    TASK_CREATED,
    TASK_CHANGED,
    STEP_EXECUTED,
    TASK_COMPLETED,
    NOTIFICATION_SEND,
    NOTIFICATION_DELIVERED,
    SILENCE_CHANGED,
];
/// Frames that wait for a slow client; one that falls further behind loads anew.
const BEHIND_MAX: usize = 1024;
const CLIENTS_MAX: usize = 1000;

/// `None`: this process does not see the log.
pub(crate) fn router(live: Option<Arc<Live>>) -> Router {
    endpoints().with_state(live).into()
}

/// The live updates of this process.
pub(crate) struct Live {
    store: Store,
    gather: Arc<Gather>,
    places: Arc<Semaphore>,
    feed: Mutex<Feed>,
}

/// Under one lock, so that between a client's position and its first frame nothing is missing and nothing is there twice.
struct Feed {
    /// Up to here everything was sent; what happened before anybody looked is of the past.
    position: Option<i64>,
    /// Nobody sends any more once it is gone.
    frames: Option<broadcast::Sender<Frame>>,
}

/// A client's place: where it begins, and what comes then.
struct Place {
    position: i64,
    frames: broadcast::Receiver<Frame>,
}

impl Live {
    pub(crate) fn new(store: Store, gather: Arc<Gather>) -> Self {
        let frames = Some(broadcast::channel(BEHIND_MAX).0);
        let feed = Mutex::new(Feed { position: None, frames });
        Self { store, gather, places: Arc::new(Semaphore::new(CLIENTS_MAX)), feed }
    }

    /// Reads the log for all clients until a stop is asked for, and then lets them go.
    pub(crate) async fn run(&self, shutdown: Shutdown) {
        reader::run(self, &shutdown).await;
        self.feed().frames = None;
    }

    /// Begins at the log's end, unless somebody has begun already. Says up to where everything was sent.
    async fn begin(&self) -> Result<i64, StoreError> {
        let known = self.feed().position;
        match known {
            Some(position) => Ok(position),
            None => {
                let end = aetherius_bus::end(&self.store).await?;
                Ok(*self.feed().position.get_or_insert(end))
            }
        }
    }

    /// `None` while we stop.
    async fn enter(&self) -> Result<Option<Place>, StoreError> {
        self.begin().await?;
        let feed = self.feed();
        let place = |frames: &broadcast::Sender<Frame>| Place {
            position: feed.position.unwrap_or_default(),
            frames: frames.subscribe(),
        };
        Ok(feed.frames.as_ref().map(place))
    }

    fn feed(&self) -> std::sync::MutexGuard<'_, Feed> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
