//! Lanes: parallel versions of services, side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a request gets its lane. A lane is a name such as `feature-x` or `feature-x.retry`; endpoints say which they serve, and a
/// request whose lane has no living endpoint falls back to the parent (`a.b`, then `a`), then to the base.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LaneSettings {
    /// The header that carries the lane. Default `x-lane`.
    pub header: String,
    /// Callers who may choose their lane by that header. From all others it is removed, as is `lane` from their W3C baggage.
    /// Default: nobody.
    pub choosers: LaneChoosers,
    /// The first rule that fits gives a request its lane, if neither its route nor its caller did.
    pub rules: Vec<LaneRuleSettings>,
}

impl Default for LaneSettings {
    fn default() -> Self {
        Self { header: "x-lane".to_owned(), choosers: LaneChoosers::default(), rules: Vec::new() }
    }
}

/// Callers who may choose their lane, by the header or by W3C baggage (`lane=NAME`), and may ask for `x-lane-trace`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LaneChoosers {
    /// Everybody may. Default false.
    pub everybody: bool,
    /// Callers with one of these roles.
    pub roles: Vec<String>,
    /// Callers from these addresses or networks.
    pub ips: Vec<String>,
}

/// Colours requests. All conditions given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LaneRuleSettings {
    /// The lane: segments of `a-z`, `0-9` and inner hyphens, 63 characters at most, joined by dots.
    pub lane: String,
    /// A header with this value.
    pub header: Option<NamedValue>,
    /// A cookie with this value.
    pub cookie: Option<NamedValue>,
    /// A claim of the caller's token with this value.
    pub claim: Option<NamedValue>,
    /// So many of a hundred callers, 0–100, always the same ones: by consumer, else by address.
    pub percent: Option<f64>,
}

/// A name and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NamedValue {
    /// The name.
    pub name: String,
    /// The value, compared exactly.
    pub value: String,
}

/// The lanes of a route.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouteLaneSettings {
    /// Every request of the route takes this lane, whoever calls.
    pub lane: Option<String>,
    /// A request whose own lane has no living endpoint is refused with 503 instead of falling back. Default false.
    pub strict: bool,
}
