//! Picks an endpoint, and picks another when the first cannot be reached.

use super::context::Context;
use agw_core::{
    refusal::{Code, Refusal},
    resource::Endpoint,
};
use pingora_core::upstreams::peer::HttpPeer;
use pingora_error::{Error, ErrorType, Result};
use pingora_proxy::Session;
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{net::lookup_host, time::timeout};

/// For resolving a name, and again for the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than what servers commonly allow, so that we are the first to close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const ATTEMPTS_MAX: u32 = 2;

/// The endpoint whose turn it is.
pub(super) async fn pick(session: &Session, ctx: &mut Context) -> Result<Box<HttpPeer>> {
    let Some(compiled) = ctx.route.clone() else {
        return Err(ctx.refuse(Refusal::new(Code::Internal, "the request has no route")));
    };
    let Some(cluster) = ctx.cluster.clone() else {
        return Err(ctx.refuse(Refusal::new(Code::Internal, "the request has no cluster")));
    };
    let Some(endpoint) = cluster.balance.pick(&cluster.cluster.endpoints) else {
        return Err(ctx.refuse(unavailable()));
    };
    ctx.upstream.attempts += 1;
    ctx.upstream.connected = false;
    ctx.upstream.began = Some(Instant::now());
    ctx.upstream.endpoint = Some(endpoint.clone());
    ctx.body_bytes = 0;

    let silence = if session.is_upgrade_req() { None } else { Some(compiled.route.timeout) };
    match peer(endpoint, silence).await? {
        Some(peer) => Ok(Box::new(peer)),
        None => Err(ctx.refuse(unavailable())),
    }
}

/// How to connect to an endpoint; `None` when its name is not known.
pub(super) async fn peer(endpoint: &Endpoint, silence: Option<Duration>) -> Result<Option<HttpPeer>> {
    let mut peer = match endpoint {
        Endpoint::Unix(path) => HttpPeer::new_uds(&path.to_string_lossy(), false, String::new())?,
        Endpoint::Tcp { host, port } => match resolve(host, *port).await {
            Some(address) => HttpPeer::new(address, false, String::new()),
            None => return Ok(None),
        },
    };
    peer.options.connection_timeout = Some(CONNECT_TIMEOUT);
    peer.options.total_connection_timeout = Some(CONNECT_TIMEOUT);
    peer.options.idle_timeout = Some(IDLE_TIMEOUT);
    peer.options.read_timeout = silence;
    peer.options.write_timeout = silence;
    Ok(Some(peer))
}

/// Nothing was sent, so another endpoint may be tried, once.
pub(super) fn not_connected(ctx: &Context, mut error: Box<Error>) -> Box<Error> {
    let others = ctx.cluster.as_ref().is_some_and(|compiled| compiled.cluster.endpoints.len() > 1);
    let timed_out = matches!(error.etype(), ErrorType::ConnectTimedout);
    error.set_retry(others && !timed_out && ctx.upstream.attempts < ATTEMPTS_MAX);
    error
}

pub(super) fn connected(ctx: &mut Context) {
    ctx.upstream.connected = true;
}

/// The answer when no connection could be made. Senders of alerts try 5xx answers again.
pub(super) fn unavailable() -> Refusal {
    let detail = "the service behind this route cannot be reached; nothing was sent to it, try again";
    Refusal::new(Code::UpstreamUnavailable, detail).retry_after(Duration::from_secs(1))
}

async fn resolve(host: &str, port: u16) -> Option<SocketAddr> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, port));
    }
    let found = timeout(CONNECT_TIMEOUT, lookup_host((host, port))).await.ok()?;
    found.inspect_err(|error| tracing::warn!(host, %error, "cannot resolve an endpoint")).ok()?.next()
}
