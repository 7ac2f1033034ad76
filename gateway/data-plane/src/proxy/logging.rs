//! One line for each request, and its metric.

use super::{Proxy, context::Context, upstream_peer};
use crate::websocket::{Ended, Traffic};
use pingora_error::{Error, ErrorSource};
use pingora_proxy::Session;
use std::time::Duration;

/// Logs the request under the target `access`. Never its query, its headers or its body: keys travel there.
pub(super) fn log(proxy: &Proxy, session: &Session, error: Option<&Error>, ctx: &mut Context) {
    upstream_peer::finished(error, ctx);
    let status = session.response_written().map_or(0, |head| head.status.as_u16());
    let route = ctx.route.as_ref().map_or("", |compiled| compiled.route.name.as_str());
    proxy.metrics.request(route, status);

    let request = session.req_header();
    let upstream = &ctx.upstream;
    let upstream_took = upstream.began.zip(upstream.answered).map(|(began, answered)| answered - began);
    note_conduct(session, error, ctx);
    let client_left = error.is_some_and(|error| *error.esource() == ErrorSource::Downstream);
    tracing::info!(
        target: "access",
        method = request.method.as_str(),
        path = request.uri.path(),
        status,
        route,
        consumer = ctx.consumer.as_ref().map(|consumer| consumer.name.as_str()),
        client = %ctx.client,
        duration_ms = milliseconds(ctx.started.elapsed()),
        upstream_ms = upstream_took.map(milliseconds),
        bytes_in = session.body_bytes_read(),
        bytes_out = session.body_bytes_sent(),
        client_left,
        request_id = ctx.request_id,
        trace_id = ctx.trace.trace_id_hex(),
    );
}

/// Whether the client of an HTTP/2 stream gave it up before there was an answer.
fn note_conduct(session: &Session, error: Option<&Error>, ctx: &Context) {
    let downstream = error.is_some_and(|error| *error.esource() == ErrorSource::Downstream);
    if downstream && session.as_http2().is_some() && session.response_written().is_none() {
        if let Some(connection) = &ctx.connection {
            connection.conduct.give_up();
        }
    }
}

/// The same for a WebSocket, once it has ended.
pub(super) fn websocket(proxy: &Proxy, ctx: &Context, ended: Ended, traffic: Traffic) {
    let route = ctx.route.as_ref().map_or("", |compiled| compiled.route.name.as_str());
    proxy.metrics.request(route, 101);
    tracing::info!(
        target: "access",
        method = "GET",
        path = ctx.path,
        status = 101,
        route,
        consumer = ctx.consumer.as_ref().map(|consumer| consumer.name.as_str()),
        client = %ctx.client,
        duration_ms = milliseconds(ctx.started.elapsed()),
        bytes_in = traffic.from_client,
        bytes_out = traffic.to_client,
        ended = ended.as_str(),
        request_id = ctx.request_id,
        trace_id = ctx.trace.trace_id_hex(),
    );
}

#[allow(clippy::cast_precision_loss, reason = "a request does not last for centuries")]
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
