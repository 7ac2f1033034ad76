//! One watch: lists, watches, writes down, and begins again when a connection ends.

use super::{
    client::{self, Lines},
    protocol::{WatchError, read_line},
    reader::Reader,
    scope::{Resource, Scope},
    settings::{ClusterAccess, WatchConfig},
    status::Status,
    store::{self, Fate, Terms},
};
use crate::pace::Pace;
use aetherius_rpc::backoff;
use aetherius_store::{Store, StoreError, Urgency};
use foundation::shutdown::Shutdown;
use jiff::Timestamp;
use kube::Client;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};

/// How long the server is asked to keep a connection, at least …
const LIFE_SECONDS: u32 = 240;
/// … and at most so much longer, so that all watches do not come back together.
const LIFE_SPREAD_SECONDS: u32 = 60;
/// A server that is silent for so long after that is gone.
const GRACE: Duration = Duration::from_secs(30);
/// A connection that ends sooner did not work.
const LIFE_MIN: Duration = Duration::from_secs(1);
/// After one that lasted so long, an error is not the continuation of those before it.
const LIFE_GOOD: Duration = Duration::from_secs(10);
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// How long a cursor that moved over nothing that counts may be ahead of the one that is written.
const CURSOR_LAG_MAX: Duration = Duration::from_secs(5);
/// Sightings that are written at once. A longer list is written in parts, and the cursor with the last.
const SIGHTINGS_MAX: usize = 1000;
/// Lines that are read before what they brought is written.
const LINES_MAX: usize = 500;
/// Pages of a list: 250,000 objects.
const PAGES_MAX: usize = 1000;
const ROOM_CHECK_EVERY: Duration = Duration::from_millis(250);
const DROPPED_LOG_EVERY: Duration = Duration::from_secs(60);

/// What all watches have in common.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) config: WatchConfig,
    pub(crate) project_id: String,
    /// New events of each cluster.
    pub(crate) pace: Pace,
    /// Events that wait for a task.
    pub(crate) backlog: Arc<AtomicU32>,
    /// Watches wait while so many do: the rest of the inbox is for who cannot wait.
    pub(crate) backlog_max: u32,
}

/// One watch.
pub(crate) struct Watch {
    pub(crate) scope: Scope,
    pub(crate) access: ClusterAccess,
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: Arc<Status>,
    /// Of this cluster, as its watch of nodes knows it.
    pub(crate) nodes_not_ready: Arc<AtomicU32>,
    pub(crate) dropped: Mutex<Dropped>,
}

/// What was beyond the rate and is not logged yet.
#[derive(Default)]
pub(crate) struct Dropped {
    count: u64,
    logged_at: Option<Instant>,
}

