//! First of all: is it clear where the request ends?

use super::context::Context;
use agw_core::framing;
use pingora_error::Result;
use pingora_proxy::Session;

/// Checks the head as it arrived; Pingora's header map has already lost some of it. A head we cannot trust ends the connection.
pub(super) fn check_framing(session: &mut Session, ctx: &mut Context) -> Result<()> {
    ctx.trace_from(&session.req_header().headers);
    let Some(http1) = session.as_http1() else {
        return Ok(());
    };
    match framing::check(&http1.get_headers_raw_bytes()) {
        Ok(_) => Ok(()),
        Err(refusal) => {
            session.set_keepalive(None);
            Err(ctx.refuse(refusal))
        }
    }
}
