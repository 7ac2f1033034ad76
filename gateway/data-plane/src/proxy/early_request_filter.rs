//! First of all: which request is this, who says so, and does it have one reading?

use super::context::Context;
use agw_core::{
    framing::{self, Decoded},
    hop_by_hop,
};
use http::header::UPGRADE;
use pingora_error::Result;
use pingora_proxy::Session;

/// Names the request and finds out where it came from. An HTTP/1 head was checked as it arrived; of an HTTP/2 one, what it was
/// decoded to is checked here.
pub(super) fn begin(session: &mut Session, ctx: &mut Context) -> Result<()> {
    let headers = &session.req_header().headers;
    ctx.trace_from(headers);
    ctx.way_from(headers);
    if session.as_http1().is_none() {
        let request = session.req_header();
        let decoded = Decoded {
            method: request.method.as_str(),
            scheme: request.uri.scheme_str(),
            authority: request.uri.authority().map(http::uri::Authority::as_str),
            path: request.raw_path(),
            headers: &request.headers,
        };
        framing::check_decoded(&decoded).map_err(|refusal| ctx.refuse(refusal))?;
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
