//! Counts the body of a request as it passes.

use super::context::Context;
use agw_core::decide;
use bytes::Bytes;
use pingora_error::Result;
use pingora_proxy::Session;

/// Ends the request once its body is larger than the route allows. An upgraded connection has no body.
pub(super) fn count(session: &Session, chunk: Option<&Bytes>, ctx: &mut Context) -> Result<()> {
    let (Some(chunk), Some(compiled)) = (chunk, &ctx.route) else {
        return Ok(());
    };
    if session.was_upgraded() {
        return Ok(());
    }
    let limit = compiled.route.body_bytes_max;
    ctx.body_bytes = ctx.body_bytes.saturating_add(chunk.len() as u64);
    if ctx.body_bytes > limit {
        return Err(ctx.refuse(decide::too_large(limit)));
    }
    Ok(())
}
