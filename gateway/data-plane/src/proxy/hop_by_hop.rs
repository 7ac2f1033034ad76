//! What stops here: headers beyond those that Pingora removes by itself, and a request that is not for any upstream.

use super::{
    context::{Context, REQUEST_ID},
    downstream::Downstream,
    request_filter::host,
};
use agw_core::{
    hop_by_hop::{not_for_the_client, response_is_clear, takes_trailers},
    refusal::{Code, Refusal},
};
use foundation::trace::TRACEPARENT;
use http::{
    HeaderName, HeaderValue, StatusCode, Version,
    header::{CONNECTION, COOKIE, EXPECT, HOST, TE, TRAILER},
};
use pingora_error::{ErrorType::InternalError, OrErr, Result};
use pingora_http::{RequestHeader, ResponseHeader};

/// `OPTIONS *` asks whether the next server is there (RFC 9110, section 9.3.7), and that is us.
pub(super) fn is_for_this_hop(session: &impl Downstream) -> bool {
    session.request().uri.path() == "*"
}

/// To be called when all else of the head is as it will be sent.
pub(super) fn from_request(
    session: &impl Downstream,
    upstream: &mut RequestHeader,
    ctx: &Context,
) -> Result<()> {
    let request = session.request();
    if upstream.headers.contains_key(EXPECT) && request.version == Version::HTTP_10 {
        // RFC 9110, section 10.1.1: such a client does not know what a 100 is.
        upstream.remove_header(&EXPECT);
    }
    if upstream.headers.contains_key(TRAILER) {
        // Trailers of requests are not sent on, so they must not be announced.
        upstream.remove_header(&TRAILER);
    }
    if upstream.version == Version::HTTP_2 && !upstream.headers.contains_key(HOST) {
        // From one HTTP/2 to the other it was in the target, which has been rewritten. The engine makes it `:authority` again.
        upstream.insert_header(HOST, host(request))?;
    }
    if upstream.version == Version::HTTP_2 && takes_trailers(&request.headers) {
        upstream.insert_header(TE, "trailers")?;
    }
    if request.version == Version::HTTP_2 {
        join_cookies(upstream)?;
    }
    remove_lookalikes(upstream, ctx);
    Ok(())
}

/// RFC 9113, section 8.2.3: over HTTP/2 a cookie may come in crumbs, which others would take for several headers.
fn join_cookies(upstream: &mut RequestHeader) -> Result<()> {
    let crumbs: Vec<&[u8]> = upstream.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return Ok(());
    }
    let cookie =
        HeaderValue::from_bytes(&crumbs.join(&b"; "[..])).or_err(InternalError, "cannot join cookies")?;
    upstream.insert_header(COOKIE, cookie)
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
pub(super) fn from_response(
    session: &impl Downstream,
    response: &mut ResponseHeader,
    ctx: &mut Context,
) -> Result<()> {
    let switches = response.status == StatusCode::SWITCHING_PROTOCOLS;
    // The engine would hand on a switch that nobody asked for.
    if !response_is_clear(&response.headers) || (switches && !session.is_upgrade()) {
        let detail = "the service behind this route sent an answer whose end is ambiguous";
        return Err(ctx.refuse(Refusal::new(Code::UpstreamFailed, detail)));
    }
    if switches {
        return Ok(());
    }
    for name in not_for_the_client(&response.headers) {
        response.remove_header(&name);
    }
    response.remove_header(&CONNECTION);
    Ok(())
}
