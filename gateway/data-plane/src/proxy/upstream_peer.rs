//! Picks an endpoint, picks another when the first cannot be reached, and tells the cluster how it went.

use super::{
    context::Context,
    downstream::Downstream,
    total_timeout::{self, Waits},
};
use crate::upstream::{Attempt, Upstream};
use agw_core::{
    balance,
    cluster::{Lease, NoPick, PickAsk},
    lane::Resolved,
    refusal::{Code, Refusal},
};
use http::{StatusCode, header::CONNECTION};
use pingora_core::upstreams::peer::HttpPeer;
use pingora_error::{Error, ErrorSource, Result, RetryType};
use pingora_http::{RequestHeader, ResponseHeader};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const ATTEMPTS_MAX: u32 = 2;
/// Senders of alerts try 5xx answers again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Picks the endpoint whose turn it is.
pub(super) async fn pick(session: &impl Downstream, ctx: &mut Context) -> Result<Arc<Upstream>> {
    let upstream = ctx.cluster.as_ref().and_then(|cluster| ctx.state.upstreams.of(cluster)).map(Arc::clone);
    let Some(upstream) = upstream else {
        return Err(ctx.refuse(Refusal::new(Code::Internal, "the request has no route")));
    };
    if let Some(before) = ctx.upstream.attempt.take() {
        ctx.upstream.tried.extend(before.lease().map(Lease::tried));
    }
    ctx.upstream.attempts += 1;
    ctx.upstream.connected = false;
    ctx.upstream.began = Some(Instant::now());
    ctx.body_bytes = 0;
    let picked = reserve(&upstream, session, ctx).await;
    ctx.upstream.attempt = Some(picked.map_err(|reason| ctx.refuse(refusal_of(reason, &ctx.lane)))?);
    Ok(upstream)
}

/// How long the attempt that was begun waits for what.
pub(super) fn waits(upstream: &Upstream, ctx: &mut Context) -> Result<Waits> {
    let Some(compiled) = ctx.route.clone() else {
        return Err(ctx.refuse(Refusal::new(Code::Internal, "the request has no route")));
    };
    total_timeout::waits(&compiled, upstream.live.cluster.connect_timeout, ctx)
}

/// The endpoint that was picked, in the form the engine takes.
pub(super) fn peer(
    upstream: &Upstream,
    session: &impl Downstream,
    ctx: &mut Context,
) -> Result<Box<HttpPeer>> {
    let waits = waits(upstream, ctx)?;
    let peer = ctx.upstream.attempt.as_ref().and_then(|attempt| upstream.peer(attempt));
    let Some(mut peer) = peer else { return Err(ctx.refuse(unavailable())) };
    let options = &mut peer.options;
    (options.connection_timeout, options.total_connection_timeout) =
        (Some(waits.connect), Some(waits.connect));
    // A WebSocket that is open is not the engine's any more.
    (options.read_timeout, options.write_timeout) = (Some(waits.read), Some(waits.write));
    if session.is_upgrade()
        && let Some(connection) = &ctx.connection
        && let Some(attempt) = &ctx.upstream.attempt
        && let Some(handover) = upstream.hand_over(&mut peer, attempt)
    {
        connection.prepare_handover(handover);
    }
    Ok(peer)
}

async fn reserve(
    upstream: &Arc<Upstream>,
    session: &impl Downstream,
    ctx: &mut Context,
) -> Result<Attempt, NoPick> {
    if ctx.upstream.slot.is_none() {
        ctx.upstream.slot = upstream.enter()?;
    }
    let request = session.request();
    let key = upstream.live.hash_by().map(|by| {
        let (path, query) = (request.uri.path(), request.uri.query());
        balance::hash_key(by, path, query, &request.headers, ctx.client)
    });
    let ask = PickAsk {
        lanes: &ctx.lane.candidates(),
        key: key.unwrap_or(0),
        tried: &ctx.upstream.tried,
        now: ctx.state.upstreams.now(),
    };
    upstream.pick(&ask).await
}

