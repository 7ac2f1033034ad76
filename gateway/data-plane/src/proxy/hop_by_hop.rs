//! What stops here: headers beyond those that Pingora removes by itself, and a request that is not for any upstream.

use super::context::{Context, REQUEST_ID};
use agw_core::{
    hop_by_hop::{not_for_the_client, response_is_clear, takes_trailers},
    refusal::{Code, Refusal},
};
use foundation::trace::TRACEPARENT;
use http::{
    HeaderName, StatusCode, Version,
    header::{CONNECTION, EXPECT, TE, TRAILER},
};
use pingora_error::Result;
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::Session;

/// `OPTIONS *` asks whether the next server is there (RFC 9110, section 9.3.7), and that is us.
pub(super) fn is_for_this_hop(session: &Session) -> bool {
    session.req_header().uri.path() == "*"
}

/// To be called when all else of the head is as it will be sent.
pub(super) fn from_request(session: &Session, upstream: &mut RequestHeader, ctx: &Context) -> Result<()> {
    let request = session.req_header();
    if upstream.headers.contains_key(EXPECT) && request.version == Version::HTTP_10 {
        // RFC 9110, section 10.1.1: such a client does not know what a 100 is.
        upstream.remove_header(&EXPECT);
    }
    if upstream.headers.contains_key(TRAILER) {
        // Trailers of requests are not sent on, so they must not be announced.
        upstream.remove_header(&TRAILER);
    }
    if upstream.version == Version::HTTP_2 && takes_trailers(&request.headers) {
        upstream.insert_header(TE, "trailers")?;
    }
    remove_lookalikes(upstream, ctx);
    Ok(())
}

/// Servers that hand headers on as environment variables cannot tell `x_forwarded_for` from `x-forwarded-for`: what only we may
/// say must not be said by a client in that spelling.
fn remove_lookalikes(upstream: &mut RequestHeader, ctx: &Context) {
    let signed = ctx.state.signer.as_ref().map(|signer| signer.header().as_str());
    let ours = |name: &str| {
        let dashed = name.replace('_', "-");
        dashed.starts_with("x-forwarded-")
            || [Some("forwarded"), Some("x-real-ip"), Some(REQUEST_ID), Some(TRACEPARENT), signed]
                .contains(&Some(dashed.as_str()))
            || upstream.headers.contains_key(dashed.as_str())
    };
    let names = upstream.headers.keys().filter(|name| name.as_str().contains('_'));
    let lookalikes: Vec<HeaderName> = names.filter(|name| ours(name.as_str())).cloned().collect();
    for name in lookalikes {
        upstream.remove_header(&name);
    }
}

/// Removes what the upstream said to us alone, and refuses an answer that could be cut in two ways.
pub(super) fn from_response(response: &mut ResponseHeader, ctx: &mut Context) -> Result<()> {
    if !response_is_clear(&response.headers) {
        let detail = "the service behind this route sent an answer whose end is ambiguous";
        return Err(ctx.refuse(Refusal::new(Code::UpstreamFailed, detail)));
    }
    if response.status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    for name in not_for_the_client(&response.headers) {
        response.remove_header(&name);
    }
    response.remove_header(&CONNECTION);
    Ok(())
}
