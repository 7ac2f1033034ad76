//! The hooks of a request, each in its own file, in the order in which Pingora calls them.

mod answer;
mod context;
mod cors;
mod direct;
mod downstream;
mod early_answer;
mod early_request_filter;
mod fail_to_proxy;
mod headers;
mod injection;
mod hop_by_hop;
mod json_as_xml;
mod lane;
mod limit;
mod logging;
mod mirror;
mod lookalikes;
mod observed;
mod request_body_filter;
mod request_filter;
mod response_filter;
mod retry;
mod total_timeout;
mod upstream_peer;
mod upstream_request_filter;
mod websocket;

use self::mirror::Mirrors;
use crate::{
    access_log::AccessLog,
    connection::CONNECTION,
    error_log::Gate,
    metrics::{Connect, Metrics},
    problem,
    state::State,
};
use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::Bytes;
pub(crate) use context::Context;
pub(crate) use direct::{Served, serve};
pub(crate) use downstream::Downstream;
use pingora_core::{modules::http::HttpModules, protocols::Digest, upstreams::peer::HttpPeer};
use pingora_error::{Error, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};
use std::{
    os::fd::RawFd,
    sync::Arc,
    time::{Duration, Instant},
};

/// What all requests share, on whichever worker.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    state: Arc<ArcSwap<State>>,
    metrics: Arc<Metrics>,
    access_log: Arc<AccessLog>,
    internal_errors: Arc<Gate>,
    /// The zero of the rate limits' clock.
    started: Instant,
    /// A clone has connections of its own.
    mirrors: Mirrors,
}

impl Proxy {
    pub(crate) fn new(state: Arc<ArcSwap<State>>, metrics: Arc<Metrics>, access_log: Arc<AccessLog>) -> Self {
        Self {
            state,
            metrics,
            access_log,
            internal_errors: Arc::default(),
            started: Instant::now(),
            mirrors: Mirrors::default(),
        }
    }

    /// The zero of the rate limits' clock.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }
}

#[async_trait]
impl ProxyHttp for Proxy {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        match CONNECTION.try_with(|connection| connection.take_decided()) {
            Ok(Some(decided)) => {
                total_timeout::go_on(&decided);
                *decided
            }
            Ok(None) | Err(_) => Context::new(self.state.load_full(), self.metrics.in_flight()),
        }
    }

    /// None: bodies pass as they are.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn early_request_filter(&self, session: &mut Session, ctx: &mut Context) -> Result<()> {
        early_request_filter::begin(session, ctx)
    }

    async fn request_filter(&self, session: &mut Session, ctx: &mut Context) -> Result<bool> {
        if hop_by_hop::is_for_this_hop(session) {
            problem::no_content(session, &ctx.request_id).await?;
            return Ok(true);
        }
        if !ctx.decided && request_filter::decide(self, session, ctx).await? {
            return Ok(true);
        }
        match injection::inspect_body(self, session, ctx).await? {
            None => Ok(false),
            Some(refusal) => request_filter::refuse(session, ctx, refusal).await,
        }
    }

    async fn upstream_peer(&self, session: &mut Session, ctx: &mut Context) -> Result<Box<HttpPeer>> {
        retry::pause(ctx).await;
        let picked = upstream_peer::pick(session, ctx).await;
        observed::attempt_begins(ctx);
        upstream_peer::peer(&*picked?, session, ctx)
    }

    fn fail_to_connect(
        &self,
        session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Context,
        error: Box<Error>,
    ) -> Box<Error> {
        observed::not_connected(ctx, &error);
        let error = upstream_peer::not_connected(ctx, error);
        retry::not_connected(session, error, ctx)
    }

    async fn connected_to_upstream(
        &self,
        _session: &mut Session,
        reused: bool,
        _peer: &HttpPeer,
        _fd: RawFd,
        _digest: Option<&Digest>,
        ctx: &mut Context,
    ) -> Result<()> {
        observed::connected(ctx, if reused { Connect::Reused } else { Connect::Opened });
        upstream_peer::connected(ctx);
        Ok(())
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        upstream_request: &mut RequestHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        upstream_request_filter::prepare(session, upstream_request, ctx)?;
        upstream_peer::ask_to_close(session, upstream_request, ctx)?;
        json_as_xml::ask(session, upstream_request, ctx)?;
        hop_by_hop::from_request(session, upstream_request, ctx)?;
        mirror::take_head(upstream_request, ctx);
        Ok(())
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end_of_stream: bool,
        ctx: &mut Context,
    ) -> Result<()> {
        if !session.was_upgraded() {
            request_body_filter::count(body.as_ref().map_or(0, Bytes::len), ctx)?;
        }
        injection::hold_back(self, session, body, end_of_stream, ctx)?;
        request_body_filter::drop_empty_end(body, end_of_stream);
        mirror::collect(self, body.as_ref(), end_of_stream, ctx);
        Ok(())
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        upstream_peer::answered(response, ctx);
        retry::look_at(session, response, ctx)
    }

    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        ctx: &mut Context,
        client_reused: bool,
    ) -> Box<Error> {
        retry::failed(session, error, ctx, client_reused)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Context,
    ) -> Result<()> {
        hop_by_hop::from_response(session, response, ctx)?;
        response_filter::prepare(session, response, ctx)?;
        json_as_xml::announce(session, response, ctx)?;
        early_answer::begin(session, response, ctx)?;
        websocket::hand_over(self, session, response, ctx);
        Ok(())
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end_of_stream: bool,
        ctx: &mut Context,
    ) -> Result<Option<Duration>> {
        json_as_xml::convert(body, end_of_stream, ctx)?;
        early_answer::pass(session, body.as_ref(), end_of_stream, ctx)?;
        Ok(None)
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, ctx: &mut Context) -> FailToProxy {
        let mut error_code = 0;
        match ctx.early_answer.take_if(|early| early.is_complete()) {
            Some(early) => early.send(session).await,
            None => error_code = fail_to_proxy::answer(self, session, error, ctx).await,
        }
        FailToProxy { error_code, can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, ctx: &mut Context) {
        let error = error.filter(|error| !early_answer::is_end(error));
        logging::log(self, session, error, ctx);
        total_timeout::over(ctx);
        early_answer::hear_out(session).await;
    }

    /// We log failures ourselves, with the route, and not those that are a client's doing.
    fn suppress_error_log(&self, _session: &Session, _ctx: &Context, _error: &Error) -> bool {
        true
    }

    fn suppress_proxy_warn_log(
        &self,
        _session: &Session,
        _ctx: &Context,
        _error: &Error,
        _context: ProxyWarnLogContext,
    ) -> bool {
        true
    }
}
