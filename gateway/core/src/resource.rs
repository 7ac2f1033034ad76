//! The small objects a gateway is made of. Each has a name of its own; they refer to each other by it.

use crate::{
    host::HostPattern,
    injection::InjectionPolicy,
    ip::IpRules,
    lane::{LanePolicy, RouteLane},
    path::Template,
    pattern::Pattern,
    route::condition::{HeaderMatch, QueryMatch},
};
use http::{HeaderName, Method};
use std::{fmt, time::Duration};

mod cluster;

pub use cluster::{
    Address, Balance, Bounds, CheckKind, ClientIdentity, Cluster, Endpoint, FailureRatio, HashBy,
    HealthCheck, Outliers, Protocol, UpstreamTls,
};

mod action;

pub use action::{
    Action, Cors, Forward, HeaderEdits, Mirror, OriginPattern, Redirect, Respond, Retry, Share,
};

/// All that [`crate::routing::Routing`] is compiled from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// Which requests go where.
    pub routes: Vec<Route>,
    /// Groups of equal endpoints.
    pub clusters: Vec<Cluster>,
    /// Who may call.
    pub consumers: Vec<Consumer>,
    /// How requests get their lane.
    pub lanes: LanePolicy,
}

/// Which requests go where, and on what terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Unique; also the metric label.
    pub name: String,
    /// The hosts it serves; empty means every host.
    pub hosts: Vec<HostPattern>,
    /// The paths it serves.
    pub path: PathMatch,
    /// The methods it serves; empty means every method. `GET` includes `HEAD`.
    pub methods: Vec<Method>,
    /// What headers must be like; all must hold.
    pub headers: Vec<HeaderMatch>,
    /// What query parameters must be like; all must hold.
    pub query: Vec<QueryMatch>,
    /// Among matching routes the highest wins, before any other rule.
    pub priority: i32,
    /// What is done with its requests.
    pub action: Action,
    /// Changes on the way to the upstream.
    pub request_headers: HeaderEdits,
    /// Changes on the way back, also to our own answers; not to refusals.
    pub response_headers: HeaderEdits,
    /// Which other sites' pages may call; `None` leaves it to the upstream.
    pub cors: Option<Box<Cors>>,
    /// Who may pass; `None` leaves credentials untouched for the upstream to judge.
    pub auth: Option<Box<AuthPolicy>>,
    /// From where.
    pub ip: Option<Box<IpRules>>,
    /// Looks for attacks.
    pub injection: Option<InjectionPolicy>,
    /// How often; all must allow a request.
    pub rate_limits: Vec<RateLimit>,
    /// The lane its requests have, and whether they may leave it.
    pub lane: RouteLane,
    /// The largest request body.
    pub body_bytes_max: u64,
    /// The longest silence of the upstream, before its response and within it. An upgraded connection has no such limit.
    pub timeout: Duration,
    /// From the request's head to the end of the answer; `None` is no limit. An upgraded connection has none.
    pub total_timeout: Option<Duration>,
    /// Whether the upstream is told who calls, in the signed identity header.
    pub send_identity: bool,
    /// Whether JSON bodies are answered as XML to clients that like XML better.
    pub json_as_xml: bool,
    /// The longest silence of a WebSocket in both directions; `None` is no limit.
    pub websocket_idle: Option<Duration>,
    /// The longest silence of a WebSocket's client before it is pinged; `None` is never.
    pub websocket_ping: Option<Duration>,
    /// What people and tools should know of it; `None` when nothing is said.
    pub meta: Option<Box<Meta>>,
}

impl Route {
    /// A route without further conditions and terms: 10 MiB of body, 60 s of silence.
    #[must_use]
    pub fn new(name: impl Into<String>, path: PathMatch, action: Action) -> Self {
        Self {
            name: name.into(),
            hosts: Vec::new(),
            path,
            methods: Vec::new(),
            headers: Vec::new(),
            query: Vec::new(),
            priority: 0,
            action,
            request_headers: HeaderEdits::default(),
            response_headers: HeaderEdits::default(),
            cors: None,
            auth: None,
            ip: None,
            injection: None,
            rate_limits: Vec::new(),
            lane: RouteLane::default(),
            body_bytes_max: 10 << 20,
            timeout: Duration::from_secs(60),
            total_timeout: None,
            send_identity: false,
            json_as_xml: false,
            websocket_idle: None,
            websocket_ping: None,
            meta: None,
        }
    }

