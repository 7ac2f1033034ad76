//! Connections to upstreams that wait for their next request.
//!
//! Each worker has a pool of its own: a connection belongs to the runtime that opened it, and nobody waits for another thread.

use super::upstream::Link;
use crate::upstream::PoolKey;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, interval};

/// Those that wait for one endpoint; further ones are closed. A bound on all of them is a setting of clusters.
const IDLE_MAX: usize = 512;
/// How often those are closed whose time is over, or whose upstream has closed them.
const SWEEP: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<HashMap<PoolKey, Vec<Idle>>>,
}

struct Idle {
    link: Link,
    until: Instant,
}

impl Pool {
    /// The connection that was used last, if one is left that its upstream has not closed.
    pub(crate) fn take(&self, key: &PoolKey) -> Option<Link> {
        let mut all = self.lock();
        let waiting = all.get_mut(key)?;
        let now = Instant::now();
        while let Some(mut idle) = waiting.pop() {
            if idle.until > now && idle.link.is_quiet() {
                return Some(idle.link);
            }
        }
        None
    }

    /// Keeps a connection for others.
    pub(crate) fn put(&self, key: PoolKey, link: Link, idle_timeout: Duration) {
        let mut all = self.lock();
        let waiting = all.entry(key).or_default();
        if waiting.len() < IDLE_MAX {
            waiting.push(Idle { link, until: Instant::now() + idle_timeout });
        }
    }

    /// Closes what is not wanted any more, for ever.
    pub(crate) async fn sweep(&self) {
        let mut ticks = interval(SWEEP);
        loop {
            let now = ticks.tick().await;
            self.lock().retain(|_, waiting| {
                waiting.retain_mut(|idle| idle.until > now && idle.link.is_quiet());
                !waiting.is_empty()
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PoolKey, Vec<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
