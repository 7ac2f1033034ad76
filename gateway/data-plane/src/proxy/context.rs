//! What is known of a request while it is served.

use super::{
    early_answer::EarlyAnswer, injection::Held, logging::Kept, mirror::Copying, retry::Repeats,
    total_timeout::Deadline,
};
use crate::{
    connection::{CONNECTION, Connection},
    json_xml::JsonXml,
    metrics::InFlight,
    state::State,
    trace::RequestTrace,
    upstream::Attempt,
};
use agw_core::{
    caller::Caller,
    cluster::{CompiledCluster, RequestSlot, Tried},
    forwarded, lane, limit,
    refusal::{Code, Refusal},
    routing::CompiledRoute,
};
use http::HeaderMap;
use pingora_error::{Error, ErrorType};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Instant,
};

/// The header that names a request.
pub(super) const REQUEST_ID: &str = "x-request-id";
/// The headers in which proxies say where a request came from.
pub(super) const FORWARDED_FOR: &str = "x-forwarded-for";
pub(super) const FORWARDED_PROTO: &str = "x-forwarded-proto";
const REQUEST_ID_BYTES_MAX: usize = 128;

/// One request.
#[derive(Debug)]
pub(crate) struct Context {
    /// The state it began with and keeps.
    pub(super) state: Arc<State>,
    /// The connection it came on.
    pub(super) connection: Option<Arc<Connection>>,
    pub(super) client: IpAddr,
    /// The trusted proxies it came through, the nearest last.
    pub(super) via: Vec<IpAddr>,
    /// Whether the client encrypted.
    pub(super) secure: bool,
    pub(super) started: Instant,
    pub(super) trace: RequestTrace,
    /// The client's, or the trace id.
    pub(super) request_id: String,
    pub(super) route: Option<Arc<CompiledRoute>>,
    pub(super) consumer: Option<Arc<Caller>>,
    /// Its lane, and what it took from limits.
    pub(super) lane: lane::Resolved,
    pub(super) limited: Option<limit::Taken>,
    /// Where it goes.
    pub(super) cluster: Option<Arc<CompiledCluster>>,
    /// The path for the upstream, without the query; `None` when it stays as it arrived.
    pub(super) path: Option<String>,
    /// When its time is over, if it has such.
    pub(super) deadline: Option<Box<Deadline>>,
    pub(super) repeats: Repeats,
    /// What is to be sent elsewhere too.
    pub(super) copy: Option<Box<Copying>>,
    /// What is to be answered when a hook ends the request with an error.
    pub(super) refusal: Option<Refusal>,
    /// Why the gateway answered itself.
    pub(super) refused: Option<Code>,
    /// Body bytes of the present attempt.
    pub(super) body_bytes: u64,
    /// The beginning of the body, as long as it waits for its inspection.
    pub(super) held: Option<Box<Held>>,
    pub(super) upstream: Upstream,
    /// An answer that came before the whole request was there.
    pub(super) early_answer: Option<Box<EarlyAnswer>>,
    /// The answer's body on its way from JSON to XML.
    pub(super) json_xml: Option<Box<JsonXml>>,
    /// It was decided that it is forwarded, before the engine got it.
    pub(super) decided: bool,
    /// The request's head, of one that goes on without a session.
    pub(super) kept: Option<Box<Kept>>,
    _in_flight: InFlight,
}

/// How far the request has come with its upstream.
#[derive(Debug, Default)]
pub(super) struct Upstream {
    /// The present attempt.
    pub(super) attempt: Option<Attempt>,
    /// Where it has been before.
    pub(super) tried: Vec<Tried>,
    /// Counts it in its cluster.
    pub(super) slot: Option<RequestSlot>,
    pub(super) attempts: u32,
    /// Something may have been sent.
    pub(super) connected: bool,
    pub(super) began: Option<Instant>,
    pub(super) answered: Option<Instant>,
}

impl Context {
    pub(super) fn new(state: Arc<State>, in_flight: InFlight) -> Self {
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let connection = CONNECTION.try_with(Arc::clone).ok();
        if let Some(connection) = &connection {
            connection.begin();
        }
        Self {
            state,
            client: connection.as_ref().map_or(unknown, |connection| connection.peer.ip().to_canonical()),
            via: Vec::new(),
            secure: connection.as_ref().is_some_and(|connection| connection.tls.is_some()),
            connection,
            started: Instant::now(),
            request_id: String::new(),
            trace: RequestTrace::unknown(),
            route: None,
            consumer: None,
            lane: lane::Resolved::default(),
            limited: None,
            cluster: None,
            path: None,
            deadline: None,
            repeats: Repeats::default(),
            copy: None,
            refusal: None,
            refused: None,
            body_bytes: 0,
            held: None,
            upstream: Upstream::default(),
            early_answer: None,
            json_xml: None,
            decided: false,
            kept: None,
            _in_flight: in_flight,
        }
    }

    /// Continues the caller's trace, and takes over its name for the request.
    pub(super) fn trace_from(&mut self, headers: &HeaderMap) {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let tracer = self.state.observed.tracer.as_ref();
        self.trace = RequestTrace::begin(headers, tracer.map(|tracer| tracer.settings().sample));
        let plain = |id: &&str| {
            !id.is_empty()
                && id.len() <= REQUEST_ID_BYTES_MAX
                && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let given = text(REQUEST_ID).filter(plain).map(str::to_owned);
        self.request_id = given.unwrap_or_else(|| self.trace.own.trace_id_hex());
    }

    /// Believes what trusted proxies say of where the request came from.
    pub(super) fn way_from(&mut self, headers: &HeaderMap) {
        let Some(connection) = &self.connection else { return };
        let trusted = &connection.terms.listener.trusted_proxies;
        if !trusted.contains(self.client) {
            return;
        }
        let values = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let way = forwarded::way(self.client, trusted, values);
        (self.client, self.via) = (way.client, way.via);
        if let Some(scheme) = headers.get(FORWARDED_PROTO) {
            self.secure = scheme.as_bytes().eq_ignore_ascii_case(b"https");
        }
    }

    /// Whether this answer is to be the last one of its connection.
    pub(super) fn is_last(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.draining.has_begun())
    }

    /// The error that ends the request with this answer.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Box<Error> {
        let status = refusal.code.status();
        self.refusal = Some(refusal);
        Error::new(ErrorType::HTTPStatus(status))
    }
}
