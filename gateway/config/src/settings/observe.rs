//! What the gateway tells about itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The access log: one JSON object a request.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLogSettings {
    /// `stdout`, `off`, or a file that is appended to, and opened again on SIGUSR1. Default `stdout`.
    pub to: String,
    /// The share of requests that is logged, 0–1; failures (5xx) always are. Default 1.
    pub sample: f64,
    /// The fields, in this order; `docs/gateway/observability.md` lists them. Default: all but `query`.
    pub fields: Vec<String>,
    /// Request headers logged as well, with masking. Default: none.
    pub headers: Vec<String>,
}

impl Default for AccessLogSettings {
    fn default() -> Self {
        Self { to: "stdout".to_owned(), sample: 1.0, fields: Vec::new(), headers: Vec::new() }
    }
}

/// Traces, sent by OTLP over HTTP. W3C trace context is passed on in any case.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TracingSettings {
    /// Where they are sent, e.g. `http://127.0.0.1:4318/v1/traces`.
    pub otlp_url: String,
    /// The share of traces begun here that is recorded, 0–1; a caller's decision is honoured. Default 0.01.
    pub sample: f64,
    /// `service.name`. Default `agw`.
    pub service_name: String,
}

impl Default for TracingSettings {
    fn default() -> Self {
        Self { otlp_url: String::new(), sample: 0.01, service_name: "agw".to_owned() }
    }
}

/// Alerts of the gateway's own.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSettings {
    /// What raises one.
    pub rules: Vec<AlertRuleSettings>,
    /// Where they go beside the log: a URL that gets a JSON object by POST, or an object with more.
    pub webhooks: Vec<WebhookSettings>,
    /// Where they go beside the log: e-mail.
    pub email: Option<EmailSettings>,
}

/// What raises an alert.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertRuleSettings {
    /// Unique.
    pub name: String,
    /// What is watched.
    pub on: AlertOn,
    /// One route or cluster. Default: each by itself.
    pub of: Option<String>,
    /// It is raised above this: milliseconds for `latency_p99`, a share 0–1 for the ratios.
    pub above: f64,
    /// It is resolved below this. Default: 80 % of `above`.
    pub resolve_below: Option<f64>,
    /// For how long either must hold, in seconds, 1–3,600. Default 30.
    pub for_s: u64,
    /// Fewer requests than this in that time say nothing. Default 20.
    pub requests_min: u64,
}

impl Default for AlertRuleSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            on: AlertOn::ErrorRatio,
            of: None,
            above: 0.05,
            resolve_below: None,
            for_s: 30,
            requests_min: 20,
        }
    }
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertOn {
    /// The slowest hundredth of a route's requests.
    LatencyP99,
    /// The share of a route's answers that are 5xx.
    ErrorRatio,
    /// A cluster without a healthy endpoint.
    UpstreamDown,
    /// The share of connections to a cluster that fail.
    ConnectFailureRatio,
}

/// A receiver of alerts: its URL, or an object.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a URL, or an object with url, format and token_file")]
pub enum WebhookSettings {
    /// The URL.
    Url(String),
    /// With more.
    Full(FullWebhookSettings),
}

/// A receiver with its format and its token.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FullWebhookSettings {
    /// The URL.
    pub url: String,
    /// What it is sent. Default `json`.
    pub format: WebhookFormat,
    /// A file with a token that is sent as `Authorization: Bearer`. Default: none is sent.
    pub token_file: Option<String>,
}

/// What a receiver is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// One object an alert.
    #[default]
    Json,
    /// What Alertmanager sends to its receivers (version 4); Aetherius takes it at `/webhook/alertmanager`.
    AlertmanagerWebhook,
    /// What Prometheus sends to Alertmanager (`/api/v2/alerts`), again every minute while an alert lasts.
    AlertmanagerApi,
}

/// E-mail through one server.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// `host:port` of an SMTP server.
    pub server: String,
    /// Whether the connection is encrypted from the start or by STARTTLS. Default `starttls`.
    pub encryption: EmailEncryption,
    /// The user name. Default: nobody signs in.
    pub user: Option<String>,
    /// A file with the password.
    pub password_file: Option<String>,
    /// A PEM file with the authorities believed on top of the system's.
    pub ca_file: Option<String>,
    /// The sender.
    pub from: String,
    /// The receivers; at least one.
    pub to: Vec<String>,
}

/// How e-mail is encrypted on its way to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmailEncryption {
    /// Plain at first, encrypted before anything is said.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all; for a server on this machine.
    None,
}
