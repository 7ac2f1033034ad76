//! A request that became a WebSocket, from the answer that says so to its end.

use super::{
    Proxy,
    context::Context,
    logging::{self, Kept},
};
use crate::websocket::{self, Handed, Leaving, Terms};
use http::StatusCode;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;
use std::time::Duration;

/// That of a listener, unless it says otherwise.
const STALL: Duration = Duration::from_secs(75);

/// Takes the request away from the engine once its answer has passed all hooks.
pub(super) fn hand_over(proxy: &Proxy, session: &Session, response: &ResponseHeader, ctx: &mut Context) {
    if response.status != StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    let Some(handover) = ctx.connection.as_ref().and_then(|connection| connection.handover()) else { return };
    if handover.has_switched() {
        ctx.kept = Some(Box::new(Kept::of(session.req_header(), ctx)));
        let next = Context::new(ctx.state.clone(), proxy.metrics.in_flight());
        handover.accounted(Box::new(std::mem::replace(ctx, next)));
    }
}

impl Proxy {
    /// Serves an open WebSocket to its end.
    pub(crate) async fn go_on(&self, handed: Handed, leaving: Leaving) {
        let Handed { upstream, client, mut context } = handed;
        let route = context.route.as_ref().map(|compiled| &compiled.route);
        let terms = Terms {
            idle: route.and_then(|route| route.websocket_idle),
            ping: route.and_then(|route| route.websocket_ping),
            stall: context
                .connection
                .as_ref()
                .map_or(STALL, |connection| connection.terms.listener.idle_timeout),
        };
        let (ended, traffic) = websocket::run(client, upstream, terms, leaving).await;
        if let Some(kept) = context.kept.take() {
            logging::websocket(self, &mut context, &kept, ended, &traffic);
        }
    }
}
