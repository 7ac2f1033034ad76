//! Spans, with the attributes of OpenTelemetry's HTTP semantic conventions (stable since 1.23).

use super::{Attempt, Record, RequestTrace};
use http::{Method, Version};
use std::{
    net::IpAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A part of a trace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
    pub(crate) parent: Option<[u8; 8]>,
    pub(crate) trace_state: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    pub(crate) attributes: Vec<(&'static str, Value)>,
    pub(crate) failed: bool,
}

/// By their numbers in OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Server = 2,
    Client = 3,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

/// What spans need to know of a request that is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) now: SystemTime,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) method: &'a Method,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) encrypted: bool,
    pub(crate) protocol: Version,
    pub(crate) client: IpAddr,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) trace_state: &'a str,
    /// 0 when there was no answer.
    pub(crate) status: u16,
    /// Its name, and the path it serves.
    pub(crate) route: Option<(&'a str, &'a str)>,
    pub(crate) cluster: Option<&'a str>,
}

/// The request's span and one for each attempt.
pub(crate) fn spans(trace: &RequestTrace, record: &Record, facts: &Facts<'_>) -> Vec<Span> {
    let request = Span {
        trace_id: trace.own.trace_id,
        span_id: trace.own.span_id,
        parent: trace.caller.map(|caller| caller.span_id),
        trace_state: facts.trace_state.to_owned(),
        name: name(facts),
        kind: Kind::Server,
        start_ns: facts.nanoseconds(facts.began),
        end_ns: facts.nanoseconds(facts.ended),
        attributes: of_request(facts),
        failed: facts.status >= 500,
    };
    let attempts = record.attempts.iter().enumerate();
    let attempts = attempts.map(|(number, attempt)| of_attempt(trace, facts, number, attempt));
    [request].into_iter().chain(attempts).collect()
}

impl Facts<'_> {
    fn nanoseconds(&self, at: Instant) -> u64 {
        let ago = self.ended.saturating_duration_since(at);
        let since: Duration = self.now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(ago);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn path(&self) -> &str {
        &self.path[..self.path.floor_char_boundary(1024)]
    }
}

fn method(facts: &Facts<'_>) -> &'static str {
    match facts.method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        // So the conventions want it, to bound what a caller can make up.
        _ => "_OTHER",
    }
}

fn name(facts: &Facts<'_>) -> String {
    let method = match method(facts) {
        "_OTHER" => "HTTP",
        known => known,
    };
    facts.route.map_or_else(|| method.to_owned(), |(_, path)| format!("{method} {path}"))
}

fn of_request(facts: &Facts<'_>) -> Vec<(&'static str, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let (host, port) = host_and_port(facts.host);
    let mut attributes = vec![
        ("http.request.method", text(method(facts))),
        ("url.path", text(facts.path())),
        ("url.scheme", text(if facts.encrypted { "https" } else { "http" })),
        ("server.address", text(host)),
        ("client.address", Value::Text(facts.client.to_string())),
        ("network.protocol.version", text(version(facts.protocol))),
    ];
    if let Some(port) = port {
        attributes.push(("server.port", Value::Number(port.into())));
    }
    if facts.status > 0 {
        attributes.push(("http.response.status_code", Value::Number(facts.status.into())));
    }
    if facts.status >= 500 {
        attributes.push(("error.type", Value::Text(facts.status.to_string())));
    }
    if let Some((route, path)) = facts.route {
        attributes.extend([("http.route", text(path)), ("agw.route", text(route))]);
    }
    if let Some(user_agent) = facts.user_agent {
        attributes.push(("user_agent.original", text(&user_agent[..user_agent.floor_char_boundary(256)])));
    }
    attributes
}

fn of_attempt(trace: &RequestTrace, facts: &Facts<'_>, number: usize, attempt: &Attempt) -> Span {
    let text = |text: &str| Value::Text(text.to_owned());
    let (host, port) = host_and_port(&attempt.endpoint);
    let mut attributes = vec![("http.request.method", text(method(facts))), ("server.address", text(host))];
    if let Some(port) = port {
        attributes.push(("server.port", Value::Number(port.into())));
        attributes.push(("url.full", Value::Text(format!("http://{}{}", attempt.endpoint, facts.path()))));
    }
    if number > 0 {
        attributes
            .push(("http.request.resend_count", Value::Number(i64::try_from(number).unwrap_or(i64::MAX))));
    }
    if let Some(cluster) = facts.cluster {
        attributes.push(("agw.cluster", text(cluster)));
    }
    if let Some(status) = attempt.status {
        attributes.push(("http.response.status_code", Value::Number(status.into())));
    }
    let status = attempt.status.filter(|&status| status >= 400);
    let error = attempt.error.map(str::to_owned).or_else(|| Some(status?.to_string()));
    let failed = error.is_some();
    attributes.extend(error.map(|error| ("error.type", Value::Text(error))));
    Span {
        trace_id: trace.own.trace_id,
        span_id: attempt.span_id,
        parent: Some(trace.own.span_id),
        trace_state: facts.trace_state.to_owned(),
        name: match method(facts) {
            "_OTHER" => "HTTP".to_owned(),
            known => known.to_owned(),
        },
        kind: Kind::Client,
        start_ns: facts.nanoseconds(attempt.began),
        end_ns: facts.nanoseconds(attempt.ended.unwrap_or(facts.ended)),
        attributes,
        failed,
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}

fn host_and_port(text: &str) -> (&str, Option<u16>) {
    let text = &text[..text.floor_char_boundary(256)];
    match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host.trim_start_matches('[').trim_end_matches(']'), Some(port)),
        _ => (text, None),
    }
}
