//! What pages of other sites may read.

use super::{context::Context, downstream::Downstream};
use agw_core::cors::{Headers, OF_ANSWERS};
use pingora_error::Result;
use pingora_http::ResponseHeader;

/// The headers of an answer on a route that has a say in it.
pub(super) fn of_answer(session: &impl Downstream, ctx: &Context) -> Headers {
    let cors = ctx.route.as_ref().and_then(|compiled| compiled.route.cors.as_ref());
    cors.map(|cors| cors.actual(&session.request().headers)).unwrap_or_default()
}

/// Puts the route's word in place of the upstream's.
pub(super) fn replace(session: &impl Downstream, response: &mut ResponseHeader, ctx: &Context) -> Result<()> {
    if ctx.route.as_ref().is_none_or(|compiled| compiled.route.cors.is_none()) {
        return Ok(());
    }
    for name in &OF_ANSWERS {
        response.remove_header(name);
    }
    for (name, value) in of_answer(session, ctx) {
        response.append_header(name, value)?;
    }
    Ok(())
}
