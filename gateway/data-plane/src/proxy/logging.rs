//! The end of a request: it is counted, logged and its trace is sent.

use super::{
    Proxy,
    context::Context,
    observed::{self, microseconds},
    request_filter::host,
    upstream_peer,
};
use crate::{
    access_log::format::Line,
    connection::Connection,
    metrics::Finished,
    trace::{
        TRACESTATE,
        span::{self, Facts},
    },
};
use agw_core::refusal::{Code, Refusal};
use foundation::trace::TraceParent;
use http::{HeaderMap, Version, header::USER_AGENT};
use pingora_error::{Error, ErrorSource};
use pingora_proxy::Session;
use std::time::{Instant, SystemTime};

/// Never a body, and of credentials nothing: keys travel there.
pub(super) fn log(proxy: &Proxy, session: &Session, error: Option<&Error>, ctx: &mut Context) {
    tell(proxy, session, error, ctx);
    upstream_peer::finished(error, ctx);
}

fn tell(proxy: &Proxy, session: &Session, error: Option<&Error>, ctx: &mut Context) {
    let ended = Instant::now();
    let status = session.response_written().map_or(0, |head| head.status.as_u16());
    let took_us = microseconds(ctx.started, ended);
    let (bytes_in, bytes_out) = (session.body_bytes_read() as u64, session.body_bytes_sent() as u64);
    let series = ctx.state.observed.route(ctx.route.as_deref());
    series.finished(Finished { status, took_us, bytes_in, bytes_out });
    if let Some(code) = ctx.refused {
        proxy.metrics.refused(code);
        if code == Code::RateLimited {
            series.rate_limited();
        }
    }
    if ctx.trace.record.is_some() {
        ctx.trace.attempt_ends(None);
        send_trace(session, ctx, status, ended);
    }
    let format = &ctx.state.observed.log;
    if !format.wants(status) {
        return;
    }
    let request = session.req_header();
    let upstream = &ctx.upstream;
    let upstream_us = upstream.began.zip(upstream.answered).map(|(began, answered)| microseconds(began, answered));
    let line = Line {
        time: SystemTime::now(),
        client: ctx.client,
        consumer: ctx.consumer.as_ref().map(|consumer| consumer.name.as_str()),
        method: request.method.as_str(),
        host: host(request),
        path: request.uri.path(),
        query: request.uri.query(),
        protocol: request.version,
        status,
        route: ctx.route.as_ref().map(|compiled| compiled.route.name.as_str()),
        cluster: observed::cluster(ctx).filter(|_| upstream.attempts > 0).map(|live| live.cluster.name.as_str()),
        endpoint: observed::endpoint(ctx),
        lane: None,
        took_us,
        upstream_us,
        bytes_in,
        bytes_out,
        attempts: upstream.attempts,
        refusal: ctx.refused.map(Code::as_str),
        client_left: error.is_some_and(|error| *error.esource() == ErrorSource::Downstream),
        request_id: &ctx.request_id,
        trace_id: &ctx.trace.own.trace_id,
        headers: &request.headers,
    };
    proxy.access_log.log(format, &line);
}

impl Proxy {
    /// Counts and logs a request that never reached the hooks. What it asked for is not repeated: it could not be read.
    pub(crate) fn log_unread(&self, connection: &Connection, refusal: &Refusal, trace: &TraceParent) {
        let observed = &self.state.load().observed;
        let status = refusal.code.status();
        self.metrics.refused(refusal.code);
        observed.no_route.finished(Finished { status, took_us: 0, bytes_in: 0, bytes_out: 0 });
        if !observed.log.wants(status) {
            return;
        }
        let line = Line {
            time: SystemTime::now(),
            client: connection.peer.ip().to_canonical(),
            consumer: None,
            method: "",
            host: "",
            path: "",
            query: None,
            protocol: Version::HTTP_11,
            status,
            route: None,
            cluster: None,
            endpoint: None,
            lane: None,
            took_us: 0,
            upstream_us: None,
            bytes_in: 0,
            bytes_out: 0,
            attempts: 0,
            refusal: Some(refusal.code.as_str()),
            client_left: false,
            request_id: &trace.trace_id_hex(),
            trace_id: &trace.trace_id,
            headers: &HeaderMap::new(),
        };
        self.access_log.log(&observed.log, &line);
    }
}

fn send_trace(session: &Session, ctx: &Context, status: u16, ended: Instant) {
    let (Some(tracer), Some(record)) = (&ctx.state.observed.tracer, &ctx.trace.record) else { return };
    let request = session.req_header();
    let text = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    let path = ctx.route.as_ref().map(|compiled| compiled.route.path.to_string());
    let route = ctx.route.as_ref().map(|compiled| compiled.route.name.as_str());
    let facts = Facts {
        now: SystemTime::now(),
        began: ctx.started,
        ended,
        method: &request.method,
        host: host(request),
        path: request.uri.path(),
        encrypted: ctx.secure,
        protocol: request.version,
        client: ctx.client,
        user_agent: text(USER_AGENT.as_str()),
        trace_state: ctx.trace.caller.and(text(TRACESTATE)).unwrap_or_default(),
        status,
        route: route.zip(path.as_deref()),
        cluster: observed::cluster(ctx).map(|live| live.cluster.name.as_str()),
    };
    tracer.send(span::spans(&ctx.trace, record, &facts));
}
