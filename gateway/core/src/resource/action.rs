//! What a route does with its requests.

use crate::path::Rewrite;
use http::{HeaderName, HeaderValue, Method};
use std::{fmt, time::Duration};

/// What a route does with its requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Sends them on.
    Forward(Forward),
    /// Sends the client elsewhere.
    Redirect(Redirect),
    /// Answers without an upstream.
    Respond(Respond),
}

impl Action {
    /// Sends everything, as it is, to one cluster.
    #[must_use]
    pub fn forward_to(cluster: impl Into<String>) -> Self {
        Self::Forward(Forward::to(cluster))
    }
}

impl fmt::Display for Action {
    /// The cluster, or all of them with their weights, or what is done instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(redirect) => write!(f, "redirect {}", redirect.status),
            Self::Respond(respond) => write!(f, "respond {}", respond.status),
            Self::Forward(forward) => match forward.split.as_slice() {
                [share] => f.write_str(&share.cluster),
                shares => {
                    let text = shares.iter().map(|share| format!("{} {}", share.cluster, share.weight));
                    f.write_str(&text.collect::<Vec<_>>().join(", "))
                }
            },
        }
    }
}

/// Where requests go, and in what form.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// At least one with a weight above 0; each request goes to one of them.
    pub split: Vec<Share>,
    /// How the path changes on the way.
    pub rewrite: Rewrite,
    /// The `Host` the upstream sees; `None` is the client's.
    pub replace_host: Option<HeaderValue>,
    /// Where copies go.
    pub mirror: Option<Mirror>,
    /// How failures are repeated; `None` repeats only what was not sent, once, elsewhere.
    pub retry: Option<Retry>,
}

impl Forward {
    /// Everything, as it is, to one cluster.
    #[must_use]
    pub fn to(cluster: impl Into<String>) -> Self {
        Self {
            split: vec![Share { cluster: cluster.into(), weight: 1 }],
            rewrite: Rewrite::Keep,
            replace_host: None,
            mirror: None,
            retry: None,
        }
    }
}

/// A cluster and its share of a route's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The cluster's name.
    pub cluster: String,
    /// Beside the other weights. 0 gets nothing.
    pub weight: u32,
}

/// Copies of requests, whose answers nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The cluster's name.
    pub cluster: String,
    /// So many of a million requests.
    pub per_million: u32,
    /// A request with a larger body is not copied.
    pub body_bytes_max: usize,
}

/// How what failed is repeated: idempotent requests, and whatever was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// All attempts together, 1–10.
    pub attempts: u32,
    /// Statuses of the upstream that count as failures.
    pub statuses: Vec<u16>,
    /// The longest silence of the upstream in an attempt that is not the last; `None` is the route's `timeout`.
    pub attempt_timeout: Option<Duration>,
    /// About so long is waited before the second attempt, and twice as long each time.
    pub backoff: Duration,
    /// At most this share of the route's requests is repeated, in percent.
    pub budget_percent: u8,
}

/// Sends the client elsewhere. What is `None` stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// `http` or `https`.
    pub scheme: Option<&'static str>,
    /// The host, without port.
    pub host: Option<String>,
    /// The port. Where the scheme changes, the client's port is not kept.
    pub port: Option<u16>,
    /// How the path changes; the query stays.
    pub rewrite: Rewrite,
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
}

/// An answer without an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Respond {
    /// 200–599.
    pub status: u16,
    /// At most 64 KiB; empty for 204, 205 and 304.
    pub body: String,
    /// Of the body.
    pub content_type: HeaderValue,
}

/// Changes to headers, in this order. Never headers that frame a message or belong to one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdits {
    /// All values go.
    pub remove: Vec<HeaderName>,
    /// All values are replaced by this one.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// A value is added.
    pub add: Vec<(HeaderName, HeaderValue)>,
}

/// Which other sites' pages may call (Fetch standard, CORS protocol).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// At least one.
    pub origins: Vec<OriginPattern>,
    /// Methods pages may use; empty means any.
    pub methods: Vec<Method>,
    /// Request headers pages may send; `None` allows those asked for.
    pub headers: Option<HeaderValue>,
    /// Answer headers that pages may read.
    pub expose: Option<HeaderValue>,
    /// Whether cookies and credentials may be sent. Not together with [`OriginPattern::Any`].
    pub credentials: bool,
    /// How long a browser may remember the answer, in seconds; 0 leaves it to the browser.
    pub max_age_s: u32,
}

/// The origins of pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginPattern {
    /// Every one.
    Any,
    /// This one, as browsers write it: `https://app.example.com`, lower case.
    Exact(String),
    /// Every host with at least one label before this one: `https://` and `.example.com`, perhaps with a port.
    Subdomains {
        /// With `://`.
        scheme: String,
        /// With the dot before it.
        suffix: String,
    },
}
