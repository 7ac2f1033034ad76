//! What travels with a call besides its body.

use crate::Caller;
use axum::{extract::FromRequestParts, http::request::Parts};
use foundation::trace::{TRACEPARENT, TraceParent};
use std::{convert::Infallible, time::Duration};

/// Milliseconds the caller still waits.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";
/// Repeats of a request with one key are one request.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// The lane the call travels in.
pub const LANE_HEADER: &str = "x-lane";

/// How long a call may take unless its maker says otherwise.
const DEADLINE_DEFAULT: Duration = Duration::from_secs(30);

/// What travels with a call.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// Who calls. A service acting for a project, unless a person's request is passed on.
    pub caller: Caller,
    /// The trace that the call continues.
    pub trace: TraceParent,
    /// How long the caller waits.
    pub deadline: Duration,
    /// Set on calls that must not happen twice.
    pub idempotency_key: Option<String>,
    /// Empty for the base.
    pub lane: String,
}

impl CallContext {
    /// A call by a service for a project, with a deadline of 30 s.
    #[must_use]
    pub fn new(service: &str, project: &str, trace: TraceParent) -> Self {
        Self {
            caller: Caller::service(service, project),
            trace,
            deadline: DEADLINE_DEFAULT,
            idempotency_key: None,
            lane: String::new(),
        }
    }

    /// The same with an idempotency key.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The same with another deadline.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// The trace of a request: the sender's, or a new one.
#[derive(Clone, Copy, Debug)]
pub struct Trace(pub TraceParent);

impl<S: Send + Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let sent = parts.headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
        Ok(Self(sent.and_then(TraceParent::parse).unwrap_or_else(TraceParent::new_root)))
    }
}

/// The lane of a request; empty for the base.
#[derive(Clone, Debug)]
pub struct Lane(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Lane {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let sent = parts.headers.get(LANE_HEADER).and_then(|value| value.to_str().ok());
        Ok(Self(sent.unwrap_or_default().to_owned()))
    }
}

/// The idempotency key of a request, if it has one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let sent = parts.headers.get(IDEMPOTENCY_HEADER).and_then(|value| value.to_str().ok());
        Ok(Self(sent.map(str::to_owned)))
    }
}
