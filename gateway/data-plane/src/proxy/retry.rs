//! Further attempts. What may be repeated is decided by [`agw_core::retry`]; the engine calls the hooks again, from the choice of an
//! endpoint on, when an error says so.

use super::{context::Context, downstream::Downstream, observed, total_timeout, upstream_peer};
use crate::random;
use agw_core::{resource::Retry, retry::Attempt};
use pingora_error::{Error, ErrorSource, ErrorType, Result};
use pingora_http::ResponseHeader;
use std::time::Duration;
use tokio::time::sleep;

/// What is known of attempts to come.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// The wait before the next one.
    wait: Option<Duration>,
    /// The upstream has answered, and its answer is thrown away for another attempt.
    answer_refused: bool,
}

/// Waits before an attempt that is not the first.
pub(super) async fn pause(ctx: &mut Context) {
    ctx.repeats.answer_refused = false;
    if let Some(wait) = ctx.repeats.wait.take() {
        let left = total_timeout::left(ctx).unwrap_or(wait);
        sleep(wait.min(left)).await;
    }
}

/// Whether nothing having been sent, it shall be tried again. Without a policy the error says.
pub(super) fn not_connected(
    session: &impl Downstream,
    mut error: Box<Error>,
    ctx: &mut Context,
) -> Box<Error> {
    if policy(ctx).is_some() {
        let again = again(session, ctx, false);
        error.set_retry(again);
    }
    error
}

/// Throws an answer away whose status counts as a failure, if there may be another attempt.
pub(super) fn look_at(session: &impl Downstream, response: &ResponseHeader, ctx: &mut Context) -> Result<()> {
    let status = response.status.as_u16();
    if !policy(ctx).is_some_and(|retry| retry.statuses.contains(&status)) || !again(session, ctx, true) {
        return Ok(());
    }
    ctx.repeats.answer_refused = true;
    observed::answered(ctx, status);
    Err(Error::new_up(ErrorType::HTTPStatus(status)))
}

/// Whether an attempt that broke off after something was sent shall be repeated.
pub(super) fn failed(
    session: &impl Downstream,
    mut error: Box<Error>,
    ctx: &mut Context,
    client_reused: bool,
) -> Box<Error> {
    if ctx.repeats.answer_refused {
        error.set_retry(true);
        return error;
    }
    // A kept connection that its upstream had closed is tried again by itself.
    observed::broken(ctx, &error, client_reused);
    let mut error = upstream_peer::broken(session, ctx, error, client_reused);
    let upstreams_fault = *error.esource() == ErrorSource::Upstream && ctx.refusal.is_none();
    if !error.retry() && upstreams_fault && session.answered().is_none() && policy(ctx).is_some() {
        let again = again(session, ctx, true);
        error.set_retry(again);
    }
    error
}

/// The longest silence of the next attempt, if it is not the last.
pub(super) fn attempt_timeout(ctx: &Context) -> Option<Duration> {
    let retry = policy(ctx)?;
    retry.attempt_timeout.filter(|_| ctx.upstream.attempts < retry.attempts)
}

fn policy(ctx: &Context) -> Option<&Retry> {
    ctx.route.as_ref()?.route.forward()?.retry.as_ref()
}

/// Decides on another attempt, and takes it from the budget.
fn again(session: &impl Downstream, ctx: &mut Context, sent: bool) -> bool {
    let Some(compiled) = &ctx.route else { return false };
    let (Some(retry), Some(forward)) = (policy(ctx), &compiled.forward) else { return false };
    let number = ctx.upstream.attempts;
    let attempt = Attempt {
        number,
        sent,
        idempotent: session.request().method.is_idempotent(),
        body_kept: session.body_is_kept(),
    };
    if !retry.allows(&attempt) || session.is_upgrade() {
        return false;
    }
    let wait = retry.wait(number, random::bits());
    if total_timeout::left(ctx).is_some_and(|left| left <= wait) {
        return false;
    }
    if !forward.retry_budget.as_ref().is_some_and(|budget| budget.take()) {
        ctx.state.observed.route(Some(compiled)).over_budget();
        return false;
    }
    ctx.repeats.wait = Some(wait);
    true
}
