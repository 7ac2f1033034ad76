//! Requests that are served without the engine: those that come over HTTP/1 and ask for no other protocol, unless their upstream
//! speaks HTTP/2. The hooks are called in the order and with the meaning that they have for the engine.

mod exchange;

use super::{
    Proxy, context::Context, downstream::Downstream, early_request_filter, fail_to_proxy, headers,
    hop_by_hop, injection, json_as_xml, logging, mirror, observed, request_filter, retry, total_timeout,
    upstream_peer, upstream_request_filter,
};
use crate::{
    connection::Patience,
    http1::{Client, Pool, upstream::Link},
    metrics::Connect,
    problem,
    stream::ClientStream,
    upstream::Upstream,
};
use agw_core::{hop_by_hop::not_for_the_upstream, resource::Protocol};
use exchange::{Exchange, Parts};
use http::Version;
use pingora_error::{Error, ErrorType, Result};
use pingora_http::RequestHeader;
use std::{future::poll_fn, time::Duration};
use tokio::time::{Instant, timeout};

/// As many as a route may ask for, and some for kept connections that turned out to be closed. The hooks decide on each.
const ATTEMPTS_MAX: usize = 13;
/// How long the next bytes of a body may take; every engine that we know has a minute.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// What became of a connection.
pub(crate) enum Served {
    /// The next request may come.
    Again(Box<ClientStream>),
    /// The engine is to forward the request.
    Engine(Box<ClientStream>),
    /// It is over.
    Ended,
}

/// How far we got.
enum Done {
    Answered,
    /// Decided, but not ours to forward.
    Engine,
}

/// Serves one request.
pub(crate) async fn serve(
    proxy: &Proxy,
    pool: &Pool,
    mut client: Client,
    patience: &mut Patience<'_>,
) -> Option<Served> {
    let mut ctx = Context::new(proxy.state.load_full(), proxy.metrics.in_flight());
    let mut result = answered(proxy, pool, &mut client, &mut ctx, patience).await;
    if let Ok(Done::Engine) = result {
        ctx.decided = true;
        let (stream, _) = client.into_stream();
        if let Some(connection) = ctx.connection.clone() {
            connection.decide(Box::new(ctx));
        }
        return Some(Served::Engine(stream));
    }
    if let Err(error) = &result {
        fail_to_proxy::answer(proxy, &mut client, error, &mut ctx).await;
    }
    let sent = send_rest(&mut client, &ctx, patience).await;
    if result.is_ok() {
        result = sent.map(|()| Done::Answered);
    }
    logging::log(proxy, &client, result.as_ref().err().map(|error| &**error), &mut ctx);
    total_timeout::over(&mut ctx);
    let cut = result.is_err();
    let (mut stream, reusable) = client.into_stream();
    if reusable && !cut {
        return Some(Served::Again(stream));
    }
    say_goodbye(&mut stream, cut).await;
    Some(Served::Ended)
}

