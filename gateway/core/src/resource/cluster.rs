//! Equal endpoints, and how requests are spread over them.

use crate::lane::Lane;
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// Equal endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Unique.
    pub name: String,
    /// At least one.
    pub endpoints: Vec<Endpoint>,
    /// Who gets the next request.
    pub balance: Balance,
    /// What endpoints speak.
    pub protocol: Protocol,
    /// Encrypts; `None` is plain text.
    pub tls: Option<UpstreamTls>,
    /// Asks endpoints how they are.
    pub health_check: Option<HealthCheck>,
    /// Leaves out endpoints that fail.
    pub outliers: Option<Outliers>,
    /// With fewer than this share of the base's endpoints usable, all of them are used, 0–100.
    pub panic_percent: u8,
    /// Bounds what is under way.
    pub bounds: Bounds,
    /// Opens when too much fails.
    pub failure_ratio: Option<FailureRatio>,
    /// For a connection, its TLS handshake, the wait for the first answer of DNS, and the wait for a free connection, each.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How often names are resolved again.
    pub dns_refresh: Duration,
}

impl Cluster {
    /// A cluster with these endpoints and nothing else that a person would have to ask for.
    #[must_use]
    pub fn new(name: impl Into<String>, endpoints: Vec<Endpoint>) -> Self {
        Self {
            name: name.into(),
            endpoints,
            balance: Balance::RoundRobin,
            protocol: Protocol::Http1,
            tls: None,
            health_check: None,
            outliers: None,
            panic_percent: 50,
            bounds: Bounds::default(),
            failure_ratio: None,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            dns_refresh: Duration::from_secs(5),
        }
    }
}

/// One of a cluster's endpoints, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Where it is.
    pub address: Address,
    /// Its share beside the others, 1–1,000.
    pub weight: u32,
    /// The lane it serves; `None` is the base.
    pub lane: Option<Lane>,
}

impl From<Address> for Endpoint {
    fn from(address: Address) -> Self {
        Self { address, weight: 1, lane: None }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `host:port`; a name stands for all its addresses.
    Tcp {
        /// An IP address or a DNS name.
        host: String,
        /// 1–65535.
        port: u16,
    },
    /// `unix:/absolute/path` of a socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Who gets the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Each in its turn, as often as its weight says.
    RoundRobin,
    /// The one with the fewest requests under way for its weight.
    LeastConnections,
    /// The better of two drawn by lot, by latency and requests under way.
    P2cEwma,
    /// Always the same for the same key; a change moves as few keys as possible.
    ConsistentHash(HashBy),
}

/// What is hashed. Where it is missing, the client's address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashBy {
    /// The client's address.
    ClientIp,
    /// The path as it arrived, without the query.
    Path,
    /// A header's value.
    Header(http::HeaderName),
    /// A cookie's value.
    Cookie(String),
    /// A query parameter's value, as it arrived.
    Query(String),
}

/// What endpoints speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, by ALPN with TLS, else by prior knowledge.
    Http2,
}

/// TLS to endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTls {
    /// The name asked for and checked; `None` is the endpoint's host.
    pub server_name: Option<String>,
    /// The authorities believed, each in DER; `None` is the system's.
    pub authorities: Option<Vec<Vec<u8>>>,
    /// What we show to endpoints that ask for a certificate.
    pub identity: Option<Arc<ClientIdentity>>,
    /// Whether certificates are checked.
    pub verify: bool,
}

/// A certificate of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The chain in DER, our own certificate first.
    pub chain: Vec<Vec<u8>>,
    /// The private key in DER (PKCS #8, PKCS #1 or SEC 1).
    pub key: Vec<u8>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}

/// Asks endpoints how they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// How.
    pub kind: CheckKind,
    /// From the beginning of one round to that of the next, give or take a tenth.
    pub interval: Duration,
    /// For connection and answer together.
    pub timeout: Duration,
    /// So many good answers in a row bring an endpoint back.
    pub healthy_after: u32,
    /// So many bad ones take it out.
    pub unhealthy_after: u32,
}

/// How endpoints are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// `GET path`.
    Http {
        /// The path, perhaps with a query.
        path: String,
        /// The `Host`; `None` is the endpoint.
        host: Option<String>,
        /// The statuses that mean health; empty is 200–299.
        statuses: Vec<u16>,
    },
    /// A connection, with TLS its handshake too.
    Tcp,
    /// `grpc.health.v1.Health/Check`.
    Grpc {
        /// The service asked about; empty is the whole server.
        service: String,
    },
}

/// Leaves out endpoints that fail real requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outliers {
    /// So many failures in a row.
    pub consecutive_failures: u32,
    /// For how long the first time.
    pub ejection: Duration,
    /// The largest share of a cluster that is left out at a time, 1–100; one endpoint of several always may be.
    pub max_ejected_percent: u8,
}

/// Bounds on what is under way; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The most connections in use to one endpoint.
    pub connections_max: Option<u32>,
    /// The most unused connections that are kept to one endpoint.
    pub idle_connections_max: Option<u32>,
    /// The most requests that wait for a connection.
    pub pending_max: u32,
    /// The most requests under way in the cluster.
    pub requests_max: Option<u32>,
}

/// Opens when more than a share of requests fails; lets a few through after a while to see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailureRatio {
    /// The share, 0–1.
    pub above: f64,
    /// Over how long.
    pub window: Duration,
    /// Fewer requests than this say nothing.
    pub requests_min: u32,
    /// How long it stays open.
    pub open: Duration,
    /// So many requests are let through after that.
    pub half_open_requests: u32,
}
