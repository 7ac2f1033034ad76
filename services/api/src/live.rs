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
    KEY_REVOKED, NOTIFICATION_DELIVERED, NOTIFICATION_SEND, SESSION_ENDED, SILENCE_CHANGED, STEP_EXECUTED,
    TASK_CHANGED, TASK_COMPLETED, TASK_CREATED, USER_CHANGED, USER_DELETED,
};
use aetherius_store::{Store, StoreError};
use axum::Router;
use foundation::shutdown::Shutdown;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, broadcast},
    time::Instant,
};

/// What clients are told of.
const TOPICS: &[&str] = &[
    TASK_CREATED,
    TASK_CHANGED,
    STEP_EXECUTED,
    TASK_COMPLETED,
    NOTIFICATION_SEND,
    NOTIFICATION_DELIVERED,
    SILENCE_CHANGED,
    USER_CHANGED,
    USER_DELETED,
    KEY_REVOKED,
    SESSION_ENDED,
];
/// What ends the connections of somebody, who is to show again who they are.
const RIGHTS: &[&str] = &[USER_CHANGED, USER_DELETED, KEY_REVOKED, SESSION_ENDED];
/// Whoever lets clients in knows by then what has changed about somebody; before, they may have been let in by mistake.
const RIGHTS_LAG: Duration = Duration::from_secs(5);
/// As long as a token of a person is valid.
const OPEN_MAX: Duration = Duration::from_secs(15 * 60);
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
    /// Whose rights have changed within [`RIGHTS_LAG`], and when we heard of it.
    changed: HashMap<String, Instant>,
}

/// A client's place: where it begins, and what comes then.
struct Place {
    position: i64,
    frames: broadcast::Receiver<Frame>,
    /// Then the client has to come again.
    until: Instant,
}

impl Live {
    pub(crate) fn new(store: Store, gather: Arc<Gather>) -> Self {
        let frames = Some(broadcast::channel(BEHIND_MAX).0);
        let feed = Mutex::new(Feed { position: None, frames, changed: HashMap::new() });
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

    /// A place for the caller of this name; `None` while we stop.
    async fn enter(&self, name: &str) -> Result<Option<Place>, StoreError> {
        self.begin().await?;
        let feed = self.feed();
        let until = match feed.changed.get(name) {
            Some(heard) if heard.elapsed() < RIGHTS_LAG => *heard + RIGHTS_LAG,
            _ => Instant::now() + OPEN_MAX,
        };
        let place = |frames: &broadcast::Sender<Frame>| Place {
            position: feed.position.unwrap_or_default(),
            frames: frames.subscribe(),
            until,
        };
        Ok(feed.frames.as_ref().map(place))
    }

    fn feed(&self) -> std::sync::MutexGuard<'_, Feed> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
