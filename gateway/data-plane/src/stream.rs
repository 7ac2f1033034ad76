//! A client's connection in the form Pingora's engine takes.
//!
//! It gives the engine the bytes of one message and not one more: what a client sends ahead stays here for the next. Between
//! requests it holds no buffers.

mod linger;
mod transport;

pub(crate) use transport::Transport;

use crate::{connection::Connection, http1::scratch, websocket::End};
use agw_core::message::Extent;
use async_trait::async_trait;
use bytes::{Buf, BytesMut};
use pingora_core::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest,
    UniqueID, UniqueIDType, l4::socket::SocketAddr as PeerAddr, raw_connect::ProxyDigest, tls::SslDigest,
};
use std::{
    fmt,
    io::{self, IoSlice},
    os::fd::AsRawFd,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// One TCP segment: a small answer leaves in one piece, head and body together.
const OUT_BYTES_MAX: usize = 1460;
/// How the engine begins the head after which it has nothing more to say. There may be interim ones before it.
const SWITCH: &[u8] = b"HTTP/1.1 101 ";
/// A client's connection, plain or encrypted.
pub(crate) struct ClientStream {
    transport: Transport,
    connection: Arc<Connection>,
    /// What has arrived and was not asked for yet.
    pending: BytesMut,
    /// How much of what comes next belongs to the request being served.
    extent: Extent,
    /// Small writes, to be sent together; the first `sent` bytes are gone.
    out: Vec<u8>,
    sent: usize,
    /// The engine wants to answer by itself, having called none of our hooks: it takes the head for invalid.
    overruled: bool,
    ended: bool,
    /// The head that switches protocols is on its way to the client.
    switching: bool,
    http2: bool,
    socket: Arc<SocketDigest>,
    ssl: Option<Arc<SslDigest>>,
    accepted: SystemTime,
}

impl fmt::Debug for ClientStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientStream").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl ClientStream {
    pub(crate) fn new(transport: Transport, connection: Arc<Connection>) -> Self {
        let socket = SocketDigest::from_raw_fd(descriptor(&transport));
        // A new cell is empty, so this cannot fail; if it did, the address would be asked of the kernel.
        let _ = socket.peer_addr.set(Some(PeerAddr::from(connection.peer)));
        Self {
            ssl: transport.digest().map(Arc::new),
            transport,
            connection,
            pending: BytesMut::new(),
            extent: Extent::Length(0),
            out: Vec::new(),
            sent: 0,
            overruled: false,
            ended: false,
            switching: false,
            http2: false,
            socket: Arc::new(socket),
            accepted: SystemTime::now(),
        }
    }

    /// What has arrived and was not asked for.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// Takes the first bytes of what has arrived.
    pub(crate) fn split_to(&mut self, bytes: usize) -> BytesMut {
        if bytes == self.pending.len() {
            // Splitting would make both halves shared.
            return std::mem::take(&mut self.pending);
        }
        self.pending.split_to(bytes)
    }

    /// Waits for bytes and adds them to [`Self::pending`]; 0 is the end of the stream.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        scratch::with(|scratch| {
            let mut buf = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
            self.ended = buf.filled().is_empty();
            self.pending.extend_from_slice(buf.filled());
            Poll::Ready(Ok(buf.filled().len()))
        })
    }

    /// Drops the first bytes of what has arrived.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.pending.advance(bytes);
    }

    /// Sends bytes past the engine's own buffer. They have left once [`Self::poll_sent`] says so.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, bytes)
    }

    /// Resolves when nothing of what was sent waits here.
    pub(crate) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    /// Resolves when the client was told that nothing more comes.
    pub(crate) fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }

    /// Lets go of the buffers a waiting connection does not need.
    pub(crate) fn rest(&mut self) {
        if self.pending.is_empty() {
            self.pending = BytesMut::new();
        }
        if self.out.is_empty() {
            self.out = Vec::new();
        }
    }

    /// From now on this much belongs to the request being served.
    pub(crate) fn begin(&mut self, extent: Extent) {
        self.extent = extent;
    }

    /// Whether the request being served was read to its end, so that the next one can be looked for.
    pub(crate) fn is_at_end(&self) -> bool {
        self.extent.is_over() || self.extent == Extent::Open
    }

    /// From now on this is HTTP/2: everything goes to the engine.
    pub(crate) fn become_http2(&mut self) {
        self.http2 = true;
        self.extent = Extent::Open;
    }

    /// Whether HTTP/2 was agreed on in the TLS handshake.
    pub(crate) fn agreed_on_http2(&self) -> bool {
        self.transport.agreed_on_http2()
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// While the engine waits for its upstream it looks out for a client that leaves. One that sends its next request instead
    /// has not left.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.pending.is_empty() {
            return Poll::Pending;
        }
        match ready!(self.poll_fill(cx))? {
            0 => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    /// Once a client knows that its protocol was switched, it is not the engine's any more.
    fn hand_over(&mut self) {
        let Some(handover) = self.connection.handover().filter(|handover| handover.awaits_client()) else {
            return;
        };
        self.switching = false;
        let socket = std::mem::replace(&mut self.transport, Transport::Gone);
        self.ended = true;
        handover.answered(End { socket, sent: std::mem::take(&mut self.pending) });
    }

    /// A body without an end is a client's error, and to be told from one of the connection.
    fn unbroken(&self) -> io::Result<()> {
        if self.extent.is_broken() { Err(io::ErrorKind::InvalidData.into()) } else { Ok(()) }
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.out.len() {
            let rest = &self.out[self.sent..];
            match ready!(Pin::new(&mut self.transport).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes => self.sent += bytes,
            }
        }
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Sends what was held back and as much as possible of `buf` in one call.
    fn poll_write_both(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let held = self.out.len() - self.sent;
            if held == 0 {
                self.out.clear();
                self.sent = 0;
                return Pin::new(&mut self.transport).poll_write(cx, buf);
            }
            let both = [IoSlice::new(&self.out[self.sent..]), IoSlice::new(buf)];
            match ready!(Pin::new(&mut self.transport).poll_write_vectored(cx, &both))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                bytes if bytes > held => {
                    self.out.clear();
                    self.sent = 0;
                    return Poll::Ready(Ok(bytes - held));
                }
                bytes => self.sent += bytes,
            }
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.extent.is_over() || this.connection.handover().is_some() {
            return this.poll_idle(cx);
        }
        if !this.pending.is_empty() {
            let offered = this.pending.len().min(buf.remaining());
            let taken = this.extent.take(&this.pending[..offered]);
            buf.put_slice(&this.pending[..taken]);
            this.pending.advance(taken);
            return Poll::Ready(this.unbroken());
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.transport).poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        this.ended = read.is_empty();
        let taken = this.extent.take(read);
        this.pending.extend_from_slice(&read[taken..]);
        buf.set_filled(before + taken);
        Poll::Ready(this.unbroken())
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.http2 && !this.connection.has_begun() {
            this.overruled = true;
            return Poll::Ready(Ok(buf.len()));
        }
        if this.extent == Extent::Open && buf.starts_with(SWITCH) {
            this.switching = true;
        }
        if this.out.len() + buf.len() <= OUT_BYTES_MAX {
            if this.out.capacity() == 0 {
                this.out.reserve_exact(OUT_BYTES_MAX);
            }
            this.out.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        this.poll_write_both(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(cx))?;
        ready!(Pin::new(&mut this.transport).poll_flush(cx))?;
        if this.switching {
            this.hand_over();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if std::mem::take(&mut this.overruled) {
            // Ours instead of the engine's empty answer.
            this.out = this.connection.unreadable();
        }
        ready!(this.poll_write_out(cx))?;
        Pin::new(&mut this.transport).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes: usize = bufs.iter().map(|buf| buf.len()).sum();
        let this = self.get_mut();
        if this.out.len() > this.sent || bytes <= OUT_BYTES_MAX {
            let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
            return Pin::new(this).poll_write(cx, first);
        }
        Pin::new(&mut this.transport).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

#[async_trait]
impl Shutdown for ClientStream {
    async fn shutdown(&mut self) {
        // The client may be gone, and then there is nobody to say goodbye to.
        let _ = AsyncWriteExt::shutdown(self).await;
    }
}

/// The engine drops a connection that is not to be used again; it knows no lingering.
impl Drop for ClientStream {
    fn drop(&mut self) {
        if !self.ended {
            let unread = !self.is_at_end() || !self.pending.is_empty();
            if let Some(tcp) = self.transport.tcp() {
                linger::with(tcp, unread);
            }
        }
    }
}

fn descriptor(transport: &Transport) -> UniqueIDType {
    transport.tcp().map_or(-1, AsRawFd::as_raw_fd)
}

impl UniqueID for ClientStream {
    fn id(&self) -> UniqueIDType {
        descriptor(&self.transport)
    }
}

impl Ssl for ClientStream {
    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.ssl.clone()
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.http2.then_some(ALPN::H2)
    }
}

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
