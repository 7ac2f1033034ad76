//! Copies of requests, sent by connections of their own while the request itself goes on: nothing waits for them, and when too many
//! are under way they are left out.

use super::{Proxy, context::Context, downstream::Downstream};
use crate::{
    metrics::{Metrics, Mirrored},
    upstream::{Attempt, Upstream},
};
use agw_core::{
    balance,
    cluster::{CompiledCluster, NoPick, PickAsk},
    lane,
};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use pingora_core::{connectors::http::Connector, upstreams::peer::Peer};
use pingora_error::{Error, ErrorType, Result};
use pingora_http::RequestHeader;
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// Copies under way at one time, on all workers.
const UNDER_WAY_MAX: usize = 256;
/// From the choice of an endpoint to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A longer answer is not read to its end, and its connection closed.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What copies are sent with.
pub(super) struct Mirrors {
    connector: Arc<Connector>,
    slots: Arc<Semaphore>,
}

impl Default for Mirrors {
    fn default() -> Self {
        Self { connector: Arc::new(Connector::new(None)), slots: Arc::new(Semaphore::new(UNDER_WAY_MAX)) }
    }
}

/// With connections of its own, since they belong to the runtime that opened them.
impl Clone for Mirrors {
    fn clone(&self) -> Self {
        Self { connector: Arc::new(Connector::new(None)), slots: Arc::clone(&self.slots) }
    }
}

impl fmt::Debug for Mirrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirrors").field("free", &self.slots.available_permits()).finish_non_exhaustive()
    }
}

/// A request that is being copied as it passes.
#[derive(Debug)]
pub(super) struct Copying {
    upstream: Arc<Upstream>,
    client: IpAddr,
    lane: lane::Resolved,
    head: Option<Box<RequestHeader>>,
    body: Vec<Bytes>,
    bytes: usize,
    bytes_max: usize,
}

/// Begins to copy a request that was drawn. One that wants to upgrade has no end that could be waited for.
pub(super) fn begin(
    session: &impl Downstream,
    ctx: &Context,
    cluster: &CompiledCluster,
) -> Option<Box<Copying>> {
    let mirror = ctx.route.as_ref()?.route.forward()?.mirror.as_ref()?;
    let copying = Copying {
        upstream: Arc::clone(ctx.state.upstreams.of(cluster)?),
        client: ctx.client,
        lane: ctx.lane.clone(),
        head: None,
        body: Vec::new(),
        bytes: 0,
        bytes_max: mirror.body_bytes_max,
    };
    (!session.is_upgrade()).then(|| Box::new(copying))
}

/// Takes the head as the upstream gets it. Another attempt begins anew.
pub(super) fn take_head(request: &RequestHeader, ctx: &mut Context) {
    if let Some(copying) = &mut ctx.copy {
        copying.head = Some(Box::new(request.clone()));
        copying.body.clear();
        copying.bytes = 0;
    }
}

/// Takes a piece of the body, and sends the copy once it is whole.
pub(super) fn collect(proxy: &Proxy, chunk: Option<&Bytes>, is_end: bool, ctx: &mut Context) {
    let Some(copying) = &mut ctx.copy else { return };
    if let Some(chunk) = chunk {
        copying.bytes = copying.bytes.saturating_add(chunk.len());
        copying.body.push(chunk.clone());
    }
    if copying.bytes > copying.bytes_max {
        proxy.metrics.mirrored(Mirrored::TooLarge);
        ctx.copy = None;
    } else if is_end && let Some(copying) = ctx.copy.take() {
        launch(proxy, *copying);
    }
}

fn launch(proxy: &Proxy, copy: Copying) {
    let metrics = Arc::clone(&proxy.metrics);
    let Ok(slot) = Arc::clone(&proxy.mirrors.slots).try_acquire_owned() else {
        metrics.mirrored(Mirrored::Dropped);
        return;
    };
    let connector = Arc::clone(&proxy.mirrors.connector);
    tokio::spawn(async move {
        let _slot = slot;
        let upstream = Arc::clone(&copy.upstream);
        let sent = timeout(TIMEOUT, send(&connector, copy)).await;
        report(&metrics, &upstream, sent.unwrap_or_else(|_| Err(Error::new(ErrorType::ReadTimedout))));
    });
}

fn report(metrics: &Metrics, upstream: &Upstream, sent: Result<()>) {
    let outcome = match sent {
        Ok(()) => Mirrored::Answered,
        Err(error) => {
            tracing::debug!(cluster = upstream.live.cluster.name, %error, "copy not answered");
            Mirrored::Failed
        }
    };
    metrics.mirrored(outcome);
}

async fn send(connector: &Connector, copy: Copying) -> Result<()> {
    let Copying { upstream, client, lane, head, body, bytes, .. } = copy;
    let unavailable = |_: NoPick| Error::new_up(ErrorType::ConnectError);
    let mut head = head.ok_or_else(|| Error::new_in(ErrorType::InternalError))?;
    // The whole body is known by now, however it came.
    head.remove_header(&TRANSFER_ENCODING);
    if bytes > 0 {
        head.insert_header(CONTENT_LENGTH, bytes)?;
    }
    let _entered = upstream.enter().map_err(unavailable)?;
    let key = upstream.live.hash_by().map(|by| {
        let (path, query) = (head.uri.path(), head.uri.query());
        balance::hash_key(by, path, query, &head.headers, client)
    });
    let (lanes, now) = (lane.candidates(), upstream.common.now());
    let ask = PickAsk { lanes: &lanes, key: key.unwrap_or(0), tried: &[], now };
    let mut attempt = upstream.pick(&ask).await.map_err(unavailable)?;
    let exchanged = exchange(connector, &upstream, &mut attempt, head, body).await;
    match exchanged {
        Ok(()) => attempt.completed(),
        Err(_) => attempt.failed(),
    }
    exchanged
}

async fn exchange(
    connector: &Connector,
    upstream: &Upstream,
    attempt: &mut Attempt,
    head: Box<RequestHeader>,
    body: Vec<Bytes>,
) -> Result<()> {
    let peer = upstream.peer(attempt).ok_or_else(|| Error::new_up(ErrorType::ConnectError))?;
    let (mut session, _reused) = connector.get_http_session(&*peer).await?;
    attempt.connected();
    session.write_request_header(head).await?;
    for chunk in body {
        session.write_request_body(chunk, false).await?;
    }
    session.finish_request_body().await?;
    session.read_response_header().await?;
    attempt.answered(session.response_header().is_some_and(|head| !head.status.is_server_error()));
    let mut left = ANSWER_BYTES_MAX;
    while let Some(chunk) = session.read_response_body().await? {
        left = match left.checked_sub(chunk.len()) {
            Some(left) => left,
            None => return Ok(()),
        };
    }
    connector.release_http_session(session, &*peer, peer.idle_timeout()).await;
    Ok(())
}
