//! How services hear of each other: messages out of a transaction, into a transaction.
//!
//! Embedded, the outbox table is the log and each consumer keeps its own offset, which moves in the transaction of what the
//! consumer did with the message. So delivery is at least once, and in one database effects happen once.
//!
//! Invariants: a message is published only in a transaction; an entry that cannot be handled is buried with its reason and
//! neither blocks the log nor is lost; a consumer that fails for a passing reason tries the same entry again.

use aetherius_store::{Store, StoreError, Tx, Urgency, outbox};
use foundation::{shutdown::Shutdown, trace::TraceParent};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// Entries read at once.
const BATCH: u32 = 64;
/// A transaction handles no further entry once it has worked this long: others wait for the same writer, people among them.
const BATCH_TIME_MAX: Duration = Duration::from_millis(3);
/// How far a consumer's offset may lag behind entries that do not concern it, so that the log can be pruned.
const IDLE_LAG_MAX: i64 = 1000;
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Where a message belongs: every message carries these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The project it belongs to.
    pub project_id: String,
    /// The lane it travels in; empty for the base.
    pub lane: String,
    /// The trace it continues.
    pub trace: TraceParent,
}

/// A message as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its position in the log: later messages have a higher one, also after a restart.
    pub seq: i64,
    /// Unique; the same message always comes with the same id.
    pub id: String,
    /// E.g. `event.received`.
    pub topic: String,
    /// Where it belongs.
    pub context: Context,
    payload: String,
}

impl Message {
    /// The payload as the type its topic promises.
    ///
    /// # Errors
    /// [`HandleError::Unreadable`] when it is something else; return it from the handler as it is.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, HandleError> {
        serde_json::from_str(&self.payload).map_err(|error| {
            HandleError::Unreadable(format!("{} does not hold what its topic promises: {error}", self.id))
        })
    }

    /// The payload as it travelled: JSON.
    #[must_use]
    pub fn raw_payload(&self) -> &str {
        &self.payload
    }

    fn from_entry(entry: &outbox::Entry) -> Self {
        let trace = TraceParent::parse(&entry.trace).unwrap_or_else(TraceParent::new_root);
        Self {
            seq: entry.seq,
            id: entry.id.clone(),
            topic: entry.topic.clone(),
            context: Context { project_id: entry.project_id.clone(), lane: entry.lane.clone(), trace },
            payload: entry.payload.clone(),
        }
    }
}

/// Why a message was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// It never will be: the message is buried with this reason.
    #[error("{0}")]
    Unreadable(String),
    /// Not now: the batch is undone and tried again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a message in the transaction of what it tells about. The same `id` twice is one message.
///
/// # Errors
/// Whatever the database says.
pub fn publish<T: Serialize>(
    tx: &Tx<'_>,
    id: String,
    topic: &str,
    context: &Context,
    payload: &T,
) -> Result<(), StoreError> {
    let payload = serde_json::to_string(payload).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let entry = outbox::Entry {
        seq: 0,
        id,
        topic: topic.to_owned(),
        project_id: context.project_id.clone(),
        lane: context.lane.clone(),
        trace: context.trace.to_string(),
        payload,
        created_at: jiff::Timestamp::now(),
    };
    outbox::append(tx, &entry)
}

/// How many messages of a topic a consumer has not taken yet; counts no further than `limit`.
///
/// # Errors
/// Whatever the database says.
pub async fn backlog(
    store: &Store,
    consumer: &'static str,
    topic: &'static str,
    limit: u32,
) -> Result<u32, StoreError> {
    store
        .read(move |tx| {
            let offset = outbox::offset(tx, consumer)?;
            outbox::count_after(tx, topic, offset, limit)
        })
        .await
}

/// A piece of the log.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Up to where the log was read: nothing of the topics is missing before it.
    pub read_to: i64,
    /// The position of the oldest message that is still kept, of whatever topic; 0 when nothing is.
    pub oldest: i64,
}

/// The position of the log's end.
///
/// # Errors
/// Whatever the database says.
pub async fn end(store: &Store) -> Result<i64, StoreError> {
    store.read(outbox::end).await
}

