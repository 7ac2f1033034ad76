//! The gateway's own answers when it does not forward a request.

use http::{HeaderName, HeaderValue};
use std::{borrow::Cow, time::Duration};

/// Why a request was not forwarded, or not answered by its upstream. The set is closed: clients may branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The head is not HTTP as we and every upstream read it alike.
    BadFraming,
    /// The path can be read in more than one way.
    BadPath,
    /// The request expects something other than `100-continue`.
    ExpectationFailed,
    /// No route serves this host and path.
    NoRoute,
    /// A route serves this path, but not with this method.
    MethodNotAllowed,
    /// No known key came with the request.
    Unauthenticated,
    /// The key is known and not enough.
    Forbidden,
    /// The request looks like an attack.
    Suspicious,
    /// The client did not send its request in time.
    RequestTimeout,
    /// The request body is larger than the route allows.
    BodyTooLarge,
    /// The allowance of the route is used up.
    RateLimited,
    /// The upstream could not be reached; nothing was sent to it.
    UpstreamUnavailable,
    /// The lane of the request has no living endpoint, and the route is strict about lanes; nothing was sent.
    LaneUnavailable,
    /// The upstream has as many requests as it may; nothing was sent to it.
    UpstreamOverloaded,
    /// Too much failed at the upstream lately, so it is left alone for a while; nothing was sent to it.
    CircuitOpen,
    /// The upstream was silent for too long.
    UpstreamTimeout,
    /// The upstream failed within the exchange.
    UpstreamFailed,
    /// The gateway itself failed.
    Internal,
}

impl Code {
    /// Every code, for those who list them.
    pub const ALL: [Self; 18] = [
        Self::BadFraming,
        Self::BadPath,
        Self::ExpectationFailed,
        Self::NoRoute,
        Self::MethodNotAllowed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::Suspicious,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::RateLimited,
        Self::UpstreamUnavailable,
        Self::LaneUnavailable,
        Self::UpstreamOverloaded,
        Self::CircuitOpen,
        Self::UpstreamTimeout,
        Self::UpstreamFailed,
        Self::Internal,
    ];

    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadFraming => "bad_framing",
            Self::BadPath => "bad_path",
            Self::ExpectationFailed => "expectation_failed",
            Self::NoRoute => "no_route",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Suspicious => "suspicious_request",
            Self::RequestTimeout => "request_timeout",
            Self::BodyTooLarge => "body_too_large",
            Self::RateLimited => "rate_limited",
            Self::UpstreamUnavailable => "upstream_unavailable",
            Self::LaneUnavailable => "lane_unavailable",
            Self::UpstreamOverloaded => "upstream_overloaded",
            Self::CircuitOpen => "circuit_open",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamFailed => "upstream_failed",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadFraming | Self::BadPath => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::Suspicious => 403,
            Self::NoRoute => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::BodyTooLarge => 413,
            Self::ExpectationFailed => 417,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::UpstreamFailed => 502,
            Self::UpstreamUnavailable
            | Self::LaneUnavailable
            | Self::UpstreamOverloaded
            | Self::CircuitOpen => 503,
            Self::UpstreamTimeout => 504,
        }
    }
}

/// A refusal with what the client may do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// For a person: what happened and what to do.
    pub detail: Cow<'static, str>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The methods the path has, comma separated, with [`Code::MethodNotAllowed`].
    pub allow: Option<String>,
    /// Further headers of the answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal with a code and a detail.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), retry_after: None, allow: None, headers: Vec::new() }
    }

    /// The same, with a time to try again.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }
}
