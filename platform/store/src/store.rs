use crate::{Migration, OpenError, StoreError, Tx, journal, migrations, outbox};
use rusqlite::{Connection, OpenFlags};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, oneshot, watch};

#[cfg(test)]
mod tests;

/// As many writers and readers may wait, each; beyond that [`Urgency::Acknowledgement`] is refused and the others wait.
const WAITING_MAX: usize = 4096;
/// A commit takes up at most this many writers …
const BATCH_MAX: usize = 256;
/// … and none more once it has worked this long, so that those who wait for an acknowledgement do not wait for long.
const BATCH_TIME_MAX: Duration = Duration::from_millis(5);
const READERS: usize = 2;
/// Pages (4 KiB) a connection keeps in memory: 2 MiB.
const CACHE_KIB: i64 = -2048;

/// Who is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody outside waits for our word that it is stored. Served first; refused with [`StoreError::Busy`] when full.
    Acknowledgement,
    /// Our own work. Waits for its place.
    Work,
}

/// The database. Cloning shares it; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writes: Arc<Queue>,
    reads: Arc<Queue>,
    write_places: Semaphore,
    read_places: Semaphore,
    appended: watch::Receiver<u64>,
    threads: Vec<JoinHandle<()>>,
    ephemeral: Option<tempfile::TempDir>,
}

/// A job runs in the transaction and returns what to do once the commit has succeeded or failed.
type Job = Box<dyn FnOnce(&Tx<'_>) -> Done + Send>;
type Done = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

impl Store {
    /// Opens or creates the database file and brings its schema up to date. Every commit is on the disk before it is answered.
    ///
    /// # Errors
    /// See [`OpenError`]; a newer or foreign file is left untouched.
    pub fn open(path: &Path, migrations: &[Migration]) -> Result<Self, OpenError> {
        Self::start(path, "FULL", migrations, None)
    }

    /// A database that ends with its last clone: for one-shot commands and tests. Nothing of it survives a crash.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn ephemeral(migrations: &[Migration]) -> Result<Self, OpenError> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("ephemeral.db");
        Self::start(&path, "OFF", migrations, Some(directory))
    }

    fn start(
        path: &Path,
        synchronous: &str,
        migrations: &[Migration],
        ephemeral: Option<tempfile::TempDir>,
    ) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Unusable { path: path.into(), source };
        let mut writer = Connection::open(path).map_err(unusable)?;
        let all = [outbox::MIGRATIONS, journal::MIGRATIONS, migrations].concat();
        migrations::migrate(&mut writer, path, &all)?;
        configure(&writer, synchronous).map_err(unusable)?;
        let (announce, appended) = watch::channel(0);
        let writes = Arc::new(Queue::default());
        let reads = Arc::new(Queue::default());
        let mut threads = Vec::new();
        for _ in 0..READERS {
            let reader = open_reader(path).map_err(unusable)?;
            let queue = Arc::clone(&reads);
            threads.push(
                std::thread::Builder::new()
                    .name("store-read".into())
                    .spawn(move || read_loop(&reader, &queue))?,
            );
        }
        let queue = Arc::clone(&writes);
        threads.push(
            std::thread::Builder::new()
                .name("store-write".into())
                .spawn(move || write_loop(&writer, &queue, &announce))?,
        );
        let inner = Inner {
            writes,
            reads,
            write_places: Semaphore::new(WAITING_MAX),
            read_places: Semaphore::new(WAITING_MAX),
            appended,
            threads,
            ephemeral,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `job` in a transaction and resolves after its commit is on the disk. When `job` fails, nothing of it is kept.
    ///
    /// # Errors
    /// What `job` returns, [`StoreError::Busy`] (only for acknowledgements), [`StoreError::DiskFull`], or another failure of the commit.
    pub async fn write<T, E, F>(&self, urgency: Urgency, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let _place = match urgency {
            Urgency::Acknowledgement => {
                self.inner.write_places.try_acquire().map_err(|_| StoreError::Busy)?
            }
            Urgency::Work => self.inner.write_places.acquire().await.map_err(|_| StoreError::Closed)?,
        };
        let (answer, answered) = oneshot::channel();
        self.inner.writes.push(urgency, in_savepoint(job, answer));
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `job` on a consistent view that sees every write that was answered before.
    ///
    /// # Errors
    /// What `job` returns.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let _place = self.inner.read_places.acquire().await.map_err(|_| StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            // Nobody listens any more: the caller went away, and reading changed nothing.
            let _ = answer.send(job(tx));
            Box::new(|_| {})
        });
        self.inner.reads.push(Urgency::Work, job);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|tx| tx.query_one("SELECT 1", &[], |_| Ok(()))).await
    }

    /// Changes whenever a commit has appended to the outbox.
    #[must_use]
    pub fn appended(&self) -> watch::Receiver<u64> {
        self.inner.appended.clone()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
        for thread in self.threads.drain(..) {
            // The last clone may be dropped by a job on one of these threads, which cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("a database thread panicked");
            }
        }
        self.ephemeral.take();
    }
}

