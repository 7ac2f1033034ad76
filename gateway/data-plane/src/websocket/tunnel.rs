//! Both ways at once, without a buffer while nothing moves.

mod way;
#[cfg(test)]
mod tests;

use super::End;
use agw_core::websocket::{GOING_AWAY, PING, close};
use std::{
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, Sleep, sleep_until},
};
use way::{Moved, Way};

/// Pieces moved before others on the thread have their turn.
const PIECES_A_TURN: u32 = 16;
/// Pings without a sign of life before a client is given up.
const PINGS_MAX: u32 = 2;
/// Once one side has said all it had to say, the other one may be silent for so long.
const HALF_CLOSED: Duration = Duration::from_secs(60);
/// How long what was said last may take to arrive: our close frames, or the rest of what a broken side has sent.
const LINGER: Duration = Duration::from_millis(800);
/// Without any term there is nothing to wake up for; a timer still wants a time.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// How long it may last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The longest silence of both sides.
    pub(crate) idle: Option<Duration>,
    /// The longest silence of the client before it is pinged.
    pub(crate) ping: Option<Duration>,
    /// The longest time for which the client takes nothing of what is sent to it.
    pub(crate) stall: Duration,
}

/// Becomes true when everything that is open is about to be ended.
pub(crate) type Leaving = watch::Receiver<bool>;

/// Bytes that went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) from_client: u64,
    pub(crate) to_client: u64,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By a close frame.
    Closed,
    /// One side broke off.
    Broken,
    /// Neither has said anything for too long.
    Idle,
    /// The client answers no pings.
    Lost,
    /// The client takes nothing.
    Stalled,
    /// The gateway stops.
    Drained,
}

impl Ended {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::Idle => "idle",
            Self::Lost => "lost",
            Self::Stalled => "stalled",
            Self::Drained => "drained",
        }
    }

    /// What both sides are told when it was our decision.
    fn reason(self) -> &'static str {
        match self {
            Self::Closed | Self::Broken => "",
            Self::Idle => "idle for too long",
            Self::Lost => "no answer to pings",
            Self::Stalled => "nothing taken for too long",
            Self::Drained => "the gateway stops",
        }
    }
}

struct Tunnel<C, U> {
    client: C,
    upstream: U,
    up: Way,
    down: Way,
    terms: Terms,
    leaving: Leaving,
    /// When somebody said something; pongs are nothing said.
    said: Instant,
    /// When the client was heard of, or pinged.
    heard: Instant,
    pings: u32,
    /// To be sent between the next two frames.
    ping_due: bool,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    /// We have decided to end it, or somebody broke off: why, and when at the latest.
    ending: Option<(Ended, Instant)>,
}

/// Moves bytes both ways until it ends.
pub(crate) async fn run<C, U>(
    client: End<C>,
    upstream: End<U>,
    terms: Terms,
    mut leaving: Leaving,
) -> (Ended, Traffic)
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    let now = Instant::now();
    let mut tunnel = Tunnel {
        client: client.socket,
        upstream: upstream.socket,
        up: Way::new(client.sent),
        down: Way::new(upstream.sent),
        terms,
        leaving: leaving.clone(),
        said: now,
        heard: now,
        pings: 0,
        ping_due: false,
        stalled: None,
        ending: None,
    };
    let mut told = pin!(leaving.changed());
    // Once is enough to be woken; later looks are at an atomic.
    poll_fn(|cx| Poll::Ready(told.as_mut().poll(cx).is_ready())).await;
    let mut timer = pin!(sleep_until(tunnel.deadline()));
    let ended = poll_fn(|cx| tunnel.poll(timer.as_mut(), cx)).await;
    (ended, Traffic { from_client: tunnel.up.bytes(), to_client: tunnel.down.bytes() })
}

