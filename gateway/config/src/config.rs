//! A configuration that was found to be good.

mod observe;

pub use observe::{
    AccessField, AccessLog, Alerts, Email, EmailEncryption, LogTarget, Observe, Tracing, Webhook,
    WebhookFormat,
};

use agw_core::{
    jwt::TokenPolicy,
    listener::{Certificate, Listener},
    mask::Mask,
    resource::Resources,
};
use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// What the data plane runs on.
#[derive(Clone, Debug)]
pub struct Config {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// What they encrypt with.
    pub certificates: Vec<Certificate>,
    /// Threads that serve requests; 0 stands for one for each core.
    pub workers: usize,
    /// Whether each of them has connections to the upstreams of its own.
    pub upstream_pools: UpstreamPools,
    /// Where the admin server listens.
    pub admin: AdminAddress,
    /// What else the admin server does.
    pub admin_options: AdminOptions,
    /// The most connections from clients at one time, 1–1,000,000.
    pub connections_max: usize,
    /// How long requests may go on after the gateway was told to stop.
    pub drain: Duration,
    /// How upstreams are told who calls.
    pub identity: Option<Identity>,
    /// Whose tokens are believed.
    pub jwt_issuers: Vec<JwtIssuer>,
    /// What is never written to a log.
    pub mask: Mask,
    /// What the gateway tells about itself.
    pub observe: Observe,
    /// Where limits are kept that gateways share.
    pub redis: Option<RedisServer>,
    /// Routes, clusters, consumers.
    pub resources: Resources,
}

/// Who shares connections to the upstreams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamPools {
    /// Each worker has its own and never waits for another: the fastest.
    #[default]
    PerWorker,
    /// All workers share one, and any of them may go on with a request: fewer connections to the upstreams, more time for each
    /// request.
    Shared,
}

/// Where the admin server listens: nothing that another machine can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAddress {
    /// A loopback address; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// What the admin server does beside answering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminOptions {
    /// Whether the configuration and the files it names are watched.
    pub watch: bool,
    /// Where admin calls are appended; `None` is the log.
    pub audit_file: Option<PathBuf>,
    /// Where changes of routes and clusters are appended.
    pub changes_file: Option<PathBuf>,
}

/// The signed header that tells upstreams who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The header's name.
    pub header: HeaderName,
    /// The key it is signed with.
    pub key: SigningKey,
    /// For how long a signature is valid, 2 s – 1 h.
    pub ttl: Duration,
    /// The `iss` claim.
    pub issuer: String,
}

/// Somebody whose tokens are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtIssuer {
    /// What its tokens must be like.
    pub policy: TokenPolicy,
    /// Where its keys are.
    pub keys: KeySource,
    /// A list of what it no longer stands for, looked at every second.
    pub revoked_file: Option<PathBuf>,
    /// How often keys are fetched from a URL, 1 s – 1 h.
    pub refresh: Duration,
}

/// Where the keys of an issuer are. Files are looked at every second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A JWK set in a file.
    File(PathBuf),
    /// A JWK set at a URL.
    Url(String),
    /// A file with a secret for HMAC in hexadecimal digits.
    Secret(PathBuf),
}

/// A key for HMAC-SHA-256, at least 32 bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(pub Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(•••)")
    }
}

/// A Redis server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisServer {
    /// An IP address or a DNS name.
    pub host: String,
    /// 1–65535.
    pub port: u16,
    /// The number of the database.
    pub db: u16,
    /// The user, if it is not the default one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}
