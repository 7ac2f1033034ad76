//! Groups of equal endpoints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Equal endpoints.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSettings {
    /// Unique.
    pub name: String,
    /// `host:port`, `unix:/absolute/path`, or an object with more; at least one.
    pub endpoints: Vec<EndpointSettings>,
    /// Who gets the next request. Default `round_robin`.
    pub balance: BalanceSettings,
    /// What endpoints speak. Default `http1`.
    pub protocol: UpstreamProtocol,
    /// Encrypts on the way to the endpoints. Default: plain text.
    pub tls: Option<UpstreamTlsSettings>,
    /// Asks endpoints how they are. Default: they are not asked.
    pub health_check: Option<HealthCheckSettings>,
    /// Leaves out endpoints that fail. Default: none is left out.
    pub outliers: Option<OutlierSettings>,
    /// With fewer than this share of its endpoints healthy, all are used, in percent, 0–100. Default 50; 0 never. Lanes fall back
    /// instead.
    pub panic_percent: u8,
    /// Bounds what is under way, and stops when too much fails. Default: no bounds.
    pub circuit_breaker: Option<CircuitBreakerSettings>,
    /// How long a connection may take, and so long do requests wait for the first answer of DNS or for a free connection, in
    /// milliseconds, 1–60,000. Default 5,000.
    pub connect_timeout_ms: u64,
    /// How long an unused connection is kept, in milliseconds, 100–3,600,000. Default 30,000.
    pub idle_timeout_ms: u64,
    /// How often names are resolved again, in milliseconds, 100–3,600,000. Default 5,000.
    pub dns_refresh_ms: u64,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            endpoints: Vec::new(),
            balance: BalanceSettings::default(),
            protocol: UpstreamProtocol::default(),
            tls: None,
            health_check: None,
            outliers: None,
            panic_percent: 50,
            circuit_breaker: None,
            connect_timeout_ms: 5_000,
            idle_timeout_ms: 30_000,
            dns_refresh_ms: 5_000,
        }
    }
}

/// An endpoint: its address, or an object.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected host:port, unix:/path, or an object with address, weight and lane")]
pub enum EndpointSettings {
    /// `host:port` or `unix:/absolute/path`.
    Address(String),
    /// With more.
    Full(FullEndpointSettings),
}

impl From<String> for EndpointSettings {
    fn from(address: String) -> Self {
        Self::Address(address)
    }
}

/// An endpoint with weight and lane.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FullEndpointSettings {
    /// `host:port` or `unix:/absolute/path`.
    pub address: String,
    /// Its share beside the others, 1–1,000. Default 1.
    pub weight: u32,
    /// The lane it serves. Default: the base.
    pub lane: Option<String>,
}

impl Default for FullEndpointSettings {
    fn default() -> Self {
        Self { address: String::new(), weight: 1, lane: None }
    }
}

/// Who gets the next request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BalanceSettings {
    /// Each in its turn, as often as its weight says.
    #[default]
    RoundRobin,
    /// The one with the fewest requests under way for its weight.
    LeastConnections,
    /// The better of two drawn by lot, by latency and requests under way.
    P2cEwma,
    /// Always the same for the same key; a change moves as few keys as possible.
    ConsistentHash(HashBySettings),
}

/// What is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HashBySettings {
    /// The client's address.
    ClientIp,
    /// The path.
    Path,
    /// A header's value; without it the client's address.
    Header(String),
    /// A cookie's value; without it the client's address.
    Cookie(String),
    /// A query parameter's value; without it the client's address.
    Query(String),
}

/// What endpoints speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2, by prior knowledge or ALPN; needed for gRPC.
    Http2,
}

/// TLS to endpoints.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamTlsSettings {
    /// The name asked for and checked. Default: the endpoint's host.
    pub server_name: Option<String>,
    /// A PEM file with the authorities believed. Default: the system's.
    pub ca_file: Option<String>,
    /// A PEM file with our certificate, for endpoints that ask for one. Needs `key_file`.
    pub cert_file: Option<String>,
    /// A PEM file with its key.
    pub key_file: Option<String>,
    /// Whether certificates are checked. Default true; false is for tests.
    pub verify: bool,
}

