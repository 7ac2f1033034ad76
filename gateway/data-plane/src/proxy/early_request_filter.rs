//! First of all: is it clear where the request ends?

use super::context::Context;
use agw_core::{
    framing::{self, Decoded},
    hop_by_hop,
    refusal::Refusal,
};
use http::header::UPGRADE;
use pingora_error::Result;
use pingora_proxy::Session;

/// Checks the head as it arrived; Pingora's header map has already lost some of it. A head we cannot trust ends the connection.
pub(super) fn check_framing(session: &mut Session, ctx: &mut Context) -> Result<()> {
    ctx.trace_from(&session.req_header().headers);
    if let Err(refusal) = check(session) {
        session.set_keepalive(None);
        return Err(ctx.refuse(refusal));
    }
    // An upgrade that is not served is a plain request, for all who look at it from here on.
    let request = session.req_header_mut();
    if request.headers.contains_key(UPGRADE)
        && !hop_by_hop::opens_websocket(&request.method, request.version, &request.headers)
    {
        request.remove_header(&UPGRADE);
    }
    Ok(())
}

fn check(session: &Session) -> Result<(), Refusal> {
    if let Some(http1) = session.as_http1() {
        return framing::check(&http1.get_headers_raw_bytes()).map(|_| ());
    }
    let request = session.req_header();
    framing::check_decoded(&Decoded {
        method: request.method.as_str(),
        scheme: request.uri.scheme_str(),
        authority: request.uri.authority().map(http::uri::Authority::as_str),
        path: request.raw_path(),
        headers: &request.headers,
    })
}
