//! What people write, and what a program that generates a configuration serialises. Every field has a default or is checked by [`Settings::validate`].

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where clients connect. Default: one at `0.0.0.0:8080`.
    pub listeners: Vec<ListenerSettings>,
    /// The admin server.
    pub admin: AdminSettings,
    /// The most client connections at one time, 1–1,000,000. Default 10,000; more wait unaccepted.
    pub connections_max: usize,
    /// How long requests may go on after a stop was asked for, in milliseconds, 0–600,000. Default 10,000.
    pub drain_ms: u64,
    /// Tells upstreams who calls. Default: they are not told.
    pub identity: Option<IdentitySettings>,
    /// Who may call. Default: nobody has a key.
    pub consumers: Vec<ConsumerSettings>,
    /// Which requests go where.
    pub routes: Vec<RouteSettings>,
    /// Groups of equal endpoints.
    pub clusters: Vec<ClusterSettings>,
    /// Routes in their short form: a path and a target.
    pub proxy_routes: Vec<ProxyRouteSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listeners: vec![ListenerSettings { address: "0.0.0.0:8080".to_owned() }],
            admin: AdminSettings::default(),
            connections_max: 10_000,
            drain_ms: 10_000,
            identity: None,
            consumers: Vec::new(),
            routes: Vec::new(),
            clusters: Vec::new(),
            proxy_routes: Vec::new(),
        }
    }
}

/// Where clients connect.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenerSettings {
    /// `IP:port`; port 0 lets the system choose.
    pub address: String,
}

/// The admin server: health, status, metrics, reload.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminSettings {
    /// A loopback `IP:port` or `unix:/path`. Default `127.0.0.1:8082`.
    pub address: String,
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self { address: "127.0.0.1:8082".to_owned() }
    }
}

/// The signed header that tells upstreams who calls: a JWT (HS256) with `iss`, `sub`, `project`, `roles`, `iat`, `exp`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// The header's name. Default `x-aetherius-identity`. What clients send under this name is removed.
    pub header: String,
    /// A file with the signing key in hexadecimal, at least 32 bytes. Relative to the configuration's directory.
    pub key_file: String,
    /// For how long a signature is valid, in seconds, 2–3,600. Default 60.
    pub ttl_s: u64,
    /// The `iss` claim. Default `agw`.
    pub issuer: String,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            header: "x-aetherius-identity".to_owned(),
            key_file: String::new(),
            ttl_s: 60,
            issuer: "agw".to_owned(),
        }
    }
}

/// Someone who holds a key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsumerSettings {
    /// Unique.
    pub name: String,
    /// The project it belongs to. Default: none.
    pub project: String,
    /// What it may do. Default: nothing that needs a role.
    pub roles: Vec<String>,
    /// SHA-256 of the key, 64 hexadecimal digits: `printf %s "$KEY" | sha256sum`.
    pub key_sha256: String,
}

/// Which requests go where.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteSettings {
    /// Unique; also the label of its metrics.
    pub name: String,
    /// The requests it serves.
    #[serde(rename = "match")]
    pub matches: MatchSettings,
    /// Among matching routes the highest wins; between equal ones the most specific. Default 0.
    pub priority: i32,
    /// Removes `match.path_prefix` from the path. Default: the path stays.
    pub strip_prefix: bool,
    /// Puts this in place of `match.path_prefix`.
    pub replace_prefix: Option<String>,
    /// Where requests go: the name of a cluster.
    pub cluster: String,
    /// Who may pass. Default: everybody, and credentials are left for the upstream to judge.
    pub auth: Option<AuthSettings>,
    /// How often. Default: without limit.
    pub rate_limit: Option<RateLimitSettings>,
    /// The largest request body in bytes. Default 10 MiB.
    pub body_bytes_max: u64,
    /// The longest silence of the upstream, before its response and within it, in milliseconds, 1–3,600,000. Default 60,000.
    /// WebSockets have no such limit.
    pub timeout_ms: u64,
    /// Whether the upstream is told who calls. Default: yes, if the route has `auth` and the file has `identity`.
    pub identity: Option<bool>,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            matches: MatchSettings::default(),
            priority: 0,
            strip_prefix: false,
            replace_prefix: None,
            cluster: String::new(),
            auth: None,
            rate_limit: None,
            body_bytes_max: 10 << 20,
            timeout_ms: 60_000,
            identity: None,
        }
    }
}

/// The requests a route serves.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatchSettings {
    /// `example.com` or `*.example.com`. Default: every host.
    pub hosts: Vec<String>,
    /// This path alone.
    pub path: Option<String>,
    /// This path and all below it.
    pub path_prefix: Option<String>,
    /// In upper case; `GET` includes `HEAD`. Default: every method.
    pub methods: Vec<String>,
}

/// Who may pass a route.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Whether a request without a known key is refused. Default true.
    pub required: bool,
    /// A consumer needs one of these. Default: any consumer.
    pub roles: Vec<String>,
    /// A cookie that may carry the key, for browsers.
    pub cookie: Option<String>,
    /// The path where a browser without a key is sent. Needs `cookie`.
    pub sign_in: Option<String>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self { required: true, roles: Vec::new(), cookie: None, sign_in: None }
    }
}

/// So many requests in such a time.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitSettings {
    /// At least 1.
    pub requests: u32,
    /// Default `second`.
    pub per: Per,
    /// Who shares the allowance. Default `client_ip`.
    pub key: LimitKeySettings,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// 1 s.
    #[default]
    Second,
    /// 60 s.
    Minute,
    /// 3,600 s.
    Hour,
}

/// Who shares an allowance.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKeySettings {
    /// Each address.
    #[default]
    ClientIp,
    /// Each consumer; callers without one by their address.
    Consumer,
    /// Everybody together.
    Route,
}

/// Equal endpoints.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSettings {
    /// Unique.
    pub name: String,
    /// `host:port` or `unix:/absolute/path`; at least one.
    pub endpoints: Vec<String>,
}

/// A route and its cluster in one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyRouteSettings {
    /// This path and all below it. Also the name of the route and of its cluster.
    pub path: String,
    /// Where requests go: `http://host:port`, perhaps with a path to put in front, or `unix:/absolute/path`; one or a list.
    pub target: OneOrMany,
    /// Removes `path` on the way. Default: the path stays.
    pub strip_prefix: bool,
    /// In upper case. Default: every method.
    pub methods: Vec<String>,
}

/// A text or a list of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// The texts.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(list) => list,
        }
    }
}
