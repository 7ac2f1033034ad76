//! What the gateway says of itself: its status, and its traffic from two looks at its metrics.

mod traffic;

use aetherius_rpc::{CallContext, Channel};
use foundation::trace::TraceParent;
use serde::{Deserialize, Serialize};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use traffic::{Counts, Samples};
use utoipa::ToSchema;

pub use traffic::{RouteTraffic, Traffic};

#[cfg(test)]
mod tests;

/// It is on this machine, and its page is looked at again soon.
const DEADLINE: Duration = Duration::from_secs(2);

/// The way to the gateway's admin server, if there is one, and what it counted before.
pub(crate) struct Gateway {
    admin: Option<Channel>,
    samples: Mutex<Samples>,
}

/// Whether the gateway could be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GatewayState {
    /// It has answered.
    Available,
    /// It has not; nothing is known of it.
    Unavailable,
}

/// The gateway as people see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GatewayView {
    /// Whether the rest is known.
    pub state: GatewayState,
    /// Why it is not known, for a person.
    pub reason: Option<String>,
    /// The gateway's version.
    pub version: Option<String>,
    /// For how long it has run.
    pub uptime_s: Option<i64>,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// What it does with which requests.
    pub routes: Vec<Route>,
    /// Where requests go.
    pub clusters: Vec<Cluster>,
    /// What goes through it now.
    pub traffic: Option<Traffic>,
}

/// What `GET /status` says, as far as it is shown.
#[derive(Clone, Debug, Deserialize)]
struct Status {
    version: String,
    uptime_s: i64,
    listeners: Vec<Listener>,
    routes: Vec<Route>,
    clusters: Vec<StatusCluster>,
}

/// Where the gateway listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayListener)]
pub struct Listener {
    /// Address and port.
    pub address: String,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayRoute)]
pub struct Route {
    /// Its name in the configuration.
    pub name: String,
    /// Of which hosts; none means any.
    pub hosts: Vec<String>,
    /// Of which paths.
    pub path: String,
    /// By which methods; none means any.
    pub methods: Vec<String>,
    /// Where its requests go, or what it does instead.
    pub cluster: String,
    /// Whether it takes a key.
    pub auth_required: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct StatusCluster {
    name: String,
    #[serde(default)]
    breaker: Option<String>,
    endpoints: Vec<StatusEndpoint>,
}

#[derive(Clone, Debug, Deserialize)]
struct StatusEndpoint {
    address: String,
    health: String,
    in_flight: u64,
    connections: u64,
    #[serde(default)]
    latency_ms: Option<f64>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayCluster)]
pub struct Cluster {
    /// Its name in the configuration.
    pub name: String,
    /// `closed`, `open` or `half_open`; absent without a breaker.
    pub breaker: Option<String>,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// An endpoint of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayEndpoint)]
pub struct Endpoint {
    /// Its address.
    pub target: String,
    /// Whether requests go there.
    pub healthy: bool,
    /// `healthy`, `unhealthy` or `ejected`.
    pub health: String,
    /// Requests under way.
    pub in_flight: u64,
    /// Connections to it.
    pub connections: u64,
    /// How long it takes to answer.
    pub latency_ms: Option<f64>,
}

impl Gateway {
    pub(crate) fn new(admin: Option<Channel>) -> Self {
        Self { admin, samples: Mutex::default() }
    }

    /// The gateway as it is; that it does not answer is told, and is no error.
    pub(crate) async fn look(&self, project: &str, trace: TraceParent) -> GatewayView {
        let Some(admin) = &self.admin else {
            return unavailable("this process does not know where the gateway's admin server is".to_owned());
        };
        let context = CallContext::new("api", project, trace).within(DEADLINE);
        let asked =
            tokio::try_join!(admin.get::<Status>("/status", &context), admin.text("/metrics", &context));
        match asked {
            Ok((status, metrics)) => {
                let counts = Counts::read(&metrics);
                let uptime = Duration::from_secs(u64::try_from(status.uptime_s).unwrap_or(0));
                let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
                let traffic = samples.add(counts, Instant::now(), uptime);
                drop(samples);
                view(status, traffic)
            }
            Err(error) => unavailable(error.to_string()),
        }
    }
}

fn view(status: Status, traffic: Traffic) -> GatewayView {
    GatewayView {
        state: GatewayState::Available,
        reason: None,
        version: Some(status.version),
        uptime_s: Some(status.uptime_s),
        listeners: status.listeners,
        routes: status.routes,
        clusters: status.clusters.into_iter().map(Cluster::from).collect(),
        traffic: Some(traffic),
    }
}

fn unavailable(reason: String) -> GatewayView {
    GatewayView {
        state: GatewayState::Unavailable,
        reason: Some(reason),
        version: None,
        uptime_s: None,
        listeners: Vec::new(),
        routes: Vec::new(),
        clusters: Vec::new(),
        traffic: None,
    }
}

impl From<StatusCluster> for Cluster {
    fn from(cluster: StatusCluster) -> Self {
        let StatusCluster { name, breaker, endpoints } = cluster;
        Self { name, breaker, endpoints: endpoints.into_iter().map(Endpoint::from).collect() }
    }
}

impl From<StatusEndpoint> for Endpoint {
    fn from(endpoint: StatusEndpoint) -> Self {
        let StatusEndpoint { address, health, in_flight, connections, latency_ms } = endpoint;
        Self { target: address, healthy: health == "healthy", health, in_flight, connections, latency_ms }
    }
}