/// Nothing was sent, so another endpoint may be tried, once.
pub(super) fn not_connected(ctx: &mut Context, mut error: Box<Error>) -> Box<Error> {
    let now = ctx.state.upstreams.now();
    let lanes = ctx.lane.candidates();
    let others = ctx.upstream.attempt.as_mut().is_some_and(|attempt| {
        attempt.failed();
        let Some(lease) = attempt.lease() else { return false };
        let mut tried = ctx.upstream.tried.clone();
        tried.push(lease.tried());
        lease.cluster().has_untried(&PickAsk { lanes: &lanes, key: 0, tried: &tried, now })
    });
    // Each lane of the chain may turn out to be dead.
    let attempts_max = ATTEMPTS_MAX + lanes.len() as u32 - 1;
    error.set_retry(others && ctx.upstream.attempts < attempts_max);
    error
}

pub(super) fn connected(ctx: &mut Context) {
    ctx.upstream.connected = true;
    if let Some(attempt) = &mut ctx.upstream.attempt {
        attempt.connected();
    }
}

/// Where enough unused connections are kept, the endpoint is asked to close this one.
pub(super) fn ask_to_close(
    session: &impl Downstream,
    upstream: &mut RequestHeader,
    ctx: &Context,
) -> Result<()> {
    let lease = ctx.upstream.attempt.as_ref().and_then(Attempt::lease);
    if lease.is_none_or(Lease::keeps_connection) || session.is_upgrade() {
        return Ok(());
    }
    upstream.insert_header(CONNECTION, "close")
}

/// The head of an answer is there.
pub(super) fn answered(response: &ResponseHeader, ctx: &mut Context) {
    let interim = response.status.is_informational() && response.status != StatusCode::SWITCHING_PROTOCOLS;
    if let Some(attempt) = ctx.upstream.attempt.as_mut().filter(|_| !interim) {
        attempt.answered(!response.status.is_server_error());
    }
}

/// The exchange broke off after there was a connection. What may have been acted on is not sent again unless that is idempotent.
pub(super) fn broken(
    session: &impl Downstream,
    ctx: &mut Context,
    mut error: Box<Error>,
    client_reused: bool,
) -> Box<Error> {
    // A kept connection that the endpoint closed meanwhile says nothing about its health.
    let stale = client_reused && matches!(error.retry, RetryType::ReusedOnly);
    if *error.esource() == ErrorSource::Upstream
        && !stale
        && let Some(attempt) = &mut ctx.upstream.attempt
    {
        attempt.failed();
    }
    if !session.request().method.is_idempotent() || !session.body_is_kept() {
        error.set_retry(false);
    } else {
        error.retry.decide_reuse(client_reused);
    }
    error
}

/// The request is over, in whichever way.
pub(super) fn finished(error: Option<&Error>, ctx: &mut Context) {
    if let Some(attempt) = ctx.upstream.attempt.take().filter(|_| error.is_none()) {
        attempt.completed();
    }
    ctx.upstream.slot = None;
}

/// The answer when no connection could be made.
pub(super) fn unavailable() -> Refusal {
    let detail = "the service behind this route cannot be reached; nothing was sent to it, try again";
    Refusal::new(Code::UpstreamUnavailable, detail).retry_after(TRY_AGAIN_AFTER)
}

fn refusal_of(reason: NoPick, lane: &Resolved) -> Refusal {
    match reason {
        NoPick::Unavailable | NoPick::Unresolved if lane.strict && lane.lane.is_some() => {
            let detail = "the lane of the request has no living endpoint, and this route does not leave it; nothing was sent";
            Refusal::new(Code::LaneUnavailable, detail).retry_after(TRY_AGAIN_AFTER)
        }
        NoPick::Unavailable | NoPick::Unresolved => unavailable(),
        NoPick::Busy => {
            let detail = "the service behind this route is busy; nothing was sent to it, try again";
            Refusal::new(Code::UpstreamOverloaded, detail).retry_after(TRY_AGAIN_AFTER)
        }
        NoPick::Open(wait) => {
            let detail = "the service behind this route fails too often and is left alone for a while; nothing was sent to it";
            Refusal::new(Code::CircuitOpen, detail).retry_after(wait)
        }
    }
}
