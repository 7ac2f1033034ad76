//! What runs for clusters besides their requests: endpoints are checked and names resolved in the background; requests wait here
//! for room.

use crate::{
    dns, health,
    websocket::{Handover, UpstreamSocket},
};
use agw_core::{
    cluster::{ClusterStatus, CompiledCluster, Lease, NoPick, PickAsk, RequestSlot},
    routing::Routing,
};
use pingora_core::{
    connectors::{ConnectorOptions, TransportConnector},
    upstreams::peer::HttpPeer,
};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub(crate) mod dial;
mod peer;
mod tls;

use peer::PeerTemplate;
pub(crate) use peer::PoolKey;

/// Health checks under way at one time, of all clusters.
const CHECKS_MAX: usize = 64;

/// What runs for the clusters of one configuration. Clusters that did not change are the previous configuration's.
#[derive(Debug)]
pub(crate) struct Upstreams {
    clusters: HashMap<String, Arc<Upstream>>,
    pub(crate) common: Arc<Common>,
}

/// What all clusters share, over all configurations.
pub(crate) struct Common {
    started: Instant,
    pub(crate) resolver: dns::Resolver,
    pub(crate) checks: Semaphore,
    connector: OnceLock<TransportConnector>,
}

impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Common").field("started", &self.started).finish_non_exhaustive()
    }
}

/// A cluster with what runs for it.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) live: Arc<CompiledCluster>,
    pub(crate) common: Arc<Common>,
    template: PeerTemplate,
    /// A request has ended, so that another may be sent.
    freed: Notify,
    /// A name has got its first answer.
    pub(crate) resolved: Notify,
    stop: CancellationToken,
}

impl Upstreams {
    /// Prepares everything and starts nothing: a configuration may still be refused.
    pub(crate) fn new(routing: &Routing, previous: Option<&Self>) -> Self {
        let common =
            previous.map_or_else(|| Arc::new(Common::new()), |previous| Arc::clone(&previous.common));
        let of = |live: &Arc<CompiledCluster>| {
            let name = live.cluster.name.clone();
            let same = previous.and_then(|previous| previous.clusters.get(&name));
            let upstream = match same.filter(|same| Arc::ptr_eq(&same.live, live)) {
                Some(same) => Arc::clone(same),
                None => Arc::new(Upstream::new(Arc::clone(live), Arc::clone(&common))),
            };
            (name, upstream)
        };
        Self { clusters: routing.live_clusters().map(of).collect(), common }
    }

    /// Starts what is new and stops what is gone. Must be called in a tokio runtime that outlives the gateway.
    pub(crate) fn start(&self, previous: Option<&Self>) {
        let before = previous.map(|previous| &previous.clusters);
        let stays = |upstream: &Arc<Upstream>, others: Option<&HashMap<String, Arc<Upstream>>>| {
            let other = others.and_then(|others| others.get(&upstream.live.cluster.name));
            other.is_some_and(|other| Arc::ptr_eq(other, upstream))
        };
        for gone in before.iter().flat_map(|before| before.values()) {
            if !stays(gone, Some(&self.clusters)) {
                gone.stop.cancel();
            }
        }
        for new in self.clusters.values().filter(|upstream| !stays(upstream, before)) {
            new.start();
        }
    }

    /// Stops everything in the background.
    pub(crate) fn stop(&self) {
        for upstream in self.clusters.values() {
            upstream.stop.cancel();
        }
    }

    /// The cluster's.
    pub(crate) fn of(&self, cluster: &CompiledCluster) -> Option<&Arc<Upstream>> {
        self.clusters.get(&cluster.cluster.name)
    }

    /// The time that all clusters are told.
    pub(crate) fn now(&self) -> Duration {
        self.common.now()
    }

    /// How all clusters are now, by name.
    pub(crate) fn status(&self) -> Vec<ClusterStatus> {
        let now = self.now();
        let mut all: Vec<_> = self.clusters.values().map(|upstream| upstream.live.status(now)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }
}

impl Common {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            resolver: dns::Resolver::system(),
            checks: Semaphore::new(CHECKS_MAX),
            connector: OnceLock::new(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Makes the connections of health checks. It reads the system's certificates, so that it is made when first used.
    pub(crate) fn connector(&self) -> &TransportConnector {
        self.connector.get_or_init(|| TransportConnector::new(Some(ConnectorOptions::new(1))))
    }
}

impl Upstream {
    fn new(live: Arc<CompiledCluster>, common: Arc<Common>) -> Self {
        Self {
            template: PeerTemplate::new(&live),
            live,
            common,
            freed: Notify::new(),
            resolved: Notify::new(),
            stop: CancellationToken::new(),
        }
    }

