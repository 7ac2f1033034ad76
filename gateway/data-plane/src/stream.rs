//! A client's connection in the form Pingora's engine takes.

use async_trait::async_trait;
use pingora_core::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest,
    UniqueID, UniqueIDType, l4::socket::SocketAddr as PeerAddr, raw_connect::ProxyDigest,
};
use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    os::fd::AsRawFd,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, ReadBuf},
    net::TcpStream,
};

/// One TCP segment: a small answer leaves in one piece, head and body together. A larger buffer would only cost memory on
/// idle connections.
const WRITE_BUFFER_BYTES: usize = 1460;

/// For how long, and for how many bytes, we listen to a client that goes on sending after our last word. Closing with unread
/// bytes would reset the connection, and the client might never see the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1 << 20;

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

    async fn linger(&mut self) {
        let mut unread = LINGER_BYTES_MAX;
        let mut scratch = [0; 4096];
        while unread > 0 {
            match self.tcp.get_mut().read(&mut scratch).await {
                Ok(0) | Err(_) => break,
                Ok(bytes) => unread = unread.saturating_sub(bytes),
            }
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
        if AsyncWriteExt::shutdown(&mut self.tcp).await.is_ok() {
            // Whether the client closed or the time is over, the connection is dropped now.
            let _ = tokio::time::timeout(LINGER, self.linger()).await;
        }
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
