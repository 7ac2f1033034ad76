//! A client's connection in the form Pingora's engine takes.

use async_trait::async_trait;
use pingora_core::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest,
    UniqueID, UniqueIDType, l4::socket::SocketAddr as PeerAddr, raw_connect::ProxyDigest,
};
use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    time::timeout,
};

/// One TCP segment: a small answer leaves in one piece, head and body together. A larger buffer would only cost memory on
/// idle connections.
const WRITE_BUFFER_BYTES: usize = 1460;

/// For how long, and for how many bytes, we listen to a client that goes on sending after our last word. Closing with unread
/// bytes would reset the connection, and the client might never see the answer: many read it only once they have sent all.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_BYTES_MAX: usize = 64 << 20;
/// As many such connections at one time; beyond that they are reset.
const LINGERING_MAX: usize = 1024;
static LINGERING: AtomicUsize = AtomicUsize::new(0);

/// A plain TCP connection with a small write buffer.
#[derive(Debug)]
pub(crate) struct ClientStream {
    tcp: BufWriter<TcpStream>,
    socket: Arc<SocketDigest>,
    accepted: SystemTime,
}

impl ClientStream {
    pub(crate) fn new(tcp: TcpStream, peer: SocketAddr) -> Self {
        let socket = SocketDigest::from_raw_fd(tcp.as_raw_fd());
        // A new cell is empty, so this cannot fail; if it did, the address would be asked of the kernel.
        let _ = socket.peer_addr.set(Some(PeerAddr::from(peer)));
        let tcp = BufWriter::with_capacity(WRITE_BUFFER_BYTES, tcp);
        Self { tcp, socket: Arc::new(socket), accepted: SystemTime::now() }
    }

    /// A second handle on a connection whose client is still sending; `None` for all others.
    fn still_sending(&self) -> Option<TcpStream> {
        let tcp = self.tcp.get_ref();
        let unread = matches!(tcp.try_read(&mut [0; 1]), Ok(1));
        if !unread || LINGERING.load(Ordering::Relaxed) >= LINGERING_MAX {
            return None;
        }
        let second = std::net::TcpStream::from(tcp.as_fd().try_clone_to_owned().ok()?);
        second.shutdown(std::net::Shutdown::Write).ok()?;
        TcpStream::from_std(second).ok()
    }
}

/// The engine drops a connection that is not to be used again; it knows no lingering.
impl Drop for ClientStream {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if let Some(tcp) = self.still_sending() {
            LINGERING.fetch_add(1, Ordering::Relaxed);
            runtime.spawn(async move {
                // Whether the client has finished or the time is over, the connection is dropped now.
                let _ = timeout(LINGER, read_out(tcp)).await;
                LINGERING.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}

async fn read_out(mut tcp: TcpStream) {
    let mut left = LINGER_BYTES_MAX;
    let mut scratch = [0; 4096];
    while left > 0 {
        match tcp.read(&mut scratch).await {
            Ok(0) | Err(_) => break,
            Ok(bytes) => left = left.saturating_sub(bytes),
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}

#[async_trait]
impl Shutdown for ClientStream {
    async fn shutdown(&mut self) {
        // The client may be gone, and then there is nobody to say goodbye to.
        let _ = AsyncWriteExt::shutdown(&mut self.tcp).await;
    }
}

impl UniqueID for ClientStream {
    fn id(&self) -> UniqueIDType {
        self.tcp.get_ref().as_raw_fd()
    }
}

impl Ssl for ClientStream {}

impl Peek for ClientStream {}

impl GetTimingDigest for ClientStream {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        vec![Some(TimingDigest { established_ts: self.accepted, ..TimingDigest::default() })]
    }
}

impl GetProxyDigest for ClientStream {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}

impl GetSocketDigest for ClientStream {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        Some(Arc::clone(&self.socket))
    }
}
