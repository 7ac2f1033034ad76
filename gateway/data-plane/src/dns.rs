//! Names of endpoints, resolved in the background and again from time to time.

use crate::upstream::Upstream;
use std::{
    collections::HashMap,
    fmt, io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    net::lookup_host,
    sync::Semaphore,
    time::{sleep, timeout},
};

#[cfg(test)]
mod tests;

/// Lookups under way at one time. Each may hold a thread for as long as the system's resolver likes.
const LOOKUPS_MAX: usize = 16;
/// How long an answer is waited for.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);
/// Names remembered before those that nobody asks about are looked for.
const NAMES_MAX: usize = 1024;

type Lookup =
    Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// Asks about each name once, however many clusters have it.
pub(crate) struct Resolver {
    lookup: Arc<Lookup>,
    permits: Arc<Semaphore>,
    names: Mutex<HashMap<String, Arc<Name>>>,
}

type Name = tokio::sync::Mutex<Option<(Instant, Arc<[IpAddr]>)>>;

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Resolver {
    /// Asks the system, which knows of `/etc/hosts` and the like.
    pub(crate) fn system() -> Self {
        Self::new(Box::new(|name| {
            Box::pin(async move { Ok(lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
        }))
    }

    fn new(lookup: Lookup) -> Self {
        let permits = Arc::new(Semaphore::new(LOOKUPS_MAX));
        Self { lookup: Arc::new(lookup), permits, names: Mutex::default() }
    }

    /// The addresses of a name, as they were at most `age_max` ago; none when it cannot be resolved.
    pub(crate) async fn resolve(&self, name: &str, age_max: Duration) -> Arc<[IpAddr]> {
        let entry = self.entry(name);
        let mut known = entry.lock().await;
        if let Some((at, addresses)) = &*known
            && at.elapsed() < age_max
        {
            return Arc::clone(addresses);
        }
        let addresses: Arc<[IpAddr]> = match self.look_up(name).await {
            Ok(addresses) => addresses.into(),
            Err(error) => {
                // Once, until it can be resolved again.
                if known.as_ref().is_none_or(|(_, addresses)| !addresses.is_empty()) {
                    tracing::warn!(name, %error, "cannot resolve an endpoint");
                }
                Arc::default()
            }
        };
        *known = Some((Instant::now(), Arc::clone(&addresses)));
        addresses
    }

    fn entry(&self, name: &str) -> Arc<Name> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX && !names.contains_key(name) {
            // What is asked again is asked at least every hour.
            let recent = |entry: &Name| match entry.try_lock().as_deref() {
                Ok(Some((at, _))) => at.elapsed() < Duration::from_secs(3600),
                Ok(None) => false,
                Err(_) => true,
            };
            names.retain(|_, entry| Arc::strong_count(entry) > 1 || recent(entry));
        }
        Arc::clone(names.entry(name.to_owned()).or_default())
    }

    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(io::Error::other)?;
        let (lookup, name) = (Arc::clone(&self.lookup), name.to_owned());
        // A lookup cannot be interrupted, so it goes on with its permit when nobody waits any more.
        let task = tokio::spawn(async move {
            let _held = permit;
            lookup(name).await
        });
        timeout(LOOKUP_TIMEOUT, task).await.map_err(io::Error::other)?.map_err(io::Error::other)?
    }
}

/// Tells a cluster the addresses of its names, for ever.
pub(crate) async fn keep_resolved(upstream: Arc<Upstream>) {
    let refresh = upstream.live.cluster.dns_refresh;
    let mut names: Vec<String> = upstream.live.names().map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    loop {
        let resolving = names.iter().map(|name| async {
            // A little less than the time between two rounds, so that each round finds the last one's answer too old.
            let addresses = upstream.common.resolver.resolve(name, refresh / 2).await;
            upstream.live.resolved(name, addresses.to_vec(), upstream.common.now());
            upstream.resolved.notify_waiters();
        });
        join_all(resolving).await;
        sleep(refresh).await;
    }
}

/// Runs them side by side.
async fn join_all(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut running: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        running.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
