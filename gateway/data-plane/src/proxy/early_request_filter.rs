//! First of all: which request is this, and who says so?

use super::context::Context;
use pingora_error::Result;
use pingora_proxy::Session;

/// Names the request and finds out where it came from.
pub(super) fn begin(session: &Session, ctx: &mut Context) -> Result<()> {
    let headers = &session.req_header().headers;
    ctx.trace_from(headers);
    ctx.way_from(headers);
    Ok(())
}
