//! Both ways at once, without a buffer while nothing moves.

use super::End;
use agw_core::websocket::{Frames, PING};
use bytes::{Buf, BytesMut};
use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

const SCRATCH_BYTES: usize = 16 << 10;
/// Pieces moved before others on the thread have their turn.
const PIECES_A_TURN: u32 = 16;
/// Pings without a sign of life before a client is given up.
const PINGS_MAX: u32 = 2;
/// Without idle timeout and pings there is nothing to wake up for; a timer still wants a time.
const FAR: Duration = Duration::from_secs(24 * 3600);

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// How long it may last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The longest silence of both sides.
    pub(crate) idle: Option<Duration>,
    /// The longest silence of the client before it is pinged.
    pub(crate) ping: Option<Duration>,
}

/// Bytes that went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) from_client: u64,
    pub(crate) to_client: u64,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Both sides have said all they had to say.
    Closed,
    /// One side broke off.
    Broken,
    /// Neither has said anything for too long.
    Idle,
    /// The client answers no pings.
    Lost,
}

impl Ended {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::Idle => "idle",
            Self::Lost => "lost",
        }
    }
}

/// One way.
struct Way {
    /// What was read and could not be written yet.
    held: BytesMut,
    state: WayState,
    bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WayState {
    Open,
    /// The reader is at its end, the writer has to be told.
    Ending,
    Ended,
}

struct Tunnel<C, U> {
    client: C,
    upstream: U,
    up: Way,
    down: Way,
    frames: Frames,
    terms: Terms,
    last_from_client: Instant,
    last: Instant,
    pings: u32,
}

/// Moves bytes both ways until it ends.
pub(crate) async fn run<C, U>(client: End<C>, upstream: End<U>, terms: Terms) -> (Ended, Traffic)
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    let now = Instant::now();
    let mut frames = Frames::default();
    frames.pass(&upstream.sent);
    let mut tunnel = Tunnel {
        client: client.socket,
        upstream: upstream.socket,
        up: Way { held: client.sent, state: WayState::Open, bytes: 0 },
        down: Way { held: upstream.sent, state: WayState::Open, bytes: 0 },
        frames,
        terms,
        last_from_client: now,
        last: now,
        pings: 0,
    };
    let mut timer = pin!(sleep_until(tunnel.deadline()));
    let ended = poll_fn(|cx| tunnel.poll(timer.as_mut(), cx)).await;
    (ended, Traffic { from_client: tunnel.up.bytes, to_client: tunnel.down.bytes })
}

impl<C, U> Tunnel<C, U>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    fn poll(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Ended> {
        for _ in 0..PIECES_A_TURN {
            let up = self.up.poll(&mut self.client, &mut self.upstream, |_| {}, cx);
            let frames = &mut self.frames;
            let down = self.down.poll(&mut self.upstream, &mut self.client, |bytes| frames.pass(bytes), cx);
            match (&up, &down) {
                (Poll::Ready(Err(_)), _) | (_, Poll::Ready(Err(_))) => return Poll::Ready(Ended::Broken),
                (Poll::Pending, Poll::Pending) => {
                    if self.up.state == WayState::Ended && self.down.state == WayState::Ended {
                        return Poll::Ready(Ended::Closed);
                    }
                    ready!(self.poll_time(timer.as_mut(), cx));
                    if let Some(ended) = self.out_of_time() {
                        return Poll::Ready(ended);
                    }
                    continue;
                }
                _ => {}
            }
            let now = Instant::now();
            self.last = now;
            if matches!(up, Poll::Ready(Ok(()))) {
                self.last_from_client = now;
                self.pings = 0;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready when something has to be done because of the time.
    fn poll_time(&self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline();
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        // Moving a deadline further away is free: the timer goes off early and is set anew.
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    fn out_of_time(&mut self) -> Option<Ended> {
        let now = Instant::now();
        if self.terms.idle.is_some_and(|idle| now >= self.last + idle) {
            return Some(Ended::Idle);
        }
        if self.terms.ping.is_some_and(|ping| now >= self.last_from_client + ping * (self.pings + 1)) {
            if self.pings >= PINGS_MAX {
                return Some(Ended::Lost);
            }
            self.pings += 1;
            // Within a frame of the upstream's, the client is busy receiving, and a ping would destroy it.
            if self.down.held.is_empty() && self.frames.are_complete() && self.down.state == WayState::Open {
                self.down.held.extend_from_slice(&PING);
            }
        }
        None
    }

    fn deadline(&self) -> Instant {
        let idle = self.terms.idle.map(|idle| self.last + idle);
        let ping = self.terms.ping.map(|ping| self.last_from_client + ping * (self.pings + 1));
        let soonest = idle.into_iter().chain(ping).min();
        soonest.unwrap_or_else(|| self.last + FAR)
    }
}

impl Way {
    /// Moves one piece; pending when there is nothing to move, or nowhere to.
    fn poll(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        mut passes: impl FnMut(&[u8]),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            let written = ready!(Pin::new(&mut *to).poll_write(cx, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.advance(written);
            self.bytes += written as u64;
            if self.held.is_empty() {
                self.held = BytesMut::new();
                let _ = Pin::new(to).poll_flush(cx)?;
            }
            return Poll::Ready(Ok(()));
        }
        match self.state {
            WayState::Open => {}
            WayState::Ending => {
                ready!(Pin::new(to).poll_shutdown(cx))?;
                self.state = WayState::Ended;
                return Poll::Ready(Ok(()));
            }
            WayState::Ended => return Poll::Pending,
        }
        // What TLS holds back goes out before anybody waits.
        let _ = Pin::new(&mut *to).poll_flush(cx)?;
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(from).poll_read(cx, &mut read))?;
            let bytes = read.filled();
            if bytes.is_empty() {
                self.state = WayState::Ending;
                return Poll::Ready(Ok(()));
            }
            passes(bytes);
            let written = match Pin::new(&mut *to).poll_write(cx, bytes) {
                Poll::Ready(written) => written?,
                Poll::Pending => 0,
            };
            self.bytes += written as u64;
            if written < bytes.len() {
                self.held.extend_from_slice(&bytes[written..]);
            } else {
                let _ = Pin::new(to).poll_flush(cx)?;
            }
            Poll::Ready(Ok(()))
        })
    }
}
