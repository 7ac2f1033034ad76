//! From a request's head to the end of its answer.
//!
//! Until the answer begins, each wait for the upstream is as long as the time that is left, so that the client gets a 504. After
//! that nothing can be said any more, and the request is dropped at its deadline.

use super::context::Context;
use super::observed::microseconds;
use crate::{deadline, metrics::Finished, state::State};
use agw_core::{
    refusal::{Code, Refusal},
    routing::CompiledRoute,
};
use http::StatusCode;
use pingora_error::Result;
use pingora_http::ResponseHeader;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// For a refusal that is already on its way.
const LAST_WORD: Duration = Duration::from_secs(1);

/// When a request has to be over.
#[derive(Debug)]
pub(super) struct Deadline {
    began: Instant,
    at: Instant,
    /// The status of the answer that has begun.
    status: Option<u16>,
    over: bool,
    route: Arc<CompiledRoute>,
    request_id: String,
    state: Arc<State>,
}

/// A request that is dropped does not get to the hook that logs.
impl Drop for Deadline {
    fn drop(&mut self) {
        if self.over || Instant::now() < self.at {
            return;
        }
        let route = self.route.route.name.as_str();
        let took_us = microseconds(self.began, Instant::now());
        // How much of it passed is not known any more.
        let finished = Finished { status: self.status.unwrap_or(0), took_us, bytes_in: 0, bytes_out: 0 };
        self.state.observed.route(Some(&self.route)).finished(finished);
        tracing::warn!(
            route,
            status = self.status,
            request_id = self.request_id,
            "answer cut off at its total timeout"
        );
    }
}

/// Starts the clock of a route that has one.
pub(super) fn begin(ctx: &mut Context) {
    let Some(compiled) = &ctx.route else { return };
    let Some(total) = compiled.route.total_timeout else { return };
    let at = ctx.started + total;
    deadline::set(Some((at + LAST_WORD).into()));
    ctx.deadline = Some(Box::new(Deadline {
        began: ctx.started,
        at,
        status: None,
        over: false,
        route: Arc::clone(compiled),
        request_id: ctx.request_id.clone(),
        state: Arc::clone(&ctx.state),
    }));
}

/// The same clock goes on where the request is served from now on.
pub(super) fn go_on(ctx: &Context) {
    if let Some(deadline) = &ctx.deadline {
        deadline::set(Some((deadline.at + LAST_WORD).into()));
    }
}

/// How long an attempt waits for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// For a connection.
    pub(super) connect: Duration,
    /// Between two bytes of the answer.
    pub(super) read: Duration,
    /// Between two bytes of the request.
    pub(super) write: Duration,
}

/// Keeps an attempt within the time that is left, and one that is not the last within its own.
pub(super) fn waits(compiled: &CompiledRoute, connect: Duration, ctx: &mut Context) -> Result<Waits> {
    let timeout = compiled.route.timeout;
    let attempt = super::retry::attempt_timeout(ctx).unwrap_or(timeout);
    let Some(left) = left(ctx) else {
        return Ok(Waits { connect, read: timeout.min(attempt), write: timeout });
    };
    if left.is_zero() {
        return Err(ctx.refuse(too_late()));
    }
    Ok(Waits { connect: connect.min(left), read: timeout.min(attempt).min(left), write: timeout.min(left) })
}

/// From here on the deadline is exact. An upgraded connection has none.
pub(super) fn answer_begins(response: &ResponseHeader, ctx: &mut Context) {
    let Some(deadline) = &mut ctx.deadline else { return };
    if response.status == StatusCode::SWITCHING_PROTOCOLS {
        deadline::set(None);
        deadline.over = true;
    } else {
        deadline::set(Some(deadline.at.into()));
        deadline.status = Some(response.status.as_u16());
    }
}

/// The request was logged.
pub(super) fn over(ctx: &mut Context) {
    if let Some(deadline) = &mut ctx.deadline {
        deadline.over = true;
    }
}

/// How much time is left; `None` when there is no end to it.
pub(super) fn left(ctx: &Context) -> Option<Duration> {
    ctx.deadline.as_ref().map(|deadline| deadline.at.saturating_duration_since(Instant::now()))
}

fn too_late() -> Refusal {
    let detail = "the time for this request is over; the service behind this route may still be at work";
    Refusal::new(Code::UpstreamTimeout, detail)
}
