//! How often.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many requests in such a time.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitSettings {
    /// What clients are told it is called, in the `RateLimit` headers; unique in its route. Default: after `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 1–1,000,000. So many may come at once, and no more within `per` in the long run.
    pub requests: u32,
    /// Default `second`.
    pub per: Per,
    /// Who shares the allowance. Default `client_ip`.
    pub key: LimitKeySettings,
    /// Whether the allowance is shared with the other gateways that use the same `redis`. Default false.
    pub shared: bool,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitKeySettings {
    /// Each address.
    #[default]
    ClientIp,
    /// Each consumer; callers without one by their address.
    Consumer,
    /// Everybody together.
    Route,
    /// Each value of this header; requests without it by their address.
    Header(String),
    /// Each value of this claim; callers without it by their address.
    Claim(String),
}

/// Where shared allowances are kept.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port/db` or `redis://user@host:port/db`; without port 6379, without database 0.
    pub url: String,
    /// A file with the password. Relative to the configuration's directory. Default: none.
    pub password_file: Option<String>,
    /// How long a request waits for it before it is limited locally instead, in milliseconds, 1–5,000. Default 50.
    pub timeout_ms: u64,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self { url: String::new(), password_file: None, timeout_ms: 50 }
    }
}
