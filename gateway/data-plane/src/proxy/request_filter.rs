//! Route, authenticate, limit: everything that is decided before an upstream is involved.

use super::{
    Proxy, answer, context::Context, cors, downstream::Downstream, injection, limit, mirror, total_timeout,
};
use crate::{problem, random};
use agw_core::{
    decide::{self, Ask, Outcome},
    refusal::Refusal,
};
use http::header::{CONTENT_LENGTH, HOST};
use pingora_error::Result;
use pingora_http::RequestHeader;
use std::time::Duration;

/// How long a request waits for the key that its token names.
const KEYS_WAIT: Duration = Duration::from_secs(3);

/// Decides what becomes of the request. True when it was answered here.
pub(super) async fn decide(proxy: &Proxy, session: &mut impl Downstream, ctx: &mut Context) -> Result<bool> {
    let request = session.request();
    let ask = Ask {
        method: &request.method,
        host: host(request),
        path: request.uri.path(),
        query: request.uri.query(),
        headers: &request.headers,
        client: ctx.client,
        content_length: content_length(request),
        lot: random::bits(),
    };
    let mut now = proxy.started.elapsed();
    let mut decision = decide::decide(&ctx.state.routing, &ask, now);
    if decision.keys_wanted {
        ctx.state.issuers.refreshed(KEYS_WAIT).await;
        now = proxy.started.elapsed();
        decision = decide::decide(&ctx.state.routing, &ask, now);
    }
    limit::settle(proxy, &ctx.state, &mut decision, now).await;
    ctx.route = decision.route;
    ctx.consumer = decision.consumer;
    ctx.lane = decision.lane;
    ctx.limited = decision.limited;
    injection::report(proxy, ctx, &decision.findings);
    match decision.outcome {
        Outcome::Forward(forwarding) => {
            ctx.path = forwarding.path;
            ctx.cluster = Some(forwarding.cluster);
            ctx.copy = forwarding.mirror.and_then(|cluster| mirror::begin(session, ctx, &cluster));
            total_timeout::begin(ctx);
            Ok(false)
        }
        Outcome::Redirect { status, location } => {
            answer::redirect(session, ctx, status, &location).await?;
            Ok(true)
        }
        Outcome::Respond => {
            answer::respond(session, ctx).await?;
            Ok(true)
        }
        Outcome::Preflight(headers) => {
            answer::preflight(session, ctx, headers).await?;
            Ok(true)
        }
        Outcome::SignIn(path) => {
            problem::see_other(session, &path, &ctx.request_id).await?;
            Ok(true)
        }
        Outcome::Refuse(refusal) => refuse(session, ctx, refusal).await,
    }
}

/// Answers with a refusal.
pub(super) async fn refuse(
    session: &mut impl Downstream,
    ctx: &mut Context,
    mut refusal: Refusal,
) -> Result<bool> {
    refusal.headers.extend(cors::of_answer(session, ctx));
    ctx.refused = Some(refusal.code);
    limit::announce(ctx, |name, value| refusal.headers.push((name, value)));
    problem::refuse(session, &refusal, &ctx.request_id).await?;
    Ok(true)
}

/// The host the client means.
pub(super) fn host(request: &RequestHeader) -> &str {
    let header = request.headers.get(HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| request.uri.host()).unwrap_or_default()
}

/// The announced size of the body.
pub(super) fn content_length(request: &RequestHeader) -> Option<u64> {
    request.headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}
