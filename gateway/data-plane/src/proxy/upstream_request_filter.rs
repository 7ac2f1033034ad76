//! What the upstream gets to see.

use super::{
    context::{Context, FORWARDED_FOR, FORWARDED_PROTO, REQUEST_ID},
    downstream::Downstream,
    headers, lane, lookalikes,
    request_filter::host,
};
use crate::{identity::Signer, trace::TRACESTATE};
use agw_core::{
    auth::{API_KEY_HEADER, without_cookie},
    refusal::{Code, Refusal},
    resource::AuthPolicy,
};
use foundation::trace::TRACEPARENT;
use http::{
    HeaderValue, Uri,
    header::{AUTHORIZATION, COOKIE, HOST},
};
use pingora_error::{ErrorType::InternalError, OrErr, Result};
use pingora_http::RequestHeader;

/// Only we may say where a request came from.
const FROM_CLIENTS_UNTRUSTED: [&str; 5] =
    ["forwarded", "x-real-ip", "x-forwarded-port", "x-forwarded-prefix", CLIENT_CERTIFICATE];
/// Tells upstreams which certificate a client showed, in Envoy's form.
const CLIENT_CERTIFICATE: &str = "x-forwarded-client-cert";

/// Rewrites the head on its way. Pingora has removed the hop-by-hop headers before.
pub(super) fn prepare(
    session: &impl Downstream,
    upstream: &mut RequestHeader,
    ctx: &mut Context,
) -> Result<()> {
    let request = session.request();
    // What is sent on must be what was matched. An absolute-form target, for one, is not; most are, and stay as they are.
    let matched = request.uri.path_and_query().map(|target| target.as_str().as_bytes());
    if ctx.path.is_some() || request.uri.authority().is_some() || matched != Some(request.raw_path()) {
        let path = ctx.path.as_deref().unwrap_or(request.uri.path());
        upstream.set_uri(target(path, request.uri.query())?);
    }
    for name in FROM_CLIENTS_UNTRUSTED {
        upstream.remove_header(name);
    }
    let ours = [ctx.state.signer.as_ref().map(Signer::header), Some(&ctx.state.routing.lanes().header)];
    lookalikes::remove(upstream, ours);
    upstream.insert_header(FORWARDED_FOR, way(ctx))?;
    upstream.insert_header(FORWARDED_PROTO, if ctx.secure { "https" } else { "http" })?;
    let tls = ctx.connection.as_ref().and_then(|connection| connection.tls.as_ref());
    if let Some(certificate) = tls.and_then(|tls| tls.client.as_ref()) {
        upstream.insert_header(CLIENT_CERTIFICATE, certificate.to_string())?;
    }
    upstream.insert_header("x-forwarded-host", host(request))?;
    if !upstream.headers.contains_key(HOST) {
        // Clients of HTTP/2 name it in the target, which has become a path; Pingora makes the authority for HTTP/2 of it.
        upstream.insert_header(HOST, host(request))?;
    }
    upstream.insert_header(REQUEST_ID, ctx.request_id.as_str())?;
    if let Some(traceparent) = ctx.trace.to_upstream() {
        upstream.insert_header(TRACEPARENT, traceparent)?;
    }
    if ctx.trace.caller.is_none() {
        // Without a valid traceparent it means nothing (section 3.3).
        upstream.remove_header(TRACESTATE);
    }
    lane::travel(upstream, ctx)?;
    if let Some(policy) = ctx.route.as_ref().and_then(|compiled| compiled.route.auth.as_ref()) {
        remove_credentials(upstream, policy)?;
    }
    if let Some(compiled) = &ctx.route {
        headers::edit_request(upstream, &compiled.route)?;
    }
    identify(upstream, ctx)
}

/// The client, then the trusted proxies between it and us.
fn way(ctx: &Context) -> String {
    let mut way = ctx.client.to_string();
    for proxy in &ctx.via {
        way.push_str(", ");
        way.push_str(&proxy.to_string());
    }
    way
}

/// Path and query only.
fn target(path: &str, query: Option<&str>) -> Result<Uri> {
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    Uri::try_from(target).or_err(InternalError, "cannot rewrite the path")
}

/// Where the gateway authenticates, keys are its business; an upstream that never sees them cannot leak them.
fn remove_credentials(upstream: &mut RequestHeader, policy: &AuthPolicy) -> Result<()> {
    upstream.remove_header(&AUTHORIZATION);
    upstream.remove_header(API_KEY_HEADER);
    let Some(cookie) = &policy.cookie else {
        return Ok(());
    };
    let values: Vec<HeaderValue> = upstream.headers.get_all(COOKIE).iter().cloned().collect();
    upstream.remove_header(&COOKIE);
    for value in values {
        match value.to_str() {
            Ok(text) => {
                if let Some(others) = without_cookie(text, cookie) {
                    upstream.append_header(COOKIE, others)?;
                }
            }
            // Not text, so the key was not found in it either.
            Err(_) => {
                upstream.append_header(COOKIE, value)?;
            }
        }
    }
    Ok(())
}

/// Says who calls, so that it can be believed: what the client sent under this name is gone in any case.
fn identify(upstream: &mut RequestHeader, ctx: &mut Context) -> Result<()> {
    let Some(signer) = &ctx.state.signer else {
        return Ok(());
    };
    upstream.remove_header(signer.header());
    let wanted = ctx.route.as_ref().is_some_and(|compiled| compiled.route.send_identity);
    let Some(consumer) = ctx.consumer.as_ref().filter(|_| wanted) else {
        return Ok(());
    };
    match signer.identity_of(consumer) {
        Ok(value) => upstream.insert_header(signer.header().clone(), value),
        Err(error) => {
            tracing::error!(%error, consumer = %consumer.name, "request ended");
            Err(ctx.refuse(Refusal::new(
                Code::Internal,
                "the gateway cannot vouch for the caller; tell its operator",
            )))
        }
    }
}