    /// What it forwards, if it does.
    #[must_use]
    pub fn forward(&self) -> Option<&Forward> {
        match &self.action {
            Action::Forward(forward) => Some(forward),
            Action::Redirect(_) | Action::Respond(_) => None,
        }
    }
}

/// What people and tools should know of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The version of what it leads to.
    pub version: String,
    /// Whom to ask.
    pub owner: String,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// The paths of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    /// This path alone.
    Exact(String),
    /// This path and all below it. Ends at a segment border: `/api` covers `/api` and `/api/x`, not `/apis`.
    Prefix(String),
    /// Segments, some of them parameters.
    Template(Template),
    /// Every path that matches as a whole.
    Regex(Pattern),
}

impl fmt::Display for PathMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => f.write_str(path),
            Self::Prefix(prefix) => write!(f, "{}/*", prefix.trim_end_matches('/')),
            Self::Template(template) => template.fmt(f),
            Self::Regex(pattern) => write!(f, "~{pattern}"),
        }
    }
}

/// Who may pass a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthPolicy {
    /// Whether a request without a credential is refused; if not, it passes without a caller. A wrong credential is refused anyway.
    pub required: bool,
    /// How callers may prove who they are.
    pub methods: AuthMethods,
    /// Names of the issuers whose tokens are believed; empty means all.
    pub issuers: Vec<String>,
    /// A caller needs one of these; empty means any caller.
    pub roles: Vec<String>,
    /// A caller needs each of these claims with one of the values.
    pub claims: Vec<(String, Vec<String>)>,
    /// The first that names a request's method says which roles it needs on top.
    pub rules: Vec<AuthRule>,
    /// A cookie that may carry the key or token, for browsers.
    pub cookie: Option<String>,
    /// Where a browser without one is sent.
    pub sign_in: Option<String>,
}

/// How callers may prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthMethods {
    /// By a consumer's key.
    pub key: bool,
    /// By a token of an issuer.
    pub jwt: bool,
    /// By a consumer's password.
    pub basic: bool,
}

impl Default for AuthMethods {
    /// By key.
    fn default() -> Self {
        Self { key: true, jwt: false, basic: false }
    }
}

/// What some methods of a route need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthRule {
    /// The methods it is about; empty means every method. `GET` includes `HEAD`.
    pub methods: Vec<Method>,
    /// A caller needs one of these; empty means none.
    pub roles: Vec<String>,
}

/// So many requests in such a time, evenly refilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// What clients are told it is called; unique in its route; printable ASCII without quotes and backslashes.
    pub name: String,
    /// How many may come at once, and within `per` in the long run. At least 1.
    pub requests: u32,
    /// The time in which they are refilled.
    pub per: Duration,
    /// Who shares the allowance.
    pub key: LimitBy,
    /// Whether it is shared with other gateways.
    pub shared: bool,
}

/// Who shares a rate limit's allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitBy {
    /// Each IPv4 address and each IPv6 /64.
    ClientIp,
    /// Each consumer; callers without one by their address.
    Consumer,
    /// Everybody together.
    Route,
    /// Each value of a header; requests without it by their address.
    Header(HeaderName),
    /// Each value of a claim; callers without it by their address.
    Claim(String),
}

/// Someone who holds a key or a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Unique; the subject of the identity header.
    pub name: String,
    /// The project it belongs to.
    pub project: String,
    /// What it may do, in words routes and services agree on.
    pub roles: Vec<String>,
    /// SHA-256 of its key. Keys are long and random, so a fast hash is enough.
    pub key_sha256: Option<[u8; 32]>,
    /// SHA-256 of its password for basic authentication, which must be long and random too.
    pub password_sha256: Option<[u8; 32]>,
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, project, roles, key_sha256: _, password_sha256: _ } = self;
        f.debug_struct("Consumer")
            .field("name", name)
            .field("project", project)
            .field("roles", roles)
            .finish()
    }
}
