//! What a request holds of a cluster while it is under way.

use super::{CompiledCluster, Member, Tried};
use crate::breaker::{BreakerState, Pass};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// One attempt at one endpoint. It is counted until dropped; dropped without a word on how it went, it says nothing about the
/// endpoint.
#[derive(Debug)]
pub struct Lease {
    cluster: Arc<CompiledCluster>,
    member: Arc<Member>,
    candidate: usize,
    began: Duration,
    pass: Option<Pass>,
    kept: bool,
    reached: bool,
    /// How the head of the answer was, once it is there.
    ok: Option<bool>,
}

/// What an attempt changed, for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The endpoint is left out until then.
    pub ejected_until: Option<Duration>,
    /// The circuit breaker's new state.
    pub breaker: Option<BreakerState>,
}

impl Lease {
    pub(super) fn new(
        cluster: Arc<CompiledCluster>,
        member: Arc<Member>,
        candidate: usize,
        pass: Pass,
        now: Duration,
    ) -> Self {
        let kept = match cluster.cluster.bounds.idle_connections_max {
            Some(max) => count(&member.state.kept, max),
            None => false,
        };
        Self { cluster, member, candidate, began: now, pass: Some(pass), kept, reached: false, ok: None }
    }

    /// The endpoint.
    #[must_use]
    pub fn member(&self) -> &Arc<Member> {
        &self.member
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Arc<CompiledCluster> {
        &self.cluster
    }

    /// Which of [`super::PickAsk::lanes`] it was found in.
    #[must_use]
    pub fn candidate(&self) -> usize {
        self.candidate
    }

    /// Whether the connection may be kept for others afterwards.
    #[must_use]
    pub fn keeps_connection(&self) -> bool {
        self.kept || self.cluster.cluster.bounds.idle_connections_max.is_none()
    }

    /// There is a connection.
    pub fn connected(&mut self) {
        self.reached = true;
    }

    /// For [`super::PickAsk::tried`] of the next attempt.
    #[must_use]
    pub fn tried(&self) -> Tried {
        Tried { member: Arc::clone(&self.member), reached: self.reached }
    }

    /// The head of the answer is there. `ok` is false for a status that is the endpoint's fault (5xx).
    pub fn answered(&mut self, ok: bool, now: Duration) -> Changes {
        self.member.state.answered_after(now.saturating_sub(self.began), now);
        self.ok = Some(ok);
        let pass = self.pass.take();
        let breaker = self.cluster.breaker.as_ref().zip(pass);
        let breaker = breaker.and_then(|(breaker, pass)| breaker.report(&pass, ok, now));
        Changes { breaker, ejected_until: if ok { None } else { self.count_failure(now) } }
    }

    /// There was no connection, no answer, or it broke off.
    pub fn failed(&mut self, now: Duration) -> Changes {
        if self.ok == Some(false) {
            // It is counted already.
            return Changes::default();
        }
        let breaker = self.cluster.breaker.as_ref().and_then(|breaker| match self.pass.take() {
            Some(pass) => breaker.report(&pass, false, now),
            None => breaker.retract(now),
        });
        self.ok = Some(false);
        Changes { breaker, ejected_until: self.count_failure(now) }
    }

    /// The answer is complete.
    pub fn completed(&self) {
        let failures = &self.member.state.failures;
        // Most often it is 0 already, and others need not fetch the line again.
        if self.ok == Some(true) && failures.load(Ordering::Relaxed) != 0 {
            failures.store(0, Ordering::Relaxed);
        }
    }

    fn count_failure(&self, now: Duration) -> Option<Duration> {
        let settings = self.cluster.cluster.outliers.as_ref()?;
        let failures = self.member.state.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures < settings.consecutive_failures { None } else { self.cluster.eject(&self.member, now) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.member.state.in_flight.fetch_sub(1, Ordering::SeqCst);
        if self.kept {
            self.member.state.kept.fetch_sub(1, Ordering::Relaxed);
        }
        if let (Some(pass), Some(breaker)) = (&self.pass, &self.cluster.breaker) {
            breaker.abandon(pass);
        }
    }
}

/// A request that is counted as under way in its cluster, over all its attempts.
#[derive(Debug)]
pub struct RequestSlot {
    requests: Arc<AtomicU32>,
}

impl CompiledCluster {
    /// Counts a request, if the cluster bounds them.
    ///
    /// # Errors
    /// As many as may be are under way.
    pub fn enter(&self) -> Result<Option<RequestSlot>, super::NoPick> {
        let Some(max) = self.cluster.bounds.requests_max else { return Ok(None) };
        if count(&self.requests, max) {
            Ok(Some(RequestSlot { requests: Arc::clone(&self.requests) }))
        } else {
            Err(super::NoPick::Busy)
        }
    }
}

/// A request that is counted as waiting for a connection.
#[derive(Debug)]
pub struct Waiting<'c>(&'c AtomicU32);

impl CompiledCluster {
    /// Counts a request that waits; `None` when as many wait as may.
    #[must_use]
    pub fn wait(&self) -> Option<Waiting<'_>> {
        count(&self.waiting, self.cluster.bounds.pending_max).then(|| Waiting(&self.waiting))
    }

    /// Requests that wait for a connection.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::SeqCst)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for RequestSlot {
    fn drop(&mut self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One more, unless that were more than `max`.
pub(super) fn count(counter: &AtomicU32, max: u32) -> bool {
    // Who frees room looks for those that wait, so neither may be seen before the other.
    if counter.fetch_add(1, Ordering::SeqCst) < max {
        return true;
    }
    counter.fetch_sub(1, Ordering::Relaxed);
    false
}

pub(super) fn has_room(counter: &AtomicU32, max: u32) -> bool {
    max == u32::MAX || counter.load(Ordering::SeqCst) < max
}
