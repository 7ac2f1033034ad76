//! A request that became a WebSocket, from the answer that says so to its end.

use super::{Proxy, context::Context, logging, upstream_peer};
use crate::websocket::{self, Handed, Terms};
use http::StatusCode;
use pingora_http::ResponseHeader;

/// Takes the request away from the engine once its answer has passed all hooks.
pub(super) fn hand_over(response: &ResponseHeader, ctx: &mut Context) {
    if response.status != StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    let Some(handover) = ctx.connection.as_ref().and_then(|connection| connection.handover()) else { return };
    if handover.has_switched() {
        let next = Context::new(ctx.state.clone());
        handover.accounted(Box::new(std::mem::replace(ctx, next)));
    }
}

impl Proxy {
    /// Serves an open WebSocket to its end.
    pub(crate) async fn go_on(&self, handed: Handed) {
        let Handed { upstream, client, mut context } = handed;
        let terms = Terms { idle: None, ping: None };
        let (ended, traffic) = websocket::run(client, upstream, terms).await;
        upstream_peer::finished(None, &mut context);
        logging::websocket(self, &context, ended, traffic);
    }
}
