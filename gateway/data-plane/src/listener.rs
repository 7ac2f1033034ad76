//! The accept loop, the connections it begins, and how they end.

use crate::{metrics::Metrics, proxy::Proxy, stream::ClientStream};
use async_trait::async_trait;
use pingora_core::{
    apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream, ServerApp},
    protocols::http::{ServerSession, v2::server::H2Options},
    server::{ShutdownWatch, configuration::ServerConf},
};
use pingora_proxy::{HttpProxy, http_proxy};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long to wait when the system has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// One connect that failed, and one kept-alive connection that turned out to be closed.
const ATTEMPTS_MAX: usize = 3;

/// Facts of a client's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    pub(crate) client: SocketAddr,
}

tokio::task_local! {
    /// The connection whose request is being served. Pingora has no other way to hand it to the hooks.
    pub(crate) static CONNECTION: Connection;
}

/// Listeners that accept.
pub(crate) struct Listening {
    addresses: Vec<SocketAddr>,
    engine: Arc<HttpProxy<Proxy>>,
    accept_loops: TaskTracker,
    connections: TaskTracker,
    stop_accepting: CancellationToken,
    /// Tells Pingora to end connections after the request in flight. Must outlive them.
    draining: watch::Sender<bool>,
    abort: CancellationToken,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Accepts on these sockets until drained.
pub(crate) fn serve(
    sockets: Vec<TcpListener>,
    proxy: Proxy,
    connections_max: usize,
    metrics: &Arc<Metrics>,
) -> Listening {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let conf = ServerConf { threads, max_retries: ATTEMPTS_MAX, ..ServerConf::default() };
    let (draining, _) = watch::channel(false);
    let listening = Listening {
        addresses: sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect(),
        engine: Arc::new(http_proxy(&Arc::new(conf), proxy)),
        accept_loops: TaskTracker::new(),
        connections: TaskTracker::new(),
        stop_accepting: CancellationToken::new(),
        draining,
        abort: CancellationToken::new(),
    };
    let slots = Arc::new(Semaphore::new(connections_max));
    for socket in sockets {
        let accept = Accept {
            engine: Arc::clone(&listening.engine),
            connections: listening.connections.clone(),
            draining: listening.draining.subscribe(),
            abort: listening.abort.clone(),
            slots: Arc::clone(&slots),
            metrics: Arc::clone(metrics),
        };
        let stop = listening.stop_accepting.clone();
        listening.accept_loops.spawn(async move { stop.run_until_cancelled(accept.run(socket)).await });
    }
    listening
}

impl Listening {
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops accepting, ends idle connections, and gives the others until `deadline`.
    pub(crate) async fn drain(self, deadline: Duration) {
        self.stop_accepting.cancel();
        self.accept_loops.close();
        self.accept_loops.wait().await;
        self.draining.send_replace(true);
        self.engine.http_cleanup().await;
        self.connections.close();
        tracing::info!(connections = self.connections.len(), "draining");
        if timeout(deadline, self.connections.wait()).await.is_err() {
            tracing::warn!(connections = self.connections.len(), "ending what did not finish in time");
            self.abort.cancel();
            self.connections.wait().await;
        }
    }
}

/// What an accept loop needs.
struct Accept {
    engine: Arc<HttpProxy<Proxy>>,
    connections: TaskTracker,
    draining: ShutdownWatch,
    abort: CancellationToken,
    slots: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Accept {
    async fn run(self, socket: TcpListener) {
        // The semaphore is never closed.
        while let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await {
            match socket.accept().await {
                Ok((tcp, client)) => {
                    let serve = self.connection(tcp, client);
                    let abort = self.abort.clone();
                    let open = self.metrics.connection();
                    self.connections.spawn(async move {
                        let _held = (slot, open);
                        abort.run_until_cancelled(serve).await
                    });
                }
                Err(error) if is_clients_fault(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn connection(&self, tcp: TcpStream, client: SocketAddr) -> impl Future<Output = ()> + use<> {
        // Only the latency of small answers would suffer.
        let _ = tcp.set_nodelay(true);
        let connection = Connection { client };
        let app = Arc::new(ConnectionApp { engine: Arc::clone(&self.engine), connection });
        let draining = self.draining.clone();
        async move {
            let stream = Box::new(ClientStream::new(tcp, connection.client));
            app.process_new(stream, &draining).await;
        }
    }
}

/// Such connections were gone before we took them.
fn is_clients_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// The engine, for one connection.
struct ConnectionApp {
    engine: Arc<HttpProxy<Proxy>>,
    connection: Connection,
}

#[async_trait]
impl HttpServerApp for ConnectionApp {
    async fn process_new_http(
        self: &Arc<Self>,
        session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        CONNECTION.scope(self.connection, self.engine.process_new_http(session, shutdown)).await
    }

    fn h2_options(&self) -> Option<H2Options> {
        self.engine.h2_options()
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        self.engine.server_options()
    }
}
