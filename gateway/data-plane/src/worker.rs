//! The threads that serve connections.
//!
//! Each worker has a runtime and an engine, thus connections to the upstreams, of its own; a connection stays with the worker it
//! was given to. Nothing of a request waits for another thread.

use crate::{
    connection::{self, Accepted},
    http1::Pool,
    proxy::Proxy,
    websocket::Leaving,
};
use agw_config::config::UpstreamPools;
use pingora_core::{apps::HttpServerApp, server::configuration::ServerConf};
use pingora_proxy::{HttpProxy, http_proxy};
use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};
use tokio::{
    runtime,
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;

/// Accepted connections that wait for a busy worker.
const QUEUE_MAX: usize = 1024;
/// As many as a route may ask for, and some for kept-alive connections that turned out to be closed. The hooks decide on each.
const ATTEMPTS_MAX: usize = 13;

/// What serves the requests of a worker.
pub(crate) type Engine = HttpProxy<Proxy>;

/// All workers.
pub(crate) struct Workers {
    all: Vec<Handle>,
    /// Taken by who waits for their end.
    threads: Mutex<Vec<JoinHandle<()>>>,
    next: AtomicUsize,
    leaving: watch::Sender<bool>,
    stop: CancellationToken,
}

/// What a worker's connections share.
pub(crate) struct Worker {
    engine: Arc<Engine>,
    proxy: Proxy,
    pool: Pool,
    leaving: Leaving,
}

/// A worker as the others see it.
struct Handle {
    queue: mpsc::Sender<Accepted>,
    connections: Arc<AtomicUsize>,
    worker: Arc<Worker>,
}

/// A connection that a worker has.
#[derive(Debug)]
pub(crate) struct Load(Arc<AtomicUsize>);

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("count", &self.all.len()).finish_non_exhaustive()
    }
}

impl Worker {
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What the hooks have in common; for requests that never reach them.
    pub(crate) fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// Connections to upstreams, of requests that are served without the engine.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Tells what is open that it is about to be ended.
    pub(crate) fn leaving(&self) -> Leaving {
        self.leaving.clone()
    }
}

impl Workers {
    /// Starts `threads` threads; 0 stands for one for each core.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub(crate) fn start(threads: usize, pools: UpstreamPools, proxy: &Proxy) -> io::Result<Self> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { cores() } else { threads };
        let stop = CancellationToken::new();
        let (leaving, told) = watch::channel(false);
        let started: io::Result<Vec<_>> = match pools {
            UpstreamPools::PerWorker => (0..threads).map(|_| start(1, proxy, &told, &stop)).collect(),
            UpstreamPools::Shared => start(threads, proxy, &told, &stop).map(|worker| vec![worker]),
        };
        let (all, threads) = started?.into_iter().unzip();
        Ok(Self { all, threads: Mutex::new(threads), next: AtomicUsize::new(0), leaving, stop })
    }

    /// How many threads serve requests.
    pub(crate) fn threads(&self) -> usize {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Hands a connection to the worker that has the fewest.
    pub(crate) async fn give(&self, accepted: impl FnOnce(Load) -> Accepted) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..self.all.len()).map(|offset| &self.all[(turn + offset) % self.all.len()]);
        let fewest = in_turn.min_by_key(|worker| worker.connections.load(Ordering::Relaxed));
        let Some(worker) = fewest else { return };
        worker.connections.fetch_add(1, Ordering::Relaxed);
        // A worker that is gone takes its connections with it.
        let _ = worker.queue.send(accepted(Load(Arc::clone(&worker.connections)))).await;
    }

    /// Tells the engines that every answer from now on is the last one of its connection.
    pub(crate) async fn last_answers(&self) {
        for worker in &self.all {
            worker.worker.engine.http_cleanup().await;
        }
    }

    /// Has WebSockets take their leave.
    pub(crate) fn say_farewell(&self) {
        self.leaving.send_replace(true);
    }

    /// Ends all threads, with every connection that is still open.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a worker has panicked");
                }
            }
        });
        // Cancelled only with the runtime.
        let _ = joined.await;
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn start(
    threads: usize,
    proxy: &Proxy,
    leaving: &Leaving,
    stop: &CancellationToken,
) -> io::Result<(Handle, JoinHandle<()>)> {
    let runtime = match threads {
        1 => runtime::Builder::new_current_thread().enable_all().build(),
        _ => runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("agw-worker")
            .enable_all()
            .build(),
    }?;
    let conf = ServerConf { threads, max_retries: ATTEMPTS_MAX, ..ServerConf::default() };
    let engine = Arc::new(http_proxy(&Arc::new(conf), proxy.clone()));
    let worker =
        Arc::new(Worker { engine, proxy: proxy.clone(), pool: Pool::default(), leaving: leaving.clone() });
    let (queue, accepted) = mpsc::channel(QUEUE_MAX);
    let (serving, stop) = (Arc::clone(&worker), stop.clone());
    let thread = thread::Builder::new().name("agw-worker".to_owned()).spawn(move || {
        let served = async {
            tokio::select! {
                () = serve(accepted, Arc::clone(&serving)) => {}
                () = serving.pool.sweep() => {}
            }
        };
        runtime.block_on(stop.run_until_cancelled(served));
        // A name that is being resolved cannot be interrupted, and nobody waits for it any more.
        runtime.shutdown_background();
    })?;
    Ok((Handle { queue, connections: Arc::default(), worker }, thread))
}

async fn serve(mut accepted: mpsc::Receiver<Accepted>, worker: Arc<Worker>) {
    while let Some(accepted) = accepted.recv().await {
        tokio::spawn(connection::serve(accepted, Arc::clone(&worker)));
    }
}
