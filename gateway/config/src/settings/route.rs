//! Which requests go where, and on what terms.

use super::{
    auth::AuthSettings,
    lane::RouteLaneSettings,
    limit::RateLimitSettings,
    security::{InjectionSettings, IpSettings},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which requests go where. Exactly one of `cluster`, `split`, `redirect` and `respond` is given.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouteSettings {
    /// Unique; also the label of its metrics.
    pub name: String,
    /// The requests it serves.
    #[serde(rename = "match")]
    pub matches: MatchSettings,
    /// Among matching routes the highest wins; between equal ones the most specific. Default 0.
    pub priority: i32,
    /// Where requests go: the name of a cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Where requests go: several clusters, each with its share.
    pub split: Vec<SplitSettings>,
    /// Sends the client elsewhere.
    pub redirect: Option<RedirectSettings>,
    /// Answers without an upstream.
    pub respond: Option<RespondSettings>,
    /// Removes `match.path_prefix` from the path. Default: the path stays.
    pub strip_prefix: bool,
    /// Puts this in place of `match.path_prefix`.
    pub replace_prefix: Option<String>,
    /// Puts this in place of the path; `{name}` stands for a parameter of `match.path_template`, or a named group of `match.path_regex`.
    pub replace_path: Option<String>,
    /// The `Host` the upstream sees. Default: the client's.
    pub replace_host: Option<String>,
    /// Changes to the request's headers.
    pub request_headers: HeaderEditSettings,
    /// Changes to the answer's headers; not to those of refusals.
    pub response_headers: HeaderEditSettings,
    /// Which other sites' pages may call. Default: CORS is left to the upstream.
    pub cors: Option<CorsSettings>,
    /// Sends copies of requests elsewhere, whose answers nobody sees.
    pub mirror: Option<MirrorSettings>,
    /// Who may pass. Default: everybody, and credentials are left for the upstream to judge.
    pub auth: Option<AuthSettings>,
    /// From where.
    pub ip: Option<IpSettings>,
    /// How often. Default: without limit.
    pub rate_limit: Option<RateLimitSettings>,
    /// Further limits; all must allow a request. At most 8 with `rate_limit`.
    pub rate_limits: Vec<RateLimitSettings>,
    /// Looks for attacks. Default: not looked for.
    pub injection: Option<InjectionSettings>,
    /// Lanes of this route.
    pub lane: Option<RouteLaneSettings>,
    /// The largest request body in bytes. Default 10 MiB.
    pub body_bytes_max: u64,
    /// The longest silence of the upstream, before its response and within it, in milliseconds, 1–3,600,000. Default 60,000.
    /// WebSockets have no such limit.
    pub timeout_ms: u64,
    /// From the request's head to the end of the answer, in milliseconds, 1–3,600,000. Default: no limit. WebSockets have none.
    pub total_timeout_ms: Option<u64>,
    /// Tries again what failed and may be repeated. Default: only what was not sent, once, elsewhere.
    pub retry: Option<RetrySettings>,
    /// Answers JSON bodies as XML to clients that ask for XML. Default false.
    pub json_as_xml: bool,
    /// How long a WebSocket may be silent in both directions, in milliseconds, 1,000–86,400,000; pongs are silence. Default: for ever.
    pub websocket_idle_timeout_ms: Option<u64>,
    /// How often the client of a WebSocket is pinged while nothing comes from it, in milliseconds, 1,000–3,600,000; the third time,
    /// after two pings without an answer, it is closed instead. Default: never.
    pub websocket_ping_ms: Option<u64>,
    /// Whether the upstream is told who calls. Default: yes, if the route has `auth` and the file has `identity`.
    pub identity: Option<bool>,
    /// What people and tools should know of it.
    pub meta: MetaSettings,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            matches: MatchSettings::default(),
            priority: 0,
            cluster: String::new(),
            split: Vec::new(),
            redirect: None,
            respond: None,
            strip_prefix: false,
            replace_prefix: None,
            replace_path: None,
            replace_host: None,
            request_headers: HeaderEditSettings::default(),
            response_headers: HeaderEditSettings::default(),
            cors: None,
            mirror: None,
            auth: None,
            ip: None,
            rate_limit: None,
            rate_limits: Vec::new(),
            injection: None,
            lane: None,
            body_bytes_max: 10 << 20,
            timeout_ms: 60_000,
            total_timeout_ms: None,
            retry: None,
            json_as_xml: false,
            websocket_idle_timeout_ms: None,
            websocket_ping_ms: None,
            identity: None,
            meta: MetaSettings::default(),
        }
    }
}

