//! Routes in their short form.

use super::{auth::AuthSettings, lane::RouteLaneSettings, limit::RateLimitSettings, route::MetaSettings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A route and its cluster in one.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyRouteSettings {
    /// This path and all below it. Also the name of the route and of its cluster.
    pub path: String,
    /// Where requests go: `http://host:port` or `https://host:port`, perhaps with a path to put in front, or `unix:/absolute/path`;
    /// one, or a list in which each may have a weight.
    pub target: TargetSettings,
    /// In upper case. Default: every method.
    pub methods: Vec<String>,
    /// Request headers that are set on the way.
    pub headers: std::collections::BTreeMap<String, String>,
    /// Removes `path` on the way. Default: the path stays.
    pub strip_prefix: bool,
    /// The longest silence of the upstream: `500ms`, `30s`, `2m`, or a number of seconds. Default 60 s.
    pub timeout: Option<TimeoutSettings>,
    /// How often. Default: without limit.
    pub rate_limit: Option<RateLimitSettings>,
    /// Who may pass. Default: everybody.
    pub auth: Option<AuthSettings>,
    /// Lanes of this route.
    pub lane: Option<RouteLaneSettings>,
    /// What people and tools should know of it.
    pub meta: MetaSettings,
}

/// One target or a list.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a URL or a list of URLs, each perhaps as {url, weight}")]
pub enum TargetSettings {
    /// One.
    One(String),
    /// A list.
    Many(Vec<WeightedTargetSettings>),
}

impl Default for TargetSettings {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// A target of a list.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a URL or {url, weight}")]
pub enum WeightedTargetSettings {
    /// A URL.
    Url(String),
    /// A URL with its weight.
    Weighted {
        /// The URL.
        url: String,
        /// Its share beside the others, 1–1,000.
        weight: u32,
    },
}

/// A duration: a text with a unit, or a number of seconds.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a duration such as 500ms, 30s or 2m, or a number of seconds")]
pub enum TimeoutSettings {
    /// Seconds.
    Seconds(f64),
    /// With its unit.
    Text(String),
}
