//! The lane of a request on its way: what the upstream gets of it, and what a caller that asks is told.

use super::context::Context;
use agw_core::lane::{
    LANE_TRACE,
    baggage::{self, BAGGAGE, Change},
};
use http::{HeaderName, HeaderValue};
use pingora_error::Result;
use pingora_http::RequestHeader;

/// Sends the resolved lane along, by header and baggage. What a caller sent who may not choose is gone: its wish, and its wish to
/// have it explained by services further on.
pub(super) fn travel(upstream: &mut RequestHeader, ctx: &Context) -> Result<()> {
    let header = &ctx.state.routing.lanes().header;
    let lane = ctx.lane.lane.as_ref();
    match baggage::change(&upstream.headers, lane) {
        Change::Keep => {}
        Change::Set(line) => upstream.insert_header(BAGGAGE, line)?,
        Change::Remove => {
            upstream.remove_header(&BAGGAGE);
        }
    }
    if !ctx.lane.chooser {
        upstream.remove_header(&LANE_TRACE);
    }
    match lane {
        Some(lane) => upstream.insert_header(header.clone(), lane.as_str()),
        None => {
            upstream.remove_header(header);
            Ok(())
        }
    }
}

/// The answer to `x-lane-trace: 1`.
pub(super) fn explain(ctx: &Context, mut add: impl FnMut(HeaderName, HeaderValue)) {
    let _ = (ctx, &mut add);
}