fn in_savepoint<T, E, F>(job: F, answer: oneshot::Sender<Result<T, E>>) -> Job
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
{
    Box::new(move |tx| {
        let outcome = tx.savepoint(job);
        Box::new(move |committed| {
            let outcome = match committed {
                Ok(()) => outcome,
                // An error of the job itself says more than that its batch was not committed.
                Err(error) => outcome.and_then(|_| Err(E::from(repeat(error)))),
            };
            // Nobody listens any more: the caller went away; what is committed is committed.
            let _ = answer.send(outcome);
        })
    })
}

/// The same failure for each writer of a batch; the database's own error cannot be cloned.
fn repeat(error: &StoreError) -> StoreError {
    match error {
        StoreError::DiskFull => StoreError::DiskFull,
        StoreError::Closed => StoreError::Closed,
        other => StoreError::Corrupt(format!("the commit failed: {other}")),
    }
}

fn configure(connection: &Connection, synchronous: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    // Without a limit the log would keep the size of its largest moment for ever.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(PathBuf::from(path), flags)?;
    reader.busy_timeout(Duration::from_secs(5))?;
    reader.pragma_update(None, "cache_size", CACHE_KIB)?;
    Ok(reader)
}

fn read_loop(connection: &Connection, queue: &Queue) {
    while let Some(job) = queue.pop() {
        if connection.execute_batch("BEGIN DEFERRED").is_err() {
            // Dropping the job tells its caller that the store is closed.
            continue;
        }
        // A reading job has answered by itself; nothing is to be done after its end.
        let _ = job(&Tx::new(connection));
        let _ = connection.execute_batch("COMMIT");
    }
}

fn write_loop(connection: &Connection, queue: &Queue, announce: &watch::Sender<u64>) {
    while let Some(first) = queue.pop() {
        let (outcome, done, appended) = commit_batch(connection, queue, first);
        if let Err(error) = &outcome {
            tracing::error!(%error, writers = done.len(), "a commit failed; nothing of it was kept");
        }
        if appended && outcome.is_ok() {
            announce.send_modify(|commits| *commits += 1);
        }
        for done in done {
            done(outcome.as_ref().copied());
        }
    }
}

/// Runs `first` and whoever waits behind it in one transaction and makes it durable.
fn commit_batch(
    connection: &Connection,
    queue: &Queue,
    first: Job,
) -> (Result<(), StoreError>, Vec<Done>, bool) {
    let run = |sql| connection.execute_batch(sql).map_err(StoreError::from);
    let mut done = Vec::new();
    if let Err(error) = run("BEGIN IMMEDIATE") {
        // The jobs were not run; `first` is dropped and its caller learns that the store is closed.
        return (Err(error), done, false);
    }
    let started = Instant::now();
    let tx = Tx::new(connection);
    let mut next = Some(first);
    while let Some(job) = next {
        done.push(job(&tx));
        if tx.is_lost() {
            return (Err(StoreError::DiskFull), done, false);
        }
        let room = done.len() < BATCH_MAX && started.elapsed() < BATCH_TIME_MAX;
        next = if room { queue.try_pop() } else { None };
    }
    let outcome = run("COMMIT");
    if outcome.is_err() && !tx.is_lost() {
        let _ = run("ROLLBACK");
    }
    (outcome, done, tx.has_appended())
}

/// Two queues behind one lock: acknowledgements first.
#[derive(Default)]
struct Queue {
    state: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    acknowledgements: VecDeque<Job>,
    work: VecDeque<Job>,
    closed: bool,
}

impl Waiting {
    fn next(&mut self) -> Option<Job> {
        self.acknowledgements.pop_front().or_else(|| self.work.pop_front())
    }
}

impl Queue {
    fn push(&self, urgency: Urgency, job: Job) {
        let mut waiting = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match urgency {
            Urgency::Acknowledgement => waiting.acknowledgements.push_back(job),
            Urgency::Work => waiting.work.push_back(job),
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Waits for a job; `None` once closed and empty.
    fn pop(&self) -> Option<Job> {
        let mut waiting = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = waiting.next() {
                return Some(job);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn try_pop(&self) -> Option<Job> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.arrived.notify_all();
    }
}