impl Watch {
    /// Watches until a stop is asked for. What was not written then is seen again after the next start.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        let mut failures = 0;
        let mut reader = None;
        while !shutdown.is_requested() {
            let outcome = tokio::select! {
                () = shutdown.requested() => break,
                outcome = self.session(&mut reader, &mut failures) => outcome,
            };
            let wait = self.end(outcome, &mut reader, &mut failures);
            tokio::select! {
                () = shutdown.requested() => break,
                () = sleep(wait) => {}
            }
        }
        if let Some(reader) = &mut reader
            && let Err(error) = self.write(reader).await
        {
            tracing::debug!(%error, "the last position of a watch was not written");
        }
    }

    /// Notes how a connection ended, and says how long to wait before the next.
    fn end(
        &self,
        outcome: Result<(), WatchError>,
        reader: &mut Option<Reader>,
        failures: &mut u32,
    ) -> Duration {
        let Err(error) = outcome else {
            self.status.ended();
            return Duration::ZERO;
        };
        *failures = failures.saturating_add(1);
        if let Some(reader) = reader {
            reader.note_failure(&error);
        }
        let Scope { cluster, namespace, .. } = &self.scope;
        let resource = self.scope.resource.name();
        let is_routine = matches!(error, WatchError::Gone);
        if self.status.failed(&error) && !is_routine {
            tracing::warn!(cluster, resource, namespace, error = %error, "a watch of a cluster was interrupted");
        } else {
            tracing::debug!(cluster, resource, namespace, error = %error, "a watch of a cluster was interrupted");
        }
        if is_routine && *failures == 1 {
            return Duration::ZERO;
        }
        let own = backoff::delay(*failures, RETRY_FIRST, RETRY_MAX, backoff::random());
        match error {
            WatchError::Refused { retry_after: Some(asked), .. } => own.max(asked.min(RETRY_AFTER_MAX)),
            _ => own,
        }
    }

    /// One connection, from what was written down to its end.
    async fn session(&self, reader: &mut Option<Reader>, failures: &mut u32) -> Result<(), WatchError> {
        let reader = match reader {
            Some(reader) => reader,
            none => none.insert(self.restore().await?),
        };
        self.write(reader).await?;
        let client = client::connect(&self.access).await?;
        let rules = &self.shared.config.rules;
        if self.scope.resource == Resource::Events && reader.position().is_some() {
            // The events of a cluster that was set back would be waited for until its history is as long again.
            let newest = client::newest_version(&client, &self.scope, rules).await?;
            if reader.is_ahead_of(&newest) {
                tracing::warn!(
                    cluster = self.scope.cluster,
                    "the history of the cluster ends before what was seen of it: it was restored, or is another one; beginning anew"
                );
                return self.list(&client, reader).await;
            }
        }
        if reader.position().is_none() {
            self.list(&client, reader).await?;
        }
        let version = reader.position().unwrap_or_default().to_owned();
        let seconds = LIFE_SECONDS + backoff::random() % LIFE_SPREAD_SECONDS;
        let began = Instant::now();
        let lines = client::watch(&client, &self.scope, rules, &version, seconds).await?;
        self.status.connected();
        tracing::debug!(
            cluster = self.scope.cluster,
            resource = self.scope.resource.name(),
            version,
            "watching"
        );
        let end = began + Duration::from_secs(seconds.into()) + GRACE;
        let outcome = self.follow(lines, reader, failures, end).await;
        if began.elapsed() >= LIFE_GOOD {
            *failures = 0;
        }
        outcome?;
        if began.elapsed() < LIFE_MIN {
            return Err(WatchError::Unreachable("the connection ended at once".to_owned()));
        }
        Ok(())
    }

    async fn restore(&self) -> Result<Reader, WatchError> {
        let scope = self.scope.clone();
        let restored: Result<_, StoreError> = self
            .shared
            .store
            .read(move |tx| Ok((store::cursor(tx, &scope)?, store::told(tx, &scope)?)))
            .await;
        let (cursor, told) = restored?;
        if let Some((version, moved_at)) = &cursor {
            self.status.came_to(version, *moved_at);
        }
        let cursor = cursor.map(|(version, _)| version);
        Ok(Reader::new(&self.scope, &self.shared.config.rules, cursor, told))
    }

    /// Reads all that there is, and takes what is news.
    async fn list(&self, client: &Client, reader: &mut Reader) -> Result<(), WatchError> {
        let rules = &self.shared.config.rules;
        let mut page = client::page(client, &self.scope, rules, "").await?;
        let mut listing = reader.begin_list(page.metadata.resource_version.clone());
        for _ in 0..PAGES_MAX {
            let now = Timestamp::now();
            for object in page.items {
                // One that cannot be read must not keep the others from being read.
                if let Err(error) = reader.listed(&mut listing, object, now) {
                    tracing::warn!(cluster = self.scope.cluster, resource = self.scope.resource.name(), error = %error, "an object was passed over");
                }
            }
            if page.metadata.next.is_empty() {
                break;
            }
            if reader.batch().sightings.len() >= SIGHTINGS_MAX {
                self.write(reader).await?;
            }
            page = client::page(client, &self.scope, rules, &page.metadata.next).await?;
        }
        reader.end_list(listing);
        self.look_at_clock(reader);
        self.write(reader).await
    }

    /// Reads lines until the connection ends.
    async fn follow(
        &self,
        mut lines: Lines,
        reader: &mut Reader,
        failures: &mut u32,
        end: Instant,
    ) -> Result<(), WatchError> {
        let mut written_at = Instant::now();
        loop {
            let lag_end = written_at + CURSOR_LAG_MAX;
            let due = reader.due_at().map(|at| Instant::now() + until(at));
            tokio::select! {
                line = lines.next() => {
                    let Some(line) = line else { return self.write(reader).await };
                    let read = self.read_some(line?, &mut lines, reader);
                    self.look_at_clock(reader);
                    if !reader.batch().can_wait() || read.is_err() {
                        self.write(reader).await?;
                        written_at = Instant::now();
                    }
                    read?;
                    *failures = 0;
                }
                () = sleep_until(lag_end), if reader.batch().cursor.is_some() => {
                    self.write(reader).await?;
                    written_at = Instant::now();
                }
                () = sleep_until(due.unwrap_or(end)), if due.is_some() => {
                    self.look_at_clock(reader);
                    self.write(reader).await?;
                }
                () = sleep_until(end) => {
                    return Err(WatchError::Unreachable("the API server fell silent".to_owned()));
                }
            }
        }
    }

    /// Reads a line and those that have arrived with it.
    fn read_some(&self, first: Vec<u8>, lines: &mut Lines, reader: &mut Reader) -> Result<(), WatchError> {
        let now = Timestamp::now();
        let mut line = Some(first);
        for _ in 0..LINES_MAX {
            let Some(text) = line.take() else { break };
            reader.changed(read_line(&text, || self.scope.right())?, now)?;
            self.status.heard(now);
            line = lines.buffered();
        }
        Ok(())
    }

    fn look_at_clock(&self, reader: &mut Reader) {
        if self.scope.resource == Resource::Nodes {
            self.nodes_not_ready.store(reader.troubled(), Ordering::Relaxed);
        }
        reader.pass_time(Timestamp::now(), self.nodes_not_ready.load(Ordering::Relaxed));
    }

    /// Writes what the reader has, in one transaction. When that fails it is kept.
    async fn write(&self, reader: &mut Reader) -> Result<(), WatchError> {
        let batch = reader.batch().clone();
        if batch.can_wait() && batch.cursor.is_none() {
            return Ok(());
        }
        while !batch.sightings.is_empty()
            && self.shared.backlog.load(Ordering::Relaxed) >= self.shared.backlog_max
        {
            sleep(ROOM_CHECK_EVERY).await;
        }
        let cursor = batch.cursor.clone();
        let (scope, shared) = (self.scope.clone(), Arc::clone(&self.shared));
        let now = Timestamp::now();
        let job = move |tx: &aetherius_store::Tx<'_>| {
            let terms = Terms {
                project_id: &shared.project_id,
                now,
                ttl: shared.config.deduplication_ttl,
                pace: &shared.pace,
            };
            store::take(tx, &scope, batch, &terms)
        };
        let fates: Vec<Fate> = self.shared.store.write(Urgency::Work, job).await?;
        reader.written(&fates);
        if let Some(version) = cursor {
            self.status.came_to(&version, now);
        }
        fates.iter().for_each(|&fate| self.status.count(fate));
        self.note_dropped(fates.iter().filter(|&&fate| fate == Fate::Dropped).count());
        Ok(())
    }

    fn note_dropped(&self, count: usize) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.count += count as u64;
        let is_quiet = dropped.logged_at.is_none_or(|at| at.elapsed() >= DROPPED_LOG_EVERY);
        if dropped.count > 0 && is_quiet {
            tracing::warn!(
                cluster = self.scope.cluster,
                resource = self.scope.resource.name(),
                events = dropped.count,
                "more new events than `rate_limit_per_minute` lets in; those beyond make no task unless they are seen again"
            );
            *dropped = Dropped { count: 0, logged_at: Some(Instant::now()) };
        }
    }
}

/// How long it is until a moment; nothing when it has passed.
fn until(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default()
}