/// The messages of `topics` behind the position `after`, at most `limit`. For whoever looks on and keeps no offset; where
/// something is done about a message, [`consume`] it.
///
/// # Errors
/// Whatever the database says.
pub async fn read_after(
    store: &Store,
    topics: &'static [&'static str],
    after: i64,
    limit: u32,
) -> Result<Piece, StoreError> {
    store
        .read(move |tx| {
            let (entries, end) = outbox::read_after(tx, topics, after, limit)?;
            let is_whole = entries.len() < limit as usize;
            let read_to = entries.last().filter(|_| !is_whole).map_or(end, |last| last.seq).max(after);
            let messages = entries.iter().map(Message::from_entry).collect();
            Ok(Piece { messages, read_to, oldest: outbox::oldest(tx)? })
        })
        .await
}

/// Hands every message of `topics` to `handle`, in order, each once in the transaction that also moves the offset of `consumer`.
/// Returns when a stop is asked for; what was not handled is handled after the next start.
pub async fn consume<H>(
    store: Store,
    consumer: &'static str,
    topics: &'static [&'static str],
    handle: H,
    shutdown: Shutdown,
) where
    H: Fn(&Tx<'_>, &Message) -> Result<(), HandleError> + Send + Sync + 'static,
{
    let handle = Arc::new(handle);
    let mut appended = store.appended();
    let mut retry = RETRY_FIRST;
    while !shutdown.is_requested() {
        appended.mark_unchanged();
        let wait = match step(&store, consumer, topics, &handle).await {
            Ok(0) => None,
            Ok(_) => {
                retry = RETRY_FIRST;
                continue;
            }
            Err(error) => {
                tracing::warn!(consumer, %error, retry_ms = retry.as_millis(), "a consumer will try again");
                let delay = retry;
                retry = (retry * 2).min(RETRY_MAX);
                Some(delay)
            }
        };
        let news = async {
            match wait {
                Some(delay) => tokio::time::sleep(delay).await,
                // An error means that the store is closed: wait for the stop instead of spinning.
                None => {
                    if appended.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            }
        };
        tokio::select! {
            () = shutdown.requested() => return,
            () = news => {}
        }
    }
}

/// Takes what waits, up to a batch; says how many entries that was.
async fn step<H>(
    store: &Store,
    consumer: &'static str,
    topics: &'static [&'static str],
    handle: &Arc<H>,
) -> Result<usize, StoreError>
where
    H: Fn(&Tx<'_>, &Message) -> Result<(), HandleError> + Send + Sync + 'static,
{
    let read = move |tx: &Tx<'_>| {
        let offset = outbox::offset(tx, consumer)?;
        let (entries, end) = outbox::read_after(tx, topics, offset, BATCH)?;
        Ok::<_, StoreError>((offset, entries, end))
    };
    let (offset, entries, end) = store.read(read).await?;
    if entries.is_empty() && end - offset > IDLE_LAG_MAX {
        store.write(Urgency::Work, move |tx| outbox::set_offset(tx, consumer, end)).await?;
    }
    let taken = entries.len();
    let mut left = VecDeque::from(entries);
    while !left.is_empty() {
        let handle = Arc::clone(handle);
        left = store.write(Urgency::Work, move |tx| take_some(tx, consumer, &*handle, left)).await?;
    }
    Ok(taken)
}

/// Handles entries for as long as a transaction may take, at least one, and gives back the others.
fn take_some<H>(
    tx: &Tx<'_>,
    consumer: &'static str,
    handle: &H,
    mut entries: VecDeque<outbox::Entry>,
) -> Result<VecDeque<outbox::Entry>, StoreError>
where
    H: Fn(&Tx<'_>, &Message) -> Result<(), HandleError>,
{
    let started = Instant::now();
    while let Some(entry) = entries.pop_front() {
        match tx.savepoint(|tx| handle(tx, &Message::from_entry(&entry))) {
            Ok(()) => {}
            Err(HandleError::Unreadable(reason)) => {
                tracing::error!(consumer, id = entry.id, topic = entry.topic, reason, "a message was buried");
                outbox::bury(tx, consumer, &entry, &reason)?;
            }
            Err(HandleError::Store(error)) => return Err(error),
        }
        if entries.is_empty() || started.elapsed() > BATCH_TIME_MAX {
            outbox::set_offset(tx, consumer, entry.seq)?;
            break;
        }
    }
    Ok(entries)
}
