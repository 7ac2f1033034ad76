//! Looks for attacks, and holds bodies back until their beginning was looked at.
//!
//! A body is read before an upstream is picked, so an upstream never hears of a request that is refused. Pingora keeps what was
//! read and sends it later, up to [`KEPT_BYTES_MAX`]; where that could be too little, the body is held back on its way instead, and
//! the upstream of a refused request has seen its head.

use super::{Proxy, context::Context, request_filter::content_length};
use agw_core::{
    injection::{self, BodyKind, Finding, InjectionPolicy},
    refusal::Refusal,
};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use pingora_error::{Error, ErrorType, Result};
use pingora_http::RequestHeader;
use pingora_proxy::Session;

/// What Pingora keeps of a body for another attempt.
const KEPT_BYTES_MAX: usize = 64 << 10;
/// The most that arrives at one time: over HTTP/1, and in a frame of HTTP/2.
const READ_BYTES_MAX: usize = 64 << 10;
const FRAME_BYTES_MAX: usize = 16 << 10;

/// The beginning of a body.
#[derive(Debug)]
pub(crate) struct Held {
    kind: BodyKind,
    bytes: BytesMut,
    /// The attempt it belongs to: another one begins anew.
    attempt: u32,
    /// It was found harmless, and waits only for what follows it.
    inspected: bool,
}

/// Logs and counts findings.
pub(super) fn report(proxy: &Proxy, ctx: &Context, findings: &[Finding]) {
    let Some(compiled) = ctx.route.as_ref().filter(|_| !findings.is_empty()) else { return };
    let blocked = compiled.route.injection.as_ref().is_some_and(|policy| policy.blocks);
    for finding in findings {
        let (family, location) = (finding.family.as_str(), finding.location.as_str());
        proxy.metrics.finding(family);
        tracing::warn!(
            target: "security",
            route = compiled.route.name,
            family,
            location,
            name = finding.name,
            excerpt = finding.excerpt,
            blocked,
            client = %ctx.client,
            consumer = ctx.consumer.as_ref().map(|consumer| consumer.name.as_str()),
            request_id = ctx.request_id,
            "a request looks like an attack"
        );
    }
}

/// Reads and inspects the beginning of the body, if the route wants that. The answer when it is to be refused.
pub(super) async fn inspect_body(
    proxy: &Proxy,
    session: &mut Session,
    ctx: &mut Context,
) -> Result<Option<Refusal>> {
    let Some((policy, kind)) = wanted(session.req_header(), ctx) else { return Ok(None) };
    if session.is_body_empty() || session.is_upgrade_req() {
        return Ok(None);
    }
    let is_http2 = session.is_http2();
    let bytes_max = if is_http2 {
        policy.body_bytes_max.min(KEPT_BYTES_MAX - FRAME_BYTES_MAX)
    } else {
        policy.body_bytes_max
    };
    let announced = content_length(session.req_header());
    let mut held = Held { kind, bytes: BytesMut::new(), attempt: 0, inspected: false };
    // Between these, the last read could overflow what is kept and end the body at once; nothing would send it on.
    let ends_within = KEPT_BYTES_MAX as u64 + 1..=(bytes_max + READ_BYTES_MAX) as u64;
    if !is_http2 && announced.is_some_and(|bytes| ends_within.contains(&bytes)) {
        ctx.held = Some(Box::new(held));
        return Ok(None);
    }
    if session.req_header().headers.contains_key(EXPECT) && !is_http2 {
        session.write_continue_response().await?;
    }
    session.as_mut().enable_retry_buffering();
    while held.bytes.len() < bytes_max {
        match session.as_mut().read_request_body().await? {
            Some(chunk) => held.bytes.extend_from_slice(&chunk),
            None => break,
        }
    }
    let findings = inspect(policy, &held, bytes_max);

    report(proxy, ctx, &findings);
    if policy.blocks && !findings.is_empty() {
        return Ok(Some(injection::refusal()));
    }
    if session.as_mut().retry_buffer_truncated() {
        if session.as_mut().is_body_done() {
            return Err(Error::explain(ErrorType::InternalError, "the body ended where it could not"));
        }
        held.inspected = true;
        ctx.held = Some(Box::new(held));
    }
    Ok(None)
}

/// Holds the body back on its way until its beginning was inspected.
pub(super) fn hold_back(
    proxy: &Proxy,
    session: &Session,
    body: &mut Option<Bytes>,
    end_of_stream: bool,
    ctx: &mut Context,
) -> Result<()> {
    if ctx.held.is_none() || session.was_upgraded() {
        return Ok(());
    }
    let Some(mut held) = ctx.held.take() else { return Ok(()) };
    let Some(policy) = policy(ctx) else { return Ok(()) };
    let attempt = ctx.upstream.attempts;
    if !held.inspected && held.attempt != attempt {
        held.bytes.clear();
        held.attempt = attempt;
    }
    if held.inspected {
        ctx.body_bytes += held.bytes.len() as u64;
    }
    if let Some(chunk) = body.take() {
        held.bytes.extend_from_slice(&chunk);
    }
    if !held.inspected && !end_of_stream && held.bytes.len() < policy.body_bytes_max {
        // Nothing at all would mean the end.
        *body = Some(Bytes::new());
        ctx.held = Some(held);
        return Ok(());
    }
    if !held.inspected {
        let findings = inspect(policy, &held, policy.body_bytes_max);

        report(proxy, ctx, &findings);
        if policy.blocks && !findings.is_empty() {
            return Err(ctx.refuse(injection::refusal()));
        }
    }
    *body = Some(held.bytes.freeze());
    Ok(())
}

/// What is to be looked for in the body, and how it is to be read.
pub(super) fn wanted(request: &RequestHeader, ctx: &Context) -> Option<(InjectionPolicy, BodyKind)> {
    let policy = policy(ctx).filter(|policy| policy.body_bytes_max > 0)?;
    Some((policy, kind(request)?))
}

/// Inspects the beginning of a body. The answer when the request is to be refused.
pub(super) fn inspect_beginning(
    proxy: &Proxy,
    ctx: &Context,
    policy: InjectionPolicy,
    kind: BodyKind,
    beginning: &[u8],
) -> Option<Refusal> {
    let beginning = &beginning[..beginning.len().min(policy.body_bytes_max)];
    let findings = injection::inspect_body(policy.families, kind, beginning);
    report(proxy, ctx, &findings);
    (policy.blocks && !findings.is_empty()).then(injection::refusal)
}

fn policy(ctx: &Context) -> Option<InjectionPolicy> {
    ctx.route.as_ref()?.route.injection
}

fn inspect(policy: InjectionPolicy, held: &Held, bytes_max: usize) -> Vec<Finding> {
    let beginning = &held.bytes[..held.bytes.len().min(bytes_max)];
    injection::inspect_body(policy.families, held.kind, beginning)
}

/// How the body can be read; `None` when it is no text, or compressed.
fn kind(request: &RequestHeader) -> Option<BodyKind> {
    let encoded = request.headers.get(CONTENT_ENCODING);
    if encoded.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return None;
    }
    let content_type = request.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    BodyKind::of(content_type)
}
