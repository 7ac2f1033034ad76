//! The limits of a route: those shared with other gateways, and what the client is told.

use super::{Proxy, context::Context};
use crate::state::State;
use agw_core::{
    decide::{Decision, Outcome},
    limit::Open,
};
use http::{HeaderName, HeaderValue};
use std::time::Duration;

/// Takes from the limits that are shared; without an answer they are counted here alone. A request that does not pass is refused,
/// whatever was decided.
pub(super) async fn settle(proxy: &Proxy, state: &State, decision: &mut Decision, now: Duration) {
    let (Some(route), Some(taken)) = (&decision.route, &mut decision.limited) else {
        return;
    };
    let Some(limits) = &route.limits else {
        return;
    };
    let open: Vec<Open<'_>> = limits.open(taken).collect();
    if open.is_empty() {
        return;
    }
    let standings = match &state.shared_limits {
        Some(shared) => shared.take(&route.route.name, &open).await,
        None => None,
    };
    proxy.metrics.shared_limit(standings.is_some());
    match standings {
        Some(standings) => limits.settle(taken, &standings, now),
        None => limits.settle_alone(taken, now),
    }
    if let Some(refusal) = limits.refusal(taken) {
        decision.outcome = Outcome::Refuse(refusal);
    }
}

/// The `RateLimit` headers, on answers of every kind.
pub(super) fn announce(ctx: &Context, mut add: impl FnMut(HeaderName, HeaderValue)) {
    let limits = ctx.route.as_ref().and_then(|compiled| compiled.limits.as_ref());
    if let (Some(limits), Some(taken)) = (limits, &ctx.limited) {
        for (name, value) in limits.headers(taken) {
            add(name, value);
        }
    }
}
