//! What the client gets to see of the upstream's answer.

use super::{
    context::{Context, REQUEST_ID},
    cors,
    downstream::Downstream,
    headers, lane, limit, observed, total_timeout,
};
use http::{HeaderName, HeaderValue};
use pingora_error::Result;
use pingora_http::ResponseHeader;
use std::time::Instant;

/// Names the request, and ends the connection after this answer when the gateway is stopping.
pub(super) fn prepare(
    session: &mut impl Downstream,
    response: &mut ResponseHeader,
    ctx: &mut Context,
) -> Result<()> {
    if response.status.is_informational() && response.status != http::StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    ctx.upstream.answered = Some(Instant::now());
    observed::answered(ctx, response.status.as_u16());
    total_timeout::answer_begins(response, ctx);
    cors::replace(session, response, ctx)?;
    if let Some(compiled) = &ctx.route {
        headers::edit_response(response, &compiled.route.response_headers)?;
    }
    response.insert_header(REQUEST_ID, ctx.request_id.as_str())?;
    let mut added = Ok(());
    let mut add = |name: HeaderName, value: HeaderValue| {
        if let Err(error) = response.append_header(name, value) {
            added = Err(error);
        }
    };
    limit::announce(ctx, &mut add);
    lane::explain(ctx, &mut add);
    added?;
    if ctx.is_last() {
        session.end_after_answer();
    }
    Ok(())
}
