//! What people write, and what a program that generates a configuration serialises. Every field has a default or is checked by [`Settings::validate`].

use crate::config::UpstreamPools;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod auth;
mod cluster;
mod lane;
mod limit;
mod listener;
mod observe;
mod proxy_route;
mod route;
mod security;

pub use auth::{
    AuthMethod, AuthRuleSettings, AuthSettings, ConsumerSettings, IdentitySettings, JwtIssuerSettings,
};
pub use cluster::{
    BalanceSettings, CircuitBreakerSettings, ClusterSettings, EndpointSettings, FailureRatioSettings,
    FullEndpointSettings, HashBySettings, HealthCheckKind, HealthCheckSettings, OutlierSettings,
    UpstreamProtocol, UpstreamTlsSettings,
};
pub use lane::{LaneChoosers, LaneRuleSettings, LaneSettings, NamedValue, RouteLaneSettings};
pub use limit::{LimitKeySettings, Per, RateLimitSettings, RedisSettings};
pub use listener::{
    CertificateSettings, ClientCertificate, ListenerSettings, ListenerTlsSettings, TlsVersion,
};
pub use observe::{
    AccessLogSettings, AlertOn, AlertRuleSettings, AlertSettings, EmailEncryption, EmailSettings,
    FullWebhookSettings, TracingSettings, WebhookFormat, WebhookSettings,
};
pub use proxy_route::{ProxyRouteSettings, TargetSettings, TimeoutSettings, WeightedTargetSettings};
pub use route::{
    CorsSettings, HeaderEditSettings, MatchSettings, MetaSettings, MirrorSettings, RedirectSettings,
    RespondSettings, RetrySettings, RouteSettings, SplitSettings, ValueMatchSettings,
};
pub use security::{InjectionMode, InjectionRule, InjectionSettings, IpSettings, MaskingSettings};

/// The whole file.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where clients connect. Default: one at `0.0.0.0:8080`.
    pub listeners: Vec<ListenerSettings>,
    /// The certificates of listeners with TLS.
    pub certificates: Vec<CertificateSettings>,
    /// The admin server.
    pub admin: AdminSettings,
    /// Threads that serve requests, each with connections of its own, 0–256. Default 0: one for each core.
    pub workers: usize,
    /// Whether each of these threads has connections to the upstreams of its own. Default `per_worker`.
    pub upstream_pools: UpstreamPools,
    /// The most client connections at one time, 1–1,000,000. Default 10,000; more wait unaccepted.
    pub connections_max: usize,
    /// How long requests may go on after a stop was asked for, in milliseconds, 0–600,000. Default 10,000.
    pub drain_ms: u64,
    /// Tells upstreams who calls. Default: they are not told.
    pub identity: Option<IdentitySettings>,
    /// Who may call. Default: nobody has a key.
    pub consumers: Vec<ConsumerSettings>,
    /// Whose tokens are believed. Default: nobody's.
    pub jwt_issuers: Vec<JwtIssuerSettings>,
    /// How requests get their lane.
    pub lanes: LaneSettings,
    /// Where shared rate limits are kept.
    pub redis: Option<RedisSettings>,
    /// The access log.
    pub access_log: AccessLogSettings,
    /// Traces. Default: none are sent.
    pub tracing: Option<TracingSettings>,
    /// Alerts of the gateway's own.
    pub alerts: AlertSettings,
    /// What is never written to a log.
    pub masking: MaskingSettings,
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
            listeners: vec![ListenerSettings {
                address: "0.0.0.0:8080".to_owned(),
                ..ListenerSettings::default()
            }],
            certificates: Vec::new(),
            admin: AdminSettings::default(),
            workers: 0,
            upstream_pools: UpstreamPools::default(),
            connections_max: 10_000,
            drain_ms: 10_000,
            identity: None,
            consumers: Vec::new(),
            jwt_issuers: Vec::new(),
            lanes: LaneSettings::default(),
            redis: None,
            access_log: AccessLogSettings::default(),
            tracing: None,
            alerts: AlertSettings::default(),
            masking: MaskingSettings::default(),
            routes: Vec::new(),
            clusters: Vec::new(),
            proxy_routes: Vec::new(),
        }
    }
}

/// The admin server: health, status, metrics, reload.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdminSettings {
    /// A loopback `IP:port` or `unix:/path`. Default `127.0.0.1:8082`.
    pub address: String,
    /// Whether the file, and the files it names, are watched and taken over when they change. Default true.
    pub watch: bool,
    /// A file that admin calls are appended to, one JSON object a line; `/healthz` and `/metrics` only when refused. Default: the log.
    pub audit_file: Option<String>,
    /// A file that changes of routes and clusters are appended to, one JSON object a line. Default: only the last 1,000 are kept, in
    /// memory.
    pub changes_file: Option<String>,
}

impl Default for AdminSettings {
    fn default() -> Self {
        Self { address: "127.0.0.1:8082".to_owned(), watch: true, audit_file: None, changes_file: None }
    }
}
