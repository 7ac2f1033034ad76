//! What the gateway tells about itself.

pub use crate::settings::{EmailEncryption, WebhookFormat};
use agw_core::alert::Rule;
use foundation::secret::Secret;
use http::{HeaderName, Uri};
use std::path::PathBuf;

/// Access log, traces, alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Observe {
    /// The access log.
    pub access_log: AccessLog,
    /// Traces; `None` sends none.
    pub tracing: Option<Tracing>,
    /// Alerts of the gateway's own.
    pub alerts: Alerts,
}

/// One JSON object a request.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessLog {
    /// Where to.
    pub to: LogTarget,
    /// The share of requests that is logged, 0–1; failures always are.
    pub sample: f64,
    /// What of each; at least one.
    pub fields: Vec<AccessField>,
    /// Request headers logged as well.
    pub headers: Vec<HeaderName>,
}

/// Where the access log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// Nowhere.
    Off,
    /// Standard output.
    Stdout,
    /// The end of a file.
    File(PathBuf),
}

macro_rules! access_fields {
    ($($name:ident $text:literal $what:literal,)*) => {
        /// A field of the access log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AccessField {
            $(#[doc = $what] $name,)*
        }

        impl AccessField {
            /// All, in the order they have by default.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in the configuration and in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it says.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }
        }
    };
}

access_fields! {
    Time "time" "When the request ended (RFC 3339, UTC).",
    Client "client" "The client's address.",
    Consumer "consumer" "Who called, if known.",
    Method "method" "The method.",
    Host "host" "The host the client asked for.",
    Path "path" "The path as it arrived, at most 4,096 bytes of it.",
    Query "query" "The query, masked.",
    Protocol "protocol" "The version of HTTP.",
    Status "status" "The answer's status; 0 when there was none.",
    Route "route" "The route, if one matched.",
    Cluster "cluster" "Where it was sent.",
    Endpoint "endpoint" "The endpoint that was asked last.",
    Lane "lane" "The lane, unless it was the base.",
    DurationMs "duration_ms" "From the head's arrival to the answer's end, in milliseconds.",
    UpstreamMs "upstream_ms" "From choosing the endpoint to its answer's head, in milliseconds.",
    BytesIn "bytes_in" "Bytes of the request's body.",
    BytesOut "bytes_out" "Bytes of the answer's body.",
    Attempts "attempts" "How many endpoints were asked, if more than one.",
    Refusal "refusal" "Why the gateway answered itself.",
    ClientLeft "client_left" "Whether the client left before the end; only if so.",
    Ended "ended" "How a WebSocket ended: closed, broken, idle or lost.",
    RequestId "request_id" "The request's name.",
    TraceId "trace_id" "The trace it belongs to.",
}

/// Where traces are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracing {
    /// The OTLP/HTTP address.
    pub otlp_url: Uri,
    /// The share of traces begun here that is recorded, 0–1.
    pub sample: f64,
    /// `service.name`.
    pub service_name: String,
}

/// Rules and receivers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alerts {
    /// What raises one.
    pub rules: Vec<Rule>,
    /// Who is told by HTTP.
    pub webhooks: Vec<Webhook>,
    /// Who is told by e-mail.
    pub email: Option<Email>,
}

/// A receiver by HTTP.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Where.
    pub url: Uri,
    /// What it is sent.
    pub format: WebhookFormat,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
}

/// Receivers by e-mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Email {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is encrypted; `None` only to this machine.
    pub encryption: EmailEncryption,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
    /// PEM text of the authorities believed on top of the system's.
    pub authorities: Option<String>,
    /// The sender.
    pub from: String,
    /// At least one.
    pub to: Vec<String>,
}
