//! The access log: one JSON object a request, written without making the request wait.
//!
//! A thread that serves requests adds lines to a buffer of its own ([`format`], [`json`]). A writer thread takes the buffers when they
//! are 50 ms old or 32 KiB large. When it cannot keep up, because a disk is full or nobody reads a pipe, lines are dropped and
//! counted once a buffer holds [`BUFFER_BYTES_MAX`]: the log never costs more memory than that for each thread, and never a request's
//! time.

use crate::metrics::{self, Metrics};
use agw_config::config::LogTarget;
use std::{
    fs::{File, OpenOptions},
    io,
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU8, Ordering::SeqCst},
    },
    thread::{self, Thread},
    time::Duration,
};
use tokio::sync::oneshot;

pub(crate) mod format;
pub(crate) mod json;
mod write;

/// A line waits for company so long.
const AGE_MAX: Duration = Duration::from_millis(50);
/// And not if there is company enough.
const BUFFER_BYTES_ENOUGH: usize = 32 << 10;
/// What waits, for each thread, when the writer cannot keep up.
const BUFFER_BYTES_MAX: usize = 512 << 10;

/// The log of a gateway. Dropping it ends the writer, after what it has.
#[derive(Debug)]
pub(crate) struct AccessLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    buffers: Box<[Mutex<Buffer>]>,
    state: AtomicU8,
    writer: OnceLock<Thread>,
    commands: Mutex<Vec<Command>>,
    metrics: Arc<Metrics>,
}

/// Lines that wait.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Buffer {
    bytes: Vec<u8>,
    lines: u64,
    clock: json::Clock,
}

/// The writer has nothing to do.
const IDLE: u8 = 0;
/// There are lines, which may wait a moment.
const WAITING: u8 = 1;
/// There is something to be done now.
const URGENT: u8 = 2;

#[derive(Debug)]
enum Command {
    To(Target),
    Reopen,
    /// Tells once everything so far is written.
    Flush(oneshot::Sender<()>),
    Stop,
}

/// Where lines go.
#[derive(Debug)]
pub(crate) struct Target {
    to: LogTarget,
    file: Option<File>,
}

impl Target {
    /// Opens what has to be.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub(crate) fn open(to: LogTarget) -> io::Result<Self> {
        let file = match &to {
            LogTarget::Off => None,
            LogTarget::Stdout => Some(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
            // Whoever may read a gateway's log knows who its callers are.
            LogTarget::File(path) => {
                Some(OpenOptions::new().append(true).create(true).mode(0o640).open(path)?)
            }
        };
        Ok(Self { to, file })
    }
}

impl AccessLog {
    /// Starts the writer.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(target: Target, metrics: Arc<Metrics>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            buffers: (0..metrics::shards()).map(|_| Mutex::default()).collect(),
            state: AtomicU8::new(IDLE),
            writer: OnceLock::new(),
            commands: Mutex::default(),
            metrics,
        });
        let of_writer = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("agw-access-log".to_owned())
            .spawn(move || write::run(&of_writer, target))?;
        // It is the only one to be set.
        let _ = shared.writer.set(writer.thread().clone());
        Ok(Self { shared })
    }

    /// Adds a request.
    pub(crate) fn log(&self, format: &format::Format, line: &format::Line<'_>) {
        let buffers = &self.shared.buffers;
        let buffer = &buffers[metrics::thread_number() & (buffers.len() - 1)];
        let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.bytes.len() >= BUFFER_BYTES_MAX {
            self.shared.metrics.log_lines.dropped.add(1);
            return;
        }
        let Buffer { bytes, lines, clock } = &mut *buffer;
        format.write(bytes, clock, line);
        *lines += 1;
        let enough = bytes.len() >= BUFFER_BYTES_ENOUGH;
        drop(buffer);
        if enough {
            self.shared.wake(URGENT);
        } else if self.shared.state.load(SeqCst) == IDLE {
            self.shared.wake(WAITING);
        }
    }

    /// Sends the lines from now on elsewhere.
    pub(crate) fn redirect(&self, target: Target) {
        self.shared.command(Command::To(target));
    }

    /// Opens the file again, which somebody may have moved away.
    pub(crate) fn reopen(&self) {
        self.shared.command(Command::Reopen);
    }

    /// Resolves once all lines so far are written, or when that takes longer than `patience`.
    pub(crate) async fn flush(&self, patience: Duration) {
        let (tell, told) = oneshot::channel();
        self.shared.command(Command::Flush(tell));
        // Who does not read the log cannot keep us from stopping.
        let _ = tokio::time::timeout(patience, told).await;
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.shared.command(Command::Stop);
    }
}

impl Shared {
    fn command(&self, command: Command) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).push(command);
        self.wake(URGENT);
    }

    fn wake(&self, state: u8) {
        if self.state.fetch_max(state, SeqCst) < state
            && let Some(writer) = self.writer.get()
        {
            writer.unpark();
        }
    }
}