impl Default for UpstreamTlsSettings {
    fn default() -> Self {
        Self { server_name: None, ca_file: None, cert_file: None, key_file: None, verify: true }
    }
}

/// Asks endpoints how they are.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheckSettings {
    /// How. Default `http`.
    pub kind: HealthCheckKind,
    /// The path of an HTTP check. Default `/healthz`.
    pub path: String,
    /// The `Host` of an HTTP check, or the service name of a gRPC check. Default: the endpoint, or the whole server.
    pub host: Option<String>,
    /// The statuses that mean health. Default: 200–299.
    pub statuses: Vec<u16>,
    /// In milliseconds, 50–600,000. Default 5,000. Spread by a tenth, so that checks do not march in step.
    pub interval_ms: u64,
    /// In milliseconds, 10–60,000. Default 2,000.
    pub timeout_ms: u64,
    /// So many good answers in a row bring an endpoint back, 1–100. Default 2.
    pub healthy_after: u32,
    /// So many bad ones take it out, 1–100. Default 3.
    pub unhealthy_after: u32,
}

impl Default for HealthCheckSettings {
    fn default() -> Self {
        Self {
            kind: HealthCheckKind::default(),
            path: "/healthz".to_owned(),
            host: None,
            statuses: Vec::new(),
            interval_ms: 5_000,
            timeout_ms: 2_000,
            healthy_after: 2,
            unhealthy_after: 3,
        }
    }
}

/// How endpoints are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthCheckKind {
    /// `GET path`.
    #[default]
    Http,
    /// A connection is enough.
    Tcp,
    /// `grpc.health.v1.Health/Check`.
    Grpc,
}

/// Leaves out endpoints that fail real requests.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutlierSettings {
    /// So many failures (5xx, no answer, no connection) in a row, 1–1,000. Default 5.
    pub consecutive_failures: u32,
    /// For how long it is left out the first time, in milliseconds, 10–3,600,000. Default 30,000. Each further time as much longer.
    pub ejection_ms: u64,
    /// At most this share of a cluster is left out at a time, in percent, 1–100. Default 50; one endpoint of several always may be.
    pub max_ejected_percent: u8,
}

impl Default for OutlierSettings {
    fn default() -> Self {
        Self { consecutive_failures: 5, ejection_ms: 30_000, max_ejected_percent: 50 }
    }
}

/// Bounds, and a switch that opens when too much fails.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitBreakerSettings {
    /// The most connections in use to one endpoint, of all workers together, 1–1,000,000. One of HTTP/2 carries up to 100 requests.
    /// Default: no bound.
    pub connections_max: Option<u32>,
    /// The most unused connections that are kept to one endpoint, 0–1,000,000; needs HTTP/1.1. Default: no bound of its own.
    pub idle_connections_max: Option<u32>,
    /// The most requests that wait for a connection, for at most `connect_timeout_ms`, 0–1,000,000; needs `connections_max`.
    /// Default: none waits.
    pub pending_max: Option<u32>,
    /// The most requests under way in the cluster, 1–1,000,000. Default: no bound.
    pub requests_max: Option<u32>,
    /// Opens when more than a share of requests fails. Default: never.
    pub failure_ratio: Option<FailureRatioSettings>,
}

/// Opens when more than a share of requests fails; lets a few through after a while to see.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FailureRatioSettings {
    /// The share of 5xx answers, broken answers and failed connections, 0–1. Default 0.5.
    pub above: f64,
    /// Over the last so many milliseconds, 100–600,000. Default 10,000.
    pub window_ms: u64,
    /// Fewer requests than this in that time say nothing. Default 20.
    pub requests_min: u32,
    /// How long it stays open, in milliseconds, 10–600,000. Default 5,000.
    pub open_ms: u64,
    /// So many requests are let through after that; if all succeed it closes, else it opens again. 1–100. Default 3.
    pub half_open_requests: u32,
}

impl Default for FailureRatioSettings {
    fn default() -> Self {
        Self { above: 0.5, window_ms: 10_000, requests_min: 20, open_ms: 5_000, half_open_requests: 3 }
    }
}
