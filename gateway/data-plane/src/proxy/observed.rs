//! What is counted, recorded and told of a request on its way.

use super::{Proxy, context::Context};
use crate::{
    metrics::{ClusterSeries, Connect, UpstreamFailure},
    observe,
    upstream::Attempt,
};
use agw_core::{
    cluster::{CompiledCluster, Lease, Target},
    refusal::Code,
};
use pingora_error::{
    Error, ErrorSource,
    ErrorType::{ReadTimedout, WriteTimedout},
    RetryType,
};
use std::time::Instant;

/// Where the request is sent.
pub(super) fn cluster(ctx: &Context) -> Option<&CompiledCluster> {
    let leased = lease(ctx).map(|lease| lease.cluster().as_ref());
    leased.or(ctx.cluster.as_deref())
}

/// The endpoint that was asked last.
pub(super) fn endpoint(ctx: &Context) -> Option<&Target> {
    lease(ctx).map(|lease| &lease.member().target)
}

fn lease(ctx: &Context) -> Option<&Lease> {
    ctx.upstream.attempt.as_ref().and_then(Attempt::lease)
}

fn series(ctx: &Context) -> Option<&ClusterSeries> {
    cluster(ctx).and_then(observe::cluster)
}

/// An endpoint was picked, or was to be.
pub(super) fn attempt_begins(ctx: &mut Context) {
    if ctx.upstream.attempts > 1
        && let Some(series) = series(ctx)
    {
        series.retried();
    }
    if ctx.trace.record.is_some() {
        let name = endpoint(ctx).map(ToString::to_string).unwrap_or_default();
        ctx.trace.attempt_ends(None);
        ctx.trace.attempt_begins(|| name);
    }
}

pub(super) fn connected(ctx: &Context, how: Connect) {
    if let Some(series) = series(ctx) {
        series.connect(how);
    }
}

/// Another attempt may follow, so that this is not the end of the request.
pub(super) fn not_connected(ctx: &mut Context, error: &Error) {
    if let Some(series) = series(ctx) {
        series.connect(Connect::Failed);
        series.failed(UpstreamFailure::Connect);
        tell(ctx, series, error, "cannot connect to an upstream");
    }
    ctx.trace.attempt_ends(Some("connect"));
}

/// The head of the answer is there.
pub(super) fn answered(ctx: &mut Context, status: u16) {
    let upstream = &ctx.upstream;
    if let (Some(began), Some(answered), Some(series)) = (upstream.began, upstream.answered, series(ctx)) {
        series.answered(microseconds(began, answered));
    }
    ctx.trace.attempt_answered(status);
}

/// The exchange broke off. Another attempt may follow. A kept connection that was closed meanwhile is nobody's failure.
pub(super) fn broken(ctx: &mut Context, error: &Error, reused: bool) {
    if *error.esource() != ErrorSource::Upstream || (reused && matches!(error.retry, RetryType::ReusedOnly)) {
        return;
    }
    let timed_out = matches!(error.etype(), ReadTimedout | WriteTimedout);
    let how = if timed_out { UpstreamFailure::Timeout } else { UpstreamFailure::Broken };
    if let Some(series) = series(ctx) {
        series.failed(how);
        tell(ctx, series, error, "upstream failed");
    }
    ctx.trace.attempt_ends(Some(if timed_out { "timeout" } else { "broken" }));
}

/// The request ends without an answer, or in the middle of one. What upstreams had to do with it was told before.
pub(super) fn failed(proxy: &Proxy, ctx: &Context, error: &Error) {
    if ctx.refused == Some(Code::Internal)
        && let Some(suppressed) = proxy.internal_errors.admit()
    {
        let route = ctx.route.as_ref().map(|compiled| compiled.route.name.as_str());
        let request_id = ctx.request_id.as_str();
        tracing::error!(route, request_id, suppressed, %error, "the gateway failed");
    }
}

fn tell(ctx: &Context, series: &ClusterSeries, error: &Error, what: &'static str) {
    let Some(suppressed) = series.failures_gate.admit() else { return };
    let route = ctx.route.as_ref().map(|compiled| compiled.route.name.as_str());
    let cluster = cluster(ctx).map(|compiled| compiled.cluster.name.as_str());
    let endpoint = endpoint(ctx).map(ToString::to_string);
    let request_id = ctx.request_id.as_str();
    tracing::warn!(route, cluster, endpoint, request_id, suppressed, %error, "{what}");
}

pub(super) fn microseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}