/// The requests a route serves. All conditions given must hold; at most one is about the path.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MatchSettings {
    /// `example.com` or `*.example.com`. Default: every host.
    pub hosts: Vec<String>,
    /// This path alone.
    pub path: Option<String>,
    /// This path and all below it.
    pub path_prefix: Option<String>,
    /// Segments, some of them parameters: `/users/{id}/orders/{order}`; a last `{rest*}` takes all that follows, even nothing.
    pub path_template: Option<String>,
    /// A regular expression for the whole path, in the syntax of Rust's `regex`, at most 1,024 bytes.
    pub path_regex: Option<String>,
    /// In upper case; `GET` includes `HEAD`. Default: every method.
    pub methods: Vec<String>,
    /// Conditions on headers.
    pub headers: Vec<ValueMatchSettings>,
    /// Conditions on query parameters.
    pub query: Vec<ValueMatchSettings>,
}

/// A condition on a header or query parameter: `exact`, `regex` or `present`. Of several values one must be so.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ValueMatchSettings {
    /// The name.
    pub name: String,
    /// The value must be this.
    pub exact: Option<String>,
    /// The whole value must match this regular expression.
    pub regex: Option<String>,
    /// It must be there, or must not.
    pub present: Option<bool>,
}

/// A cluster and its share.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SplitSettings {
    /// The cluster.
    pub cluster: String,
    /// Its share beside the others, 0–1,000,000.
    pub weight: u32,
}

/// Sends the client elsewhere. What is not given stays as it was.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RedirectSettings {
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The whole path; parameters stand in it as in `replace_path`.
    pub path: Option<String>,
    /// In place of `match.path_prefix`.
    pub replace_prefix: Option<String>,
    /// 301, 302, 303, 307 or 308. Default 302.
    pub status: u16,
}

impl Default for RedirectSettings {
    fn default() -> Self {
        Self { scheme: None, host: None, port: None, path: None, replace_prefix: None, status: 302 }
    }
}

/// An answer without an upstream.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RespondSettings {
    /// 200–599. Default 200.
    pub status: u16,
    /// At most 64 KiB. Default: empty.
    pub body: String,
    /// Default `text/plain; charset=utf-8`.
    pub content_type: String,
}

impl Default for RespondSettings {
    fn default() -> Self {
        Self { status: 200, body: String::new(), content_type: "text/plain; charset=utf-8".to_owned() }
    }
}

/// Changes to headers: first `remove`, then `set`, then `add`. Not those that frame a message or belong to one connection, and not
/// `host`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderEditSettings {
    /// Replaces all values.
    pub set: BTreeMap<String, String>,
    /// Adds a value.
    pub add: BTreeMap<String, String>,
    /// Removes all values.
    pub remove: Vec<String>,
}

/// Which other sites' pages may call (Fetch standard, CORS).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// `https://app.example.com`, `https://*.example.com`, or `*`.
    pub origins: Vec<String>,
    /// Default: those of the route, else GET, HEAD, POST, PUT, PATCH, DELETE.
    pub methods: Vec<String>,
    /// Request headers allowed. Default: those asked for.
    pub headers: Vec<String>,
    /// Answer headers that pages may read.
    pub expose: Vec<String>,
    /// Whether cookies and credentials may be sent; not with `*`. Default false.
    pub credentials: bool,
    /// How long a browser may remember the answer, in seconds, 0–86,400. Default 0: its own default.
    pub max_age_s: u32,
}

/// Copies of requests.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MirrorSettings {
    /// Where they go.
    pub cluster: String,
    /// So many of a hundred requests, 0–100. Default 100.
    pub percent: f64,
    /// Requests with a larger body are not copied, in bytes, 0–1,048,576. Default 65,536.
    pub body_bytes_max: usize,
}

impl Default for MirrorSettings {
    fn default() -> Self {
        Self { cluster: String::new(), percent: 100.0, body_bytes_max: 64 << 10 }
    }
}

/// Tries again what failed and may be repeated: idempotent methods (RFC 9110 section 9.2.2), and whatever was not sent.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetrySettings {
    /// All attempts together, 1–10. Default 2.
    pub attempts: u32,
    /// Statuses after which another attempt is made, 400–599. Default 502, 503, 504.
    pub statuses: Vec<u16>,
    /// The longest silence of the upstream in an attempt that is not the last, in milliseconds, 1–3,600,000; the last has `timeout_ms`.
    /// Default: `timeout_ms`.
    pub attempt_timeout_ms: Option<u64>,
    /// Waits before the second attempt about this long (between half of it and one and a half), then twice as long each time, in
    /// milliseconds, 0–10,000. Default 25.
    pub backoff_ms: u64,
    /// Of the requests of a route at most this share is repeated, and ten beyond it, in percent, 0–100. Default 20; 0 repeats nothing.
    pub budget_percent: u8,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            attempts: 2,
            statuses: vec![502, 503, 504],
            attempt_timeout_ms: None,
            backoff_ms: 25,
            budget_percent: 20,
        }
    }
}

/// What people and tools should know of a route; shown in `/status` and its change log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetaSettings {
    /// The version of what it leads to.
    pub version: String,
    /// Whom to ask.
    pub owner: String,
    /// Words to find it by.
    pub tags: Vec<String>,
}
