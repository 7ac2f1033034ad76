//! What a configuration says of counting, logging and tracing, made ready for requests.

use crate::{
    access_log::{self, format::Format},
    metrics::{ClusterNow, ClusterSeries, Metrics, RouteSeries},
    state::State,
    trace::export::Tracer,
};
use agw_config::{
    Problem,
    config::{Alerts, LogTarget, Observe},
};
use agw_core::{
    breaker::BreakerState,
    cluster::{CompiledCluster, EndpointStatus},
    health::Health,
    mask::Mask,
    routing::{CompiledRoute, Routing},
};
use std::{
    any::Any,
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// The route of requests that no route matched.
pub(crate) const NO_ROUTE: &str = "";

/// What the requests of one configuration are counted in, logged and traced by.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) log_to: LogTarget,
    pub(crate) log: Format,
    pub(crate) tracer: Option<Arc<Tracer>>,
    pub(crate) alerts: Arc<Alerts>,
    pub(crate) no_route: Arc<RouteSeries>,
    /// Held so that the counters keep their names while the configuration is used.
    _held: (Vec<Arc<RouteSeries>>, Vec<Arc<ClusterSeries>>),
}

impl Observed {
    /// Looks up all counters. Must be called in a tokio runtime if traces are sent.
    pub(crate) fn new(
        settings: Observe,
        mask: Mask,
        routing: &Routing,
        metrics: &Arc<Metrics>,
        previous: Option<&Self>,
    ) -> Self {
        let names = routing.compiled_routes().map(|compiled| compiled.route.name.as_str());
        let routes = metrics.routes([NO_ROUTE].into_iter().chain(names));
        for (compiled, series) in routing.compiled_routes().zip(&routes[1..]) {
            compiled.observed.set(Arc::clone(series) as Arc<dyn Any + Send + Sync>);
        }
        let clusters = metrics.clusters(routing.live_clusters().map(|live| live.cluster.name.as_str()));
        for (live, series) in routing.live_clusters().zip(&clusters) {
            live.observed.set(Arc::clone(series) as Arc<dyn Any + Send + Sync>);
        }
        let Observe { access_log, tracing, alerts } = settings;
        let tracer = tracing.map(|tracing| {
            let same = previous.and_then(|previous| previous.tracer.as_ref());
            let same = same.filter(|tracer| *tracer.settings() == tracing).map(Arc::clone);
            same.unwrap_or_else(|| Arc::new(Tracer::start(tracing, Arc::clone(metrics))))
        });
        Self {
            log: Format::new(&access_log, mask),
            log_to: access_log.to,
            tracer,
            alerts: Arc::new(alerts),
            no_route: Arc::clone(&routes[0]),
            _held: (routes, clusters),
        }
    }

    /// Where the access log is to go from now on; `None` if it stays where it is.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub(crate) fn log_target(
        &self,
        previous: Option<&Self>,
    ) -> Result<Option<access_log::Target>, Vec<Problem>> {
        if previous.is_some_and(|previous| previous.log_to == self.log_to) {
            return Ok(None);
        }
        let opened = access_log::Target::open(self.log_to.clone());
        opened
            .map(Some)
            .map_err(|error| vec![Problem::new("access_log.to", format!("cannot open it: {error}"))])
    }

    /// The counters of a request's route.
    pub(crate) fn route<'a>(&'a self, compiled: Option<&'a CompiledRoute>) -> &'a RouteSeries {
        compiled.and_then(|compiled| compiled.observed.get()).unwrap_or(&self.no_route)
    }
}

/// The counters of a cluster.
pub(crate) fn cluster(compiled: &CompiledCluster) -> Option<&ClusterSeries> {
    compiled.observed.get()
}

/// Whether a name in the metrics is that of one route or cluster.
pub(crate) fn is_own(name: &str) -> bool {
    name != NO_ROUTE && name != crate::metrics::OTHER
}

/// How all clusters are at this moment, by name.
pub(crate) fn clusters_now(state: &State) -> Vec<ClusterNow> {
    let now = state.upstreams.status().into_iter().map(|cluster| ClusterNow {
        name: cluster.name,
        endpoints: endpoints_now(cluster.endpoints),
        breaker: cluster.breaker.map(|breaker| match breaker {
            BreakerState::Closed => "closed",
            BreakerState::Open { .. } => "open",
            BreakerState::HalfOpen { .. } => "half_open",
        }),
    });
    now.collect()
}

/// An address may be there for several lanes or names; a series is told once.
fn endpoints_now(endpoints: Vec<EndpointStatus>) -> Vec<(String, bool)> {
    let mut by_address = BTreeMap::new();
    for endpoint in endpoints {
        *by_address.entry(endpoint.address).or_insert(false) |= endpoint.health == Health::Healthy;
    }
    by_address.into_iter().collect()
}

/// The clusters none of whose endpoints is healthy, as far as their checks and requests tell.
pub(crate) fn without_healthy_endpoint(state: &State) -> HashSet<&str> {
    let now = state.upstreams.now();
    let is_well = |live: &CompiledCluster| {
        live.members().iter().any(|member| member.state.health(now) == Health::Healthy)
    };
    let ill = state.routing.live_clusters().filter(|live| !is_well(live));
    ill.map(|live| live.cluster.name.as_str()).collect()
}
