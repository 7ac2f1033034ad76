//! One way, from who says something to whom it is said.

use agw_core::websocket::Frames;
use bytes::{Buf, BytesMut};
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const SCRATCH_BYTES: usize = 16 << 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// One way.
pub(super) struct Way {
    /// What was read, or is ours, and could not be written yet.
    held: BytesMut,
    /// What is held is ours alone.
    ours: bool,
    /// What was written may still be on this side of the encryption.
    unflushed: bool,
    source: Source,
    sink: Sink,
    /// Somebody broke off.
    broken: bool,
    frames: Frames,
    bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Open,
    /// Nobody listens any more. To close with unread bytes would reset the connection, and what was said last might be lost.
    Unheard,
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sink {
    Open,
    /// After what is held, the end.
    Ending,
    Ended,
}

/// That something has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Something that one side has to say to the other.
    Said,
    /// Pings, pongs, and the end.
    Unsaid,
}

impl Way {
    /// `sent` has been read already.
    pub(super) fn new(sent: BytesMut) -> Self {
        let mut frames = Frames::default();
        frames.pass(&sent);
        Self {
            held: sent,
            ours: false,
            unflushed: false,
            source: Source::Open,
            sink: Sink::Open,
            broken: false,
            frames,
            bytes: 0,
        }
    }

    /// So many have been taken.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether somebody broke off.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether what is sent is not taken.
    pub(super) fn is_blocked(&self) -> bool {
        !self.held.is_empty() || self.unflushed
    }

    /// Whether more may be said.
    pub(super) fn is_open(&self) -> bool {
        self.source == Source::Open && self.sink == Sink::Open && !self.has_closed()
    }

    /// Whether a close frame was said.
    pub(super) fn has_closed(&self) -> bool {
        self.frames.are_closed()
    }

    /// Whether all was said, and all is done.
    pub(super) fn is_over(&self) -> bool {
        self.source == Source::Ended && self.sink == Sink::Ended
    }

    /// Puts a frame of ours behind what is under way, if it may stand there.
    pub(super) fn insert(&mut self, frame: &[u8]) -> bool {
        let may = self.sink == Sink::Open && self.frames.may_follow();
        if may {
            self.ours = self.held.is_empty();
            self.held.extend_from_slice(frame);
        }
        may
    }

    /// Says this and no more.
    pub(super) fn finish(&mut self, frame: &[u8]) {
        self.insert(frame);
        if self.sink == Sink::Open {
            self.sink = Sink::Ending;
        }
        self.stop_listening();
    }

    /// Moves one piece; pending when there is nothing to move, or nowhere to.
    pub(super) fn poll(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Moved> {
        if self.sink != Sink::Ended {
            match ready!(self.poll_sink(to, cx)) {
                Ok(None) => {}
                Ok(Some(moved)) => return Poll::Ready(moved),
                Err(_) => {
                    self.broken = true;
                    self.sink = Sink::Ended;
                    self.held = BytesMut::new();
                    self.stop_listening();
                }
            }
        }
        match self.source {
            Source::Ended => Poll::Pending,
            Source::Unheard => self.poll_unheard(from, cx),
            Source::Open => self.poll_piece(from, to, cx),
        }
    }

    /// Sends what is there to be sent; `None` when there is nothing left.
    fn poll_sink(
        &mut self,
        to: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Moved>>> {
        if !self.held.is_empty() {
            let written = ready!(Pin::new(to).poll_write(cx, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.held.advance(written);
            self.bytes += written as u64;
            let moved = if self.ours { Moved::Unsaid } else { Moved::Said };
            if self.held.is_empty() {
                self.held = BytesMut::new();
                self.ours = false;
            }
            return Poll::Ready(Ok(Some(moved)));
        }
        if self.unflushed {
            ready!(Pin::new(&mut *to).poll_flush(cx))?;
            self.unflushed = false;
        }
        if self.sink == Sink::Ending {
            // Who is gone already needs no end.
            let _ = ready!(Pin::new(to).poll_shutdown(cx));
            self.sink = Sink::Ended;
            return Poll::Ready(Ok(Some(Moved::Unsaid)));
        }
        Poll::Ready(Ok(None))
    }

    fn poll_piece(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Moved> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            let done = ready!(Pin::new(from).poll_read(cx, &mut read));
            let bytes = read.filled();
            if done.is_err() || bytes.is_empty() {
                // Many do not say goodbye over TLS; WebSockets have an end of their own.
                self.broken |= done.is_err_and(|error| error.kind() != io::ErrorKind::UnexpectedEof);
                self.source = Source::Ended;
                self.sink = Sink::Ending;
                return Poll::Ready(Moved::Unsaid);
            }
            let said = self.frames.pass(bytes);
            // An error comes again, and is seen to then.
            let written = match Pin::new(to).poll_write(cx, bytes) {
                Poll::Ready(Ok(written)) => written,
                Poll::Ready(Err(_)) | Poll::Pending => 0,
            };
            self.unflushed = true;
            self.bytes += written as u64;
            self.held.extend_from_slice(&bytes[written..]);
            Poll::Ready(if said { Moved::Said } else { Moved::Unsaid })
        })
    }

    fn poll_unheard(&mut self, from: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<Moved> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            let done = ready!(Pin::new(from).poll_read(cx, &mut read));
            if done.is_err() || read.filled().is_empty() {
                self.source = Source::Ended;
            }
            Poll::Ready(Moved::Unsaid)
        })
    }

    fn stop_listening(&mut self) {
        if self.source == Source::Open {
            self.source = Source::Unheard;
        }
    }
}
