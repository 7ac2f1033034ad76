//! The body of a request as it passes.

use super::context::Context;
use agw_core::decide;
use bytes::Bytes;
use pingora_error::Result;

/// HTTP/2 may end a body with a piece of no bytes. The engine would write it as a chunk of no bytes, which is the last one, and
/// then the last one again: five bytes too many, which the upstream would take for the next request.
pub(super) fn drop_empty_end(piece: &mut Option<Bytes>, last: bool) {
    // Not earlier: nothing at all means the end.
    if last && piece.as_ref().is_some_and(Bytes::is_empty) {
        *piece = None;
    }
}

/// Ends the request once its body is larger than the route allows.
pub(super) fn count(bytes: usize, ctx: &mut Context) -> Result<()> {
    let Some(compiled) = &ctx.route else { return Ok(()) };
    let limit = compiled.route.body_bytes_max;
    ctx.body_bytes = ctx.body_bytes.saturating_add(bytes as u64);
    if ctx.body_bytes > limit {
        return Err(ctx.refuse(decide::too_large(limit)));
    }
    Ok(())
}
