//! The accept loop of one listener.

use super::{Draining, Terms};
use crate::{
    connection::{Accepted, Held},
    metrics::ListenerSeries,
    slots::{Slot, Slots},
    worker::Workers,
};
use arc_swap::ArcSwap;
use socket2::{SockRef, TcpKeepalive};
use std::{
    io,
    net::{SocketAddr, TcpListener as StdTcpListener, TcpStream as StdTcpStream},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::JoinHandle,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

/// How long to wait when the system has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// After this much silence the kernel asks whether the client is still there: one that vanished is found out.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// What is taken of the kernel's queue when a listener closes: more than it holds.
const LAST_MAX: usize = 4096;

/// What an accept loop needs.
pub(super) struct Accept {
    pub(super) terms: Arc<ArcSwap<Terms>>,
    pub(super) draining: Draining,
    pub(super) workers: Arc<Workers>,
    pub(super) slots: Arc<Slots>,
    pub(super) stop: CancellationToken,
    pub(super) series: Arc<ListenerSeries>,
}

impl Accept {
    /// Accepts until stopped. Sockets stay outside of this runtime: it is a worker's that serves them.
    pub(super) fn spawn(self, socket: Arc<StdTcpListener>) -> io::Result<JoinHandle<()>> {
        #[allow(
            deprecated,
            reason = "the new form is unsafe; a std socket keeps its descriptor, which is all it asks for"
        )]
        let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
        Ok(tokio::spawn(async move {
            while let Some(next) = self.stop.run_until_cancelled(self.next(&socket)).await {
                match next {
                    Ok((tcp, peer, slot)) => self.give(tcp, peer, slot).await,
                    Err(error) if is_clients_fault(&error) => {}
                    Err(error) => {
                        tracing::error!(%error, "cannot accept a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
            self.last(&socket).await;
        }))
    }

    async fn next(
        &self,
        socket: &AsyncFd<Arc<StdTcpListener>>,
    ) -> io::Result<(StdTcpStream, SocketAddr, Slot)> {
        loop {
            let mut ready = socket.readable().await?;
            let slot = self.slots.take().await;
            // An accepted connection is given away before anything is awaited, so none is lost by stopping.
            if let Ok(accepted) = ready.try_io(|socket| socket.get_ref().accept()) {
                return accepted.map(|(tcp, peer)| (tcp, peer, slot));
            }
        }
    }

    /// Clients that are in the queue when the listener closes were let in by the kernel, and are not cut off.
    async fn last(&self, socket: &AsyncFd<Arc<StdTcpListener>>) {
        for _ in 0..LAST_MAX {
            let Some(slot) = self.slots.try_take() else { return };
            let Ok((tcp, peer)) = socket.get_ref().accept() else { return };
            self.give(tcp, peer, slot).await;
        }
    }

    async fn give(&self, tcp: StdTcpStream, peer: SocketAddr, slot: Slot) {
        let terms = self.terms.load_full();
        if !terms.listener.admission.permits(peer.ip()) || prepare(&tcp).is_err() {
            return;
        }
        let (draining, open) = (self.draining.clone(), self.series.connection());
        let accepted =
            |load| Accepted { tcp, peer, terms, draining, held: Held { open, _slot: slot, _load: load } };
        self.workers.give(accepted).await;
    }
}

fn prepare(tcp: &StdTcpStream) -> io::Result<()> {
    tcp.set_nonblocking(true)?;
    tcp.set_nodelay(true)?;
    SockRef::from(tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE))
}

/// Such connections were gone before we took them.
fn is_clients_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
