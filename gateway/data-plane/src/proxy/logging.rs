//! The end of a request: it is counted, logged and its trace is sent.

use super::{
    Proxy,
    context::Context,
    downstream::Downstream,
    observed::{self, microseconds},
    request_filter::host,
    upstream_peer,
};
use crate::{
    access_log::format::{Format, Line},
    connection::Connection,
    metrics::Finished,
    trace::{
        TRACESTATE,
        span::{self, Facts},
    },
    websocket::{Ended, Traffic},
};
use agw_core::{
    lane::Lane,
    refusal::{Code, Refusal},
};
use foundation::trace::TraceParent;
use http::{HeaderMap, HeaderName, Method, StatusCode, Version, header::USER_AGENT};
use pingora_error::{Error, ErrorSource};
use pingora_http::RequestHeader;
use std::time::{Instant, SystemTime};

/// Never a body, and of credentials nothing: keys travel there.
pub(super) fn log(proxy: &Proxy, session: &impl Downstream, error: Option<&Error>, ctx: &mut Context) {
    let answer = Answer {
        status: session.answered().map_or(0, |status| status.as_u16()),
        bytes_in: session.body_bytes_read(),
        bytes_out: session.body_bytes_sent(),
        client_left: error.is_some_and(|error| *error.esource() == ErrorSource::Downstream),
        ended: None,
    };
    tell(proxy, ctx, &Asked::of(session.request()), answer);
    upstream_peer::finished(error, ctx);
    note_conduct(session, error, ctx);
}

/// Whether the client of an HTTP/2 stream gave it up before there was an answer.
fn note_conduct(session: &impl Downstream, error: Option<&Error>, ctx: &Context) {
    let downstream = error.is_some_and(|error| *error.esource() == ErrorSource::Downstream);
    if downstream
        && session.is_http2()
        && session.answered().is_none()
        && let Some(connection) = &ctx.connection
    {
        connection.conduct.give_up();
    }
}

/// The same for a WebSocket, once it has ended.
pub(super) fn websocket(proxy: &Proxy, ctx: &mut Context, kept: &Kept, ended: Ended, traffic: &Traffic) {
    let answer = Answer {
        status: StatusCode::SWITCHING_PROTOCOLS.as_u16(),
        bytes_in: traffic.from_client,
        bytes_out: traffic.to_client,
        client_left: false,
        ended: Some(ended.as_str()),
    };
    let asked = Asked {
        method: &Method::GET,
        host: &kept.host,
        path: &kept.path,
        query: kept.query.as_deref(),
        protocol: Version::HTTP_11,
        headers: &kept.headers,
    };
    tell(proxy, ctx, &asked, answer);
    upstream_peer::finished(None, ctx);
}

/// What of a request's head is needed when its session is gone.
#[derive(Debug)]
pub(crate) struct Kept {
    host: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
}

impl Kept {
    pub(super) fn of(request: &RequestHeader, ctx: &Context) -> Self {
        let asked = Asked::of(request);
        let traced = [USER_AGENT, HeaderName::from_static(TRACESTATE)];
        let traced = traced.iter().filter(|_| ctx.trace.record.is_some());
        let mut headers = HeaderMap::new();
        for name in ctx.state.observed.log.headers().chain(traced) {
            if !headers.contains_key(name) {
                let values = request.headers.get_all(name).iter();
                values.for_each(|value| _ = headers.append(name.clone(), value.clone()));
            }
        }
        let query = ctx.state.observed.log.has_query().then(|| asked.query.map(str::to_owned)).flatten();
        Self { host: asked.host.to_owned(), path: asked.path.to_owned(), query, headers }
    }
}

/// What a client asked for.
struct Asked<'a> {
    method: &'a Method,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    protocol: Version,
    headers: &'a HeaderMap,
}

impl<'a> Asked<'a> {
    fn of(request: &'a RequestHeader) -> Self {
        Self {
            method: &request.method,
            host: host(request),
            path: request.uri.path(),
            query: request.uri.query(),
            protocol: request.version,
            headers: &request.headers,
        }
    }
}

/// What came of it.
#[derive(Clone, Copy)]
struct Answer {
    /// 0 when there was none.
    status: u16,
    bytes_in: u64,
    bytes_out: u64,
    client_left: bool,
    ended: Option<&'static str>,
}

fn tell(proxy: &Proxy, ctx: &mut Context, asked: &Asked<'_>, answer: Answer) {
    let ended = Instant::now();
    let took_us = microseconds(ctx.started, ended);
    let Answer { status, bytes_in, bytes_out, .. } = answer;
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
        send_trace(ctx, asked, status, ended);
    }
    let format = &ctx.state.observed.log;
    if format.wants(status) {
        write_line(proxy, format, ctx, asked, answer, took_us);
    }
}

fn write_line(
    proxy: &Proxy,
    format: &Format,
    ctx: &Context,
    asked: &Asked<'_>,
    answer: Answer,
    took_us: u64,
) {
    let upstream = &ctx.upstream;
    let upstream_us =
        upstream.began.zip(upstream.answered).map(|(began, answered)| microseconds(began, answered));
    let cluster = observed::cluster(ctx).filter(|_| upstream.attempts > 0);
    let line = Line {
        time: SystemTime::now(),
        client: ctx.client,
        consumer: ctx.consumer.as_ref().map(|consumer| consumer.name.as_str()),
        method: asked.method.as_str(),
        host: asked.host,
        path: asked.path,
        query: asked.query,
        protocol: asked.protocol,
        status: answer.status,
        route: ctx.route.as_ref().map(|compiled| compiled.route.name.as_str()),
        cluster: cluster.map(|live| live.cluster.name.as_str()),
        endpoint: observed::endpoint(ctx),
        lane: ctx.lane.lane.as_ref().map(Lane::as_str),
        took_us,
        upstream_us,
        bytes_in: answer.bytes_in,
        bytes_out: answer.bytes_out,
        attempts: upstream.attempts,
        refusal: ctx.refused.map(Code::as_str),
        client_left: answer.client_left,
        ended: answer.ended,
        request_id: &ctx.request_id,
        trace_id: &ctx.trace.own.trace_id,
        headers: asked.headers,
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
        if observed.log.wants(status) {
            let (request_id, headers) = (trace.trace_id_hex(), HeaderMap::new());
            let line = Line {
                client: connection.peer.ip().to_canonical(),
                status,
                refusal: Some(refusal.code.as_str()),
                ..Line::unread(&request_id, &trace.trace_id, &headers)
            };
            self.access_log.log(&observed.log, &line);
        }
    }
}

fn send_trace(ctx: &Context, asked: &Asked<'_>, status: u16, ended: Instant) {
    let (Some(tracer), Some(record)) = (&ctx.state.observed.tracer, &ctx.trace.record) else { return };
    let text = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
    let path = ctx.route.as_ref().map(|compiled| compiled.route.path.to_string());
    let route = ctx.route.as_ref().map(|compiled| compiled.route.name.as_str());
    let facts = Facts {
        now: SystemTime::now(),
        began: ctx.started,
        ended,
        method: asked.method,
        host: asked.host,
        path: asked.path,
        encrypted: ctx.secure,
        protocol: asked.protocol,
        client: ctx.client,
        user_agent: text(USER_AGENT.as_str()),
        trace_state: ctx.trace.caller.and(text(TRACESTATE)).unwrap_or_default(),
        status,
        route: route.zip(path.as_deref()),
        cluster: observed::cluster(ctx).map(|live| live.cluster.name.as_str()),
    };
    tracer.send(span::spans(&ctx.trace, record, &facts));
}
