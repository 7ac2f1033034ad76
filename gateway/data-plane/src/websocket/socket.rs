//! The way to an upstream that may switch protocols.

use super::{End, Handover};
use crate::upstream::dial::{Counted, Socket};
use bytes::{Buf, BytesMut};
use pingora_core::protocols::l4::{
    stream::Stream,
    virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream},
};
use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// An answer's head longer than this is the engine's to refuse.
const HEAD_BYTES_MAX: usize = 64 << 10;
const READ_BYTES: usize = 4 << 10;

/// A connection to an upstream, counted as one of its endpoint's.
pub(crate) struct UpstreamSocket {
    socket: Socket,
    _counted: Option<Arc<Counted>>,
}

impl UpstreamSocket {
    pub(crate) fn new(socket: Socket, counted: Option<Arc<Counted>>) -> Self {
        socket.set_nodelay();
        Self { socket, _counted: counted }
    }
}

/// The socket in the form the engine takes, until the upstream switches protocols.
pub(crate) fn watched(socket: UpstreamSocket, handover: Arc<Handover>) -> Stream {
    let watched =
        Watched { socket: Some(socket), sent: BytesMut::new(), state: State::Head { seen: 0 }, handover };
    Stream::from(VirtualSocketStream::new(Box::new(watched)))
}

/// A connection that reads no further than the answer that switches protocols.
struct Watched {
    socket: Option<UpstreamSocket>,
    sent: BytesMut,
    state: State,
    handover: Arc<Handover>,
}

#[derive(Clone, Copy)]
enum State {
    /// A head is awaited; so much of it was searched for its end.
    Head { seen: usize },
    /// So much of a head is left to be given to the engine; then comes the next one, or the end of HTTP.
    Giving { left: usize, switches: bool },
    /// An ordinary answer.
    Plain,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl VirtualSocket for Watched {
    fn set_socket_option(&self, _: VirtualSockOpt) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match this.state {
                State::Head { seen } => {
                    if let Some(end) = agw_core::message::head_end(&this.sent, seen) {
                        let kind = kind(&this.sent[..end]);
                        this.state = match kind {
                            Kind::Interim => State::Giving { left: end, switches: false },
                            Kind::Switch => State::Giving { left: end, switches: true },
                            Kind::Final => State::Plain,
                        };
                        continue;
                    }
                    let seen = this.sent.len();
                    this.state = if seen > HEAD_BYTES_MAX { State::Plain } else { State::Head { seen } };
                    let Some(socket) = &mut this.socket else { return Poll::Pending };
                    let mut bytes = [0; READ_BYTES];
                    let mut read = ReadBuf::new(&mut bytes);
                    ready!(Pin::new(socket).poll_read(cx, &mut read))?;
                    if read.filled().is_empty() {
                        this.state = State::Plain;
                        if this.sent.is_empty() {
                            return Poll::Ready(Ok(()));
                        }
                    }
                    this.sent.extend_from_slice(read.filled());
                }
                State::Giving { left: 0, switches } => {
                    if !switches {
                        this.state = State::Head { seen: 0 };
                        continue;
                    }
                    return Poll::Pending;
                }
                State::Giving { left, switches } => {
                    let given = left.min(buf.remaining());
                    buf.put_slice(&this.sent[..given]);
                    this.sent.advance(given);
                    this.state = State::Giving { left: left - given, switches };
                    if switches
                        && left == given
                        && let Some(socket) = this.socket.take()
                    {
                        this.handover.switched(End { socket, sent: std::mem::take(&mut this.sent) });
                    }
                    return Poll::Ready(Ok(()));
                }
                State::Plain if !this.sent.is_empty() => {
                    let given = this.sent.len().min(buf.remaining());
                    buf.put_slice(&this.sent[..given]);
                    this.sent.advance(given);
                    return Poll::Ready(Ok(()));
                }
                State::Plain => {
                    let Some(socket) = &mut this.socket else { return Poll::Pending };
                    return Pin::new(socket).poll_read(cx, buf);
                }
            }
        }
    }
}

/// What an answer's head says about what follows.
enum Kind {
    /// Another head.
    Interim,
    /// Another protocol.
    Switch,
    /// The rest of this answer.
    Final,
}

fn kind(head: &[u8]) -> Kind {
    match head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3)) {
        Some(b"101") => Kind::Switch,
        Some([b'1', ..]) => Kind::Interim,
        _ => Kind::Final,
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().socket {
            Some(socket) => Pin::new(socket).poll_write(cx, buf),
            None => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Some(socket) => Pin::new(socket).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Some(socket) => Pin::new(socket).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncRead for UpstreamSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for UpstreamSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