    fn start(self: &Arc<Self>) {
        if self.live.names().next().is_some() {
            tokio::spawn(self.stop.clone().run_until_cancelled_owned(dns::keep_resolved(Arc::clone(self))));
        }
        if self.live.cluster.health_check.is_some() {
            tokio::spawn(self.stop.clone().run_until_cancelled_owned(health::keep_checked(Arc::clone(self))));
        }
    }

    /// The next endpoint, perhaps after waiting for a free connection or the first answer of DNS, each for as long as a connection
    /// may take. `ask.now` may be older than the pick by that.
    pub(crate) async fn pick(self: &Arc<Self>, ask: &PickAsk<'_>) -> Result<Attempt, NoPick> {
        let picked = match self.live.pick(ask) {
            Err(NoPick::Unresolved) => self.pick_after(&self.resolved, ask, NoPick::Unresolved).await,
            Err(NoPick::Busy) => match self.live.wait() {
                Some(_waiting) => self.pick_after(&self.freed, ask, NoPick::Busy).await,
                None => Err(NoPick::Busy),
            },
            picked => picked,
        };
        Ok(Attempt { lease: Some(picked?), upstream: Arc::clone(self) })
    }

    async fn pick_after(&self, event: &Notify, ask: &PickAsk<'_>, reason: NoPick) -> Result<Lease, NoPick> {
        let wait = async {
            loop {
                let notified = event.notified();
                tokio::pin!(notified);
                // From here on no event is missed.
                notified.as_mut().enable();
                match self.live.pick(&PickAsk { now: self.common.now(), ..*ask }) {
                    Err(same) if same == reason => notified.await,
                    picked => return picked,
                }
            }
        };
        timeout(self.live.cluster.connect_timeout, wait).await.unwrap_or(Err(reason))
    }

    /// Counts a request.
    pub(crate) fn enter(&self) -> Result<Option<RequestSlot>, NoPick> {
        self.live.enter()
    }

    /// How to reach an endpoint, without timeouts for the exchange; `None` for one that cannot be an address of a peer.
    pub(crate) fn peer(&self, attempt: &Attempt) -> Option<Box<HttpPeer>> {
        self.template.peer(attempt.lease.as_ref()?.member())
    }

    /// Which connections serve the attempt. `None` for one that has no name to be asked for.
    pub(crate) fn pool_key(&self, attempt: &Attempt) -> Option<PoolKey> {
        self.template.pool_key(attempt.lease.as_ref()?.member())
    }

    /// Connects for the attempt, without the engine.
    pub(crate) async fn connect(
        &self,
        attempt: &Attempt,
        within: Duration,
    ) -> pingora_error::Result<Option<UpstreamSocket>> {
        match &attempt.lease {
            Some(lease) => self.template.connect(lease.member(), within).await,
            None => Ok(None),
        }
    }

    /// Lets `peer` be taken away from the engine when a WebSocket is opened through it.
    pub(crate) fn hand_over(&self, peer: &mut HttpPeer, attempt: &Attempt) -> Option<Arc<Handover>> {
        self.template.hand_over(peer, attempt.lease.as_ref()?.member())
    }

    /// The same for a health check, which is not counted as a connection.
    pub(crate) fn peer_for_check(&self, member: &agw_core::cluster::Member) -> Option<Box<HttpPeer>> {
        let mut peer = self.template.peer(member)?;
        peer.options.custom_l4 = None;
        Some(peer)
    }
}

/// One attempt at one endpoint; see [`Lease`].
#[derive(Debug)]
pub(crate) struct Attempt {
    /// Taken only when dropped.
    lease: Option<Lease>,
    upstream: Arc<Upstream>,
}

impl Attempt {
    pub(crate) fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    pub(crate) fn connected(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.connected();
        }
    }

    pub(crate) fn answered(&mut self, ok: bool) {
        let now = self.upstream.common.now();
        self.note(|lease| lease.answered(ok, now));
    }

    pub(crate) fn failed(&mut self) {
        let now = self.upstream.common.now();
        self.note(|lease| lease.failed(now));
    }

    pub(crate) fn completed(&self) {
        if let Some(lease) = &self.lease {
            lease.completed();
        }
    }

    fn note(&mut self, report: impl FnOnce(&mut Lease) -> agw_core::cluster::Changes) {
        let Some(lease) = &mut self.lease else { return };
        let changes = report(lease);
        let cluster = self.upstream.live.cluster.name.as_str();
        if let Some(until) = changes.ejected_until {
            let for_ms = until.saturating_sub(self.upstream.common.now()).as_millis();
            tracing::warn!(cluster, endpoint = %lease.member().target, for_ms, "endpoint failed and is left out");
        }
        match changes.breaker {
            Some(agw_core::breaker::BreakerState::Closed) => {
                tracing::info!(cluster, "circuit breaker closed");
            }
            Some(state) => tracing::warn!(cluster, ?state, "circuit breaker opened"),
            None => {}
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        drop(self.lease.take());
        if self.upstream.live.waiting() > 0 {
            self.upstream.freed.notify_one();
        }
    }
}
