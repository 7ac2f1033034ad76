//! What is known of a request while it is served.

use crate::{listener::CONNECTION, state::State};
use agw_core::{
    lane, limit,
    refusal::Refusal,
    resource::{Consumer, Endpoint},
    routing::CompiledRoute,
};
use foundation::trace::{TRACEPARENT, TraceParent};
use http::HeaderMap;
use pingora_error::{Error, ErrorType};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Instant,
};

/// The header that names a request.
pub(super) const REQUEST_ID: &str = "x-request-id";
const REQUEST_ID_BYTES_MAX: usize = 128;

/// One request.
#[derive(Debug)]
pub(crate) struct Context {
    /// The state it began with and keeps.
    pub(super) state: Arc<State>,
    pub(super) client: IpAddr,
    pub(super) started: Instant,
    pub(super) trace: TraceParent,
    /// The client's, or the trace id.
    pub(super) request_id: String,
    pub(super) route: Option<Arc<CompiledRoute>>,
    pub(super) consumer: Option<Arc<Consumer>>,
    /// Its lane, and what it took from limits.
    pub(super) lane: lane::Resolved,
    pub(super) limited: Option<limit::Taken>,
    /// The path for the upstream, without the query.
    pub(super) path: String,
    /// What is to be answered when a hook ends the request with an error.
    pub(super) refusal: Option<Refusal>,
    /// Body bytes of the present attempt.
    pub(super) body_bytes: u64,
    pub(super) upstream: Upstream,
}

/// How far the request has come with its upstream.
#[derive(Debug, Default)]
pub(super) struct Upstream {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) attempts: u32,
    /// Something may have been sent.
    pub(super) connected: bool,
    pub(super) began: Option<Instant>,
    pub(super) answered: Option<Instant>,
}

impl Context {
    pub(super) fn new(state: Arc<State>) -> Self {
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let trace = TraceParent::new_root();
        Self {
            state,
            client: CONNECTION.try_with(|connection| connection.client.ip()).unwrap_or(unknown),
            started: Instant::now(),
            request_id: trace.trace_id_hex(),
            trace,
            route: None,
            consumer: None,
            lane: lane::Resolved::default(),
            limited: None,
            path: String::new(),
            refusal: None,
            body_bytes: 0,
            upstream: Upstream::default(),
        }
    }

    /// Continues the caller's trace, and takes over its name for the request.
    pub(super) fn trace_from(&mut self, headers: &HeaderMap) {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(caller) = text(TRACEPARENT).and_then(TraceParent::parse) {
            self.trace = caller.child();
        }
        let plain = |id: &&str| {
            !id.is_empty()
                && id.len() <= REQUEST_ID_BYTES_MAX
                && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let given = text(REQUEST_ID).filter(plain).map(str::to_owned);
        self.request_id = given.unwrap_or_else(|| self.trace.trace_id_hex());
    }

    /// The error that ends the request with this answer.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Box<Error> {
        let status = refusal.code.status();
        self.refusal = Some(refusal);
        Error::new(ErrorType::HTTPStatus(status))
    }
}