impl<C, U> Tunnel<C, U>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    fn poll(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Ended> {
        for _ in 0..PIECES_A_TURN {
            self.send_ping();
            let up = self.up.poll(&mut self.client, &mut self.upstream, cx);
            let down = self.down.poll(&mut self.upstream, &mut self.client, cx);
            if self.up.is_over() && self.down.is_over() {
                return Poll::Ready(self.ended());
            }
            let now = Instant::now();
            self.note(&up, &down, now);
            if up.is_pending() && down.is_pending() {
                if !self.is_told_to_leave() {
                    ready!(self.poll_time(timer.as_mut(), cx));
                }
                if self.settle(Instant::now()) {
                    return Poll::Ready(self.ended());
                }
            }
        }
        // Who is always busy may be out of time nevertheless.
        if self.settle(Instant::now()) {
            return Poll::Ready(self.ended());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes note of what has moved.
    fn note(&mut self, up: &Poll<Moved>, down: &Poll<Moved>, now: Instant) {
        let said = |moved: &Poll<Moved>| matches!(moved, Poll::Ready(Moved::Said));
        if said(up) || said(down) {
            self.said = now;
        }
        if up.is_ready() {
            (self.heard, self.pings, self.ping_due) = (now, 0, false);
        }
        if down.is_pending() && self.down.is_blocked() {
            self.stalled.get_or_insert(now);
        } else {
            self.stalled = None;
        }
        if self.ending.is_none() && (self.up.is_broken() || self.down.is_broken()) {
            self.ending = Some((self.of_itself(), now + LINGER));
        }
    }

    fn send_ping(&mut self) {
        if self.ping_due && self.down.insert(&PING) {
            self.ping_due = false;
            self.pings += 1;
        }
    }

    /// Does what the time, or a gateway about to stop, asks for. True when it is over.
    fn settle(&mut self, now: Instant) -> bool {
        if let Some((_, until)) = self.ending {
            return now >= until;
        }
        if self.half_closed().is_some_and(|deadline| now >= deadline) {
            return true;
        }
        let is_past = |deadline: Option<Instant>| deadline.is_some_and(|deadline| now >= deadline);
        if self.is_told_to_leave() {
            self.end(Ended::Drained, now);
        } else if is_past(self.idle()) {
            self.end(Ended::Idle, now);
        } else if is_past(self.stall()) {
            self.end(Ended::Stalled, now);
        } else if is_past(self.ping()) {
            if self.pings >= PINGS_MAX {
                self.end(Ended::Lost, now);
            } else {
                // Within a frame of the upstream's a ping would destroy it; whoever is busy receiving is alive.
                self.ping_due = true;
                self.heard = now;
            }
        }
        false
    }

    /// Tells both sides, where a frame may be put, and hears them out for a moment.
    fn end(&mut self, ended: Ended, now: Instant) {
        self.ending = Some((ended, now + LINGER));
        let key = RandomState::new().hash_one(0).to_ne_bytes();
        let mask = [key[0], key[1], key[2], key[3]];
        self.down.finish(&close(GOING_AWAY, ended.reason(), None));
        self.up.finish(&close(GOING_AWAY, ended.reason(), Some(mask)));
    }

    fn ended(&self) -> Ended {
        self.ending.map_or_else(|| self.of_itself(), |(ended, _)| ended)
    }

    /// How it ended when it was not our decision: a WebSocket has a word for its end.
    fn of_itself(&self) -> Ended {
        if self.up.has_closed() || self.down.has_closed() { Ended::Closed } else { Ended::Broken }
    }

    fn is_told_to_leave(&self) -> bool {
        self.ending.is_none() && self.leaving.has_changed().unwrap_or(false)
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

    fn deadline(&self) -> Instant {
        if let Some((_, until)) = self.ending {
            return until;
        }
        let all = [self.idle(), self.ping(), self.stall(), self.half_closed()];
        all.into_iter().flatten().min().unwrap_or_else(|| self.said + FAR)
    }

    fn idle(&self) -> Option<Instant> {
        self.terms.idle.map(|idle| self.said + idle)
    }

    fn ping(&self) -> Option<Instant> {
        let takes_pings = !self.ping_due && self.down.is_open();
        self.terms.ping.filter(|_| takes_pings).map(|ping| self.heard + ping)
    }

    fn stall(&self) -> Option<Instant> {
        self.stalled.map(|since| since + self.terms.stall)
    }

    fn half_closed(&self) -> Option<Instant> {
        let closed = !self.up.is_open() || !self.down.is_open();
        closed.then(|| self.said + HALF_CLOSED)
    }
}
