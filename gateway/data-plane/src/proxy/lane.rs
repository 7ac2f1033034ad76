//! The lane of a request on its way: what the upstream gets of it, and what a caller that asks is told.

use super::context::Context;
use crate::upstream::Attempt;
use agw_core::{
    health::Health,
    lane::{
        LANE_TRACE, Lane,
        baggage::{self, BAGGAGE, Change},
        trace::{self, Count},
    },
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

/// The answer to `x-lane-trace: 1`, with what lives now. Nothing before a cluster was asked.
pub(super) fn explain(ctx: &Context, mut add: impl FnMut(HeaderName, HeaderValue)) {
    let Some(cluster) = ctx.cluster.as_ref().filter(|_| ctx.lane.explain && ctx.upstream.attempts > 0) else {
        return;
    };
    let now = ctx.state.upstreams.now();
    let members = cluster.members();
    let count = |lane: Option<&str>| {
        let of_lane = members.iter().filter(|member| member.lane.as_ref().map(Lane::as_str) == lane);
        let living = of_lane.clone().filter(|member| member.state.health(now) == Health::Healthy).count();
        Count { living, of: of_lane.count() }
    };
    let lease = ctx.upstream.attempt.as_ref().and_then(Attempt::lease);
    let taken = lease.map(|lease| lease.member().lane.as_ref().map(Lane::as_str));
    if let Ok(value) = HeaderValue::try_from(trace::explain(&ctx.lane, count, taken)) {
        add(LANE_TRACE, value);
    }
}
