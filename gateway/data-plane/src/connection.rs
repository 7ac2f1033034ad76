//! One client's connection, from the accepted socket to its end.

mod h1;
mod h2;
mod h2_limits;
mod patience;
mod refuse;

use h2_limits::Conduct;
pub(crate) use patience::Patience;

use crate::{
    listener::{Draining, Terms},
    metrics::OpenConnection,
    proxy::Context,
    slots::Slot,
    stream::{ClientStream, Transport},
    tls::PeerCertificate,
    websocket::Handover,
    worker::{Load, Worker},
};
use arc_swap::ArcSwapOption;
use std::{
    fmt,
    net::{SocketAddr, TcpStream as StdTcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{net::TcpStream, time::timeout};

/// The first byte of a TLS handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

tokio::task_local! {
    /// The connection whose request is being served. Pingora has no other way to hand it to the hooks.
    pub(crate) static CONNECTION: Arc<Connection>;
}

/// Facts of a client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Who is at the other end.
    pub(crate) peer: SocketAddr,
    /// What the listener said when it was accepted.
    pub(crate) terms: Arc<Terms>,
    /// Set when the listener goes away.
    pub(crate) draining: Draining,
    /// How it is encrypted.
    pub(crate) tls: Option<TlsFacts>,
    /// Whether our hooks have seen the request being served.
    begun: AtomicBool,
    /// What its client made of its HTTP/2 streams.
    pub(crate) conduct: Conduct,
    /// Of the WebSocket that is being opened.
    handover: ArcSwapOption<Handover>,
    /// Of the request that the engine is to forward.
    decided: Mutex<Option<Box<Context>>>,
}

/// What a TLS handshake found out.
#[derive(Debug)]
pub(crate) struct TlsFacts {
    /// The certificate the client showed.
    pub(crate) client: Option<PeerCertificate>,
}

impl Connection {
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Our hooks are called from now on, and answer.
    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// The WebSocket that is being opened, if it is to be taken away from the engine.
    pub(crate) fn handover(&self) -> Option<Arc<Handover>> {
        self.handover.load_full()
    }

    /// A WebSocket is being opened.
    pub(crate) fn prepare_handover(&self, handover: Arc<Handover>) {
        self.handover.store(Some(handover));
    }

    /// The request that the engine gets next has passed the hooks up to here.
    pub(crate) fn decide(&self, context: Box<Context>) {
        *self.decided.lock().unwrap_or_else(PoisonError::into_inner) = Some(context);
    }

    pub(crate) fn take_decided(&self) -> Option<Box<Context>> {
        let decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner).take();
        if decided.is_some() {
            self.begin();
        }
        decided
    }

    fn await_request(&self) {
        self.begun.store(false, Ordering::Relaxed);
        if self.handover.load().is_some() {
            self.handover.store(None);
        }
    }

    /// The answer to a head the engine finds fault with, as it goes over the wire.
    pub(crate) fn unreadable(&self) -> Vec<u8> {
        refuse::bytes(&refuse::unreadable(), &refuse::request_id())
    }
}

/// A connection on its way to a worker.
pub(crate) struct Accepted {
    pub(crate) tcp: StdTcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) terms: Arc<Terms>,
    pub(crate) draining: Draining,
    /// Held for as long as the connection is open.
    pub(crate) held: Held,
}

/// What counts a connection as open.
pub(crate) struct Held {
    pub(crate) open: OpenConnection,
    pub(crate) _slot: Slot,
    pub(crate) _load: Load,
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Serves a connection to its end.
pub(crate) async fn serve(accepted: Accepted, worker: Arc<Worker>) {
    let Accepted { tcp, peer, terms, draining, held } = accepted;
    // Boxed, like everything that is over before a connection idles: it would take up room in every task.
    let Some(stream) = Box::pin(open(tcp, peer, terms, draining, &held.open)).await else { return };
    let connection = Arc::clone(stream.connection());
    let served = async {
        if let Some(http2) = h1::serve(stream, &connection, &worker).await {
            Box::pin(h2::serve(http2, &connection, &worker)).await;
        }
    };
    CONNECTION.scope(Arc::clone(&connection), served).await;
}

/// Finds out whether the client encrypts, and shakes hands if so. `None` when it is not to be served.
async fn open(
    tcp: StdTcpStream,
    peer: SocketAddr,
    terms: Arc<Terms>,
    draining: Draining,
    counted: &OpenConnection,
) -> Option<Box<ClientStream>> {
    // Neither can fail on a socket that is alive.
    let tcp = TcpStream::from_std(tcp).ok()?;
    let head_timeout = terms.listener.head_timeout;
    let opening = async {
        match &terms.tls {
            Some(tls) if !tls.allow_plain || first_byte(&tcp).await? == TLS_HANDSHAKE => {
                let shaken = tls.accept(tcp).await;
                counted.listener().handshake(shaken.is_some());
                Some(Transport::Tls(Box::new(shaken?)))
            }
            _ => Some(Transport::Plain(tcp)),
        }
    };
    let mut stopped = draining.clone();
    let transport = tokio::select! {
        transport = timeout(head_timeout, opening) => transport.ok()??,
        () = stopped.grace_over() => return None,
    };
    let tls = match &transport {
        Transport::Plain(_) | Transport::Gone => None,
        Transport::Tls(tls) => Some(TlsFacts { client: PeerCertificate::of(tls.get_ref().1) }),
    };
    let connection = Connection {
        peer,
        terms,
        draining,
        tls,
        begun: AtomicBool::new(false),
        conduct: Conduct::default(),
        handover: ArcSwapOption::empty(),
        decided: Mutex::default(),
    };
    Some(Box::new(ClientStream::new(transport, Arc::new(connection))))
}

/// Looks at the first byte without taking it.
async fn first_byte(tcp: &TcpStream) -> Option<u8> {
    let mut byte = [0];
    let read = tcp.peek(&mut byte).await.ok()?;
    (read == 1).then_some(byte[0])
}