async fn answered(
    proxy: &Proxy,
    pool: &Pool,
    client: &mut Client,
    ctx: &mut Context,
    patience: &mut Patience<'_>,
) -> Result<Done> {
    early_request_filter::begin(client, ctx)?;
    if hop_by_hop::is_for_this_hop(client) {
        problem::no_content(client, &ctx.request_id).await?;
        return Ok(Done::Answered);
    }
    if request_filter::decide(proxy, client, ctx).await? {
        return Ok(Done::Answered);
    }
    if ctx.cluster.as_ref().is_some_and(|cluster| cluster.cluster.protocol == Protocol::Http2) {
        return Ok(Done::Engine);
    }
    if inspected(proxy, client, ctx).await? {
        return Ok(Done::Answered);
    }
    let mut attempt = 1;
    loop {
        match forwarded(proxy, pool, client, ctx, patience).await {
            Ok(()) => return Ok(Done::Answered),
            Err(error) if error.retry() && attempt < ATTEMPTS_MAX => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Inspects the beginning of the body, if the route wants that. True when the request was refused.
async fn inspected(proxy: &Proxy, client: &mut Client, ctx: &mut Context) -> Result<bool> {
    let Some((policy, kind)) = injection::wanted(client.request(), ctx) else { return Ok(false) };
    if client.is_without_body() {
        return Ok(false);
    }
    if client.request().headers.contains_key(http::header::EXPECT)
        && client.request().version == Version::HTTP_11
    {
        client.push_continue();
        poll_fn(|cx| client.poll_send(cx)).await?;
    }
    let read = timeout(BODY_TIMEOUT, client.read_ahead(policy.body_bytes_max)).await;
    let late = |_| Error::explain(ErrorType::ReadTimedout, "the client does not send its body").into_down();
    let beginning = read.map_err(late)??;
    match injection::inspect_beginning(proxy, ctx, policy, kind, beginning) {
        None => Ok(false),
        Some(refusal) => request_filter::refuse(client, ctx, refusal).await,
    }
}

/// One attempt.
async fn forwarded(
    proxy: &Proxy,
    pool: &Pool,
    client: &mut Client,
    ctx: &mut Context,
    patience: &mut Patience<'_>,
) -> Result<()> {
    retry::pause(ctx).await;
    let picked = upstream_peer::pick(client, ctx).await;
    observed::attempt_begins(ctx);
    let upstream = picked?;
    let waits = upstream_peer::waits(&upstream, ctx)?;
    let (key, mut link, reused) = connected(pool, &upstream, client, ctx, waits.connect).await?;
    upstream_peer::connected(ctx);

    client.rewind();
    link.begin(&head_for(client, ctx)?, client.spelling(), client.framing());
    let parts = Parts { proxy, client, link: &mut link, ctx };
    let over = Exchange::new(parts, waits).run(patience).await;
    over.map_err(|error| retry::failed(client, error, ctx, reused))?;
    if link.is_reusable() {
        link.rest();
        pool.put(key, link, upstream.live.cluster.idle_timeout);
    }
    Ok(())
}

/// A connection that waited for us, or a new one.
async fn connected(
    pool: &Pool,
    upstream: &Upstream,
    client: &Client,
    ctx: &mut Context,
    within: Duration,
) -> Result<(crate::upstream::PoolKey, Link, bool)> {
    let key = ctx.upstream.attempt.as_ref().and_then(|attempt| upstream.pool_key(attempt));
    let Some(key) = key else { return Err(ctx.refuse(upstream_peer::unavailable())) };
    if let Some(link) = pool.take(&key) {
        observed::connected(ctx, Connect::Reused);
        return Ok((key, link, true));
    }
    let socket = match &ctx.upstream.attempt {
        Some(attempt) => upstream.connect(attempt, within).await,
        None => Ok(None),
    };
    match socket {
        Ok(Some(socket)) => {
            observed::connected(ctx, Connect::Opened);
            Ok((key, Link::new(socket), false))
        }
        Ok(None) => Err(ctx.refuse(upstream_peer::unavailable())),
        Err(error) => {
            let error = error.into_up();
            observed::not_connected(ctx, &error);
            let error = upstream_peer::not_connected(ctx, error);
            Err(retry::not_connected(client, error, ctx).into_up())
        }
    }
}

/// The head as the upstream gets it.
fn head_for(client: &Client, ctx: &mut Context) -> Result<RequestHeader> {
    let mut head = client.request().clone();
    head.set_version(Version::HTTP_11);
    for name in not_for_the_upstream(&head.headers) {
        head.remove_header(&name);
    }
    upstream_request_filter::prepare(client, &mut head, ctx)?;
    upstream_peer::ask_to_close(client, &mut head, ctx)?;
    json_as_xml::ask(client, &mut head, ctx)?;
    hop_by_hop::from_request(client, &mut head, ctx)?;
    headers::keep_host(client.request(), &mut head)?;
    mirror::take_head(&head, ctx);
    Ok(head)
}

/// Sends what the client has not taken yet.
async fn send_rest(client: &mut Client, ctx: &Context, patience: &mut Patience<'_>) -> Result<()> {
    let wait =
        ctx.connection.as_ref().map_or(BODY_TIMEOUT, |connection| connection.terms.listener.idle_timeout);
    let mut deadline = Instant::now() + wait;
    poll_fn(|cx| {
        patience.until_whatever_happens(deadline);
        loop {
            match client.poll_finish(cx)? {
                std::task::Poll::Ready(false) => return std::task::Poll::Ready(Ok(())),
                std::task::Poll::Ready(true) => {
                    deadline = Instant::now() + wait;
                    patience.until_whatever_happens(deadline);
                }
                std::task::Poll::Pending => {
                    let late =
                        || Error::explain(ErrorType::WriteTimedout, "the client does not read its answer");
                    return patience.poll_end(cx).map(|()| Err(late().into_down()));
                }
            }
        }
    })
    .await
}

/// Ends a connection. One that is `cut` must not look as if it had ended in order.
async fn say_goodbye(stream: &mut ClientStream, cut: bool) {
    if !cut {
        let patience = stream.connection().terms.listener.head_timeout;
        // A client that is gone need not be told.
        let _ = timeout(patience, poll_fn(|cx| stream.poll_goodbye(cx))).await;
    }
}
