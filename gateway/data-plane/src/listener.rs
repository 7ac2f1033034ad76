//! Where clients connect: sockets that come, go and change their terms while the gateway runs.

mod accept;

use crate::{
    bind::{self, BindError},
    metrics::Metrics,
    slots::Slots,
    tls::ServerTls,
    worker::Workers,
};
use agw_core::listener::Listener;
use arc_swap::ArcSwap;
use pingora_core::server::ShutdownWatch;
use std::{
    fmt, io,
    net::{SocketAddr, TcpListener as StdTcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

/// How long a connection without a request may stay once its listener goes away. A client that was about to send one is better
/// answered, with the word that it is the last, than cut off.
pub(crate) const IDLE_GRACE: Duration = Duration::from_millis(500);

/// What a listener says to those that connect.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) listener: Listener,
    pub(crate) tls: Option<ServerTls>,
}

/// Tells connections that their listener goes away.
#[derive(Clone, Debug)]
pub(crate) struct Draining(watch::Receiver<bool>);

impl Draining {
    /// For the engine. Changes once, at most.
    pub(crate) fn watch(&self) -> ShutdownWatch {
        self.0.clone()
    }

    pub(crate) fn has_begun(&self) -> bool {
        // A sender that is gone has said all it had to say.
        self.0.has_changed().unwrap_or(true)
    }

    /// Resolves when the listener has gone away and the grace of idle connections is over.
    pub(crate) async fn grace_over(&mut self) {
        let _ = self.0.changed().await;
        sleep(IDLE_GRACE).await;
    }
}

/// A listener's name across changes: the address as configured, and which one of several with that address (port 0) it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) address: SocketAddr,
    pub(crate) nth: usize,
}

/// All listeners.
pub(crate) struct Listeners {
    live: Mutex<Vec<Live>>,
    workers: Arc<Workers>,
    slots: Arc<Slots>,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").field("addresses", &self.addresses()).finish_non_exhaustive()
    }
}

/// One that accepts.
struct Live {
    key: Key,
    /// With the port the system chose.
    address: SocketAddr,
    socket: Arc<StdTcpListener>,
    /// Of the connections that are accepted from now on.
    terms: Arc<ArcSwap<Terms>>,
    /// Must outlive the connections or have spoken before: its end counts as a word, too.
    draining: watch::Sender<bool>,
    stop: CancellationToken,
    accepting: JoinHandle<()>,
}

/// Listeners as they are to be, with every socket bound that is needed for it.
pub(crate) struct Prepared(Vec<(Key, Terms, Option<StdTcpListener>)>);

impl Listeners {
    pub(crate) fn new(workers: Arc<Workers>, slots: Arc<Slots>, metrics: Arc<Metrics>) -> Self {
        Self { live: Mutex::default(), workers, slots, metrics }
    }

    /// The addresses clients can connect to, in the order of the configuration.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.live().iter().map(|live| live.address).collect()
    }

    /// Every socket, for a successor.
    pub(crate) fn sockets(&self) -> Vec<(Key, Arc<StdTcpListener>)> {
        self.live().iter().map(|live| (live.key, Arc::clone(&live.socket))).collect()
    }

    /// Binds what is not bound yet. `inherit` may have a socket already.
    ///
    /// # Errors
    /// The first address that cannot be listened on; nothing has changed then.
    pub(crate) fn prepare(
        &self,
        wanted: Vec<Terms>,
        mut inherit: impl FnMut(Key) -> Option<StdTcpListener>,
    ) -> Result<Prepared, BindError> {
        let known: Vec<Key> = self.live().iter().map(|live| live.key).collect();
        let mut prepared: Vec<(Key, Terms, Option<StdTcpListener>)> = Vec::with_capacity(wanted.len());
        for (index, terms) in wanted.into_iter().enumerate() {
            let address = terms.listener.address;
            let nth = prepared.iter().filter(|(key, ..)| key.address == address).count();
            let key = Key { address, nth };
            let socket = if known.contains(&key) {
                None
            } else if let Some(socket) = inherit(key) {
                Some(socket)
            } else {
                Some(bind::tcp(&setting(index), address)?)
            };
            prepared.push((key, terms, socket));
        }
        Ok(Prepared(prepared))
    }

    /// Makes it so: new ones accept, changed ones accept on their new terms, those that are gone refuse and drain.
    ///
    /// # Errors
    /// When the runtime cannot watch a socket; then that listener is missing.
    pub(crate) async fn apply(&self, prepared: Prepared) -> io::Result<()> {
        let (gone, opened) = self.exchange(prepared);
        end(gone).await;
        opened
    }

    /// Returns those that are gone.
    fn exchange(&self, Prepared(wanted): Prepared) -> (Vec<Live>, io::Result<()>) {
        let mut live = self.live();
        let mut before = std::mem::take(&mut *live);
        let mut failed = Ok(());
        for (key, terms, socket) in wanted {
            if let Some(at) = before.iter().position(|live| live.key == key) {
                let kept = before.remove(at);
                kept.terms.store(Arc::new(terms));
                live.push(kept);
            } else if let Some(socket) = socket {
                match self.open(key, terms, socket) {
                    Ok(opened) => live.push(opened),
                    Err(error) => failed = Err(error),
                }
            }
        }
        (before, failed)
    }

    /// Stops accepting everywhere, and tells every connection. Resolves when no socket is open any more.
    pub(crate) async fn close(&self) {
        let all = std::mem::take(&mut *self.live());
        end(all).await;
    }

    fn open(&self, key: Key, terms: Terms, socket: StdTcpListener) -> io::Result<Live> {
        let address = socket.local_addr()?;
        let socket = Arc::new(socket);
        let terms = Arc::new(ArcSwap::from_pointee(terms));
        let (draining, told) = watch::channel(false);
        let stop = CancellationToken::new();
        let accept = accept::Accept {
            terms: Arc::clone(&terms),
            draining: Draining(told),
            workers: Arc::clone(&self.workers),
            slots: Arc::clone(&self.slots),
            stop: stop.clone(),
            series: self.metrics.listener(&address.to_string()),
        };
        let accepting = accept.spawn(Arc::clone(&socket))?;
        tracing::info!(%address, "listening");
        Ok(Live { key, address, socket, terms, draining, stop, accepting })
    }

    fn live(&self) -> MutexGuard<'_, Vec<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses new clients, and tells the others. Resolves when the sockets are closed.
async fn end(gone: Vec<Live>) {
    let mut closing = Vec::with_capacity(gone.len());
    for live in gone {
        tracing::info!(address = %live.address, "no longer listening");
        live.draining.send_replace(true);
        live.stop.cancel();
        closing.push(live.accepting);
    }
    for accepting in closing {
        // Cancelled only with the runtime.
        let _ = accepting.await;
    }
}

/// Where a person would change an address.
fn setting(index: usize) -> String {
    match index {
        0 => "listeners[0].address, or --listen of aetherius serve".to_owned(),
        _ => format!("listeners[{index}].address"),
    }
}
