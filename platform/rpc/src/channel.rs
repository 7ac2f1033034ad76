//! Calling another service.

use crate::{
    CallContext, CallerKey,
    caller::CALLER_HEADER,
    context::{DEADLINE_HEADER, IDEMPOTENCY_HEADER, LANE_HEADER},
    problem::{Code, Problem},
};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
};
use foundation::trace::TRACEPARENT;
use http_body_util::{BodyExt, Limited};
use serde::{Serialize, de::DeserializeOwned};
use std::{path::Path, time::Duration};
use tower::ServiceExt;

#[cfg(test)]
mod tests;

/// An answer larger than this is refused: 64 MiB.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// The way to one service: its router in this process, or its base URL.
#[derive(Clone)]
pub struct Channel {
    service: &'static str,
    key: CallerKey,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Local(Router),
    Remote { base: String, http: reqwest::Client },
}

/// Why a call gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service answered with a problem.
    #[error("{service} answered {}: {}", problem.status, problem.detail)]
    Problem {
        /// Who answered.
        service: &'static str,
        /// What it said.
        problem: Box<Problem>,
    },
    /// Nobody answered.
    #[error("{service} cannot be reached at {base}; check that it runs and that `urls.{service}` is right")]
    Unreachable {
        /// Who was called.
        service: &'static str,
        /// Where.
        base: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// No answer came in time.
    #[error("{service} did not answer within {} ms", deadline.as_millis())]
    Deadline {
        /// Who was called.
        service: &'static str,
        /// How long we waited.
        deadline: Duration,
    },
    /// The answer is not what the contract promises.
    #[error("{service} answered something unreadable: {reason}")]
    Unreadable {
        /// Who was called.
        service: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl CallError {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Problem { problem, .. } => problem.status >= 500 || problem.code == Code::RateLimited,
            Self::Unreachable { .. } | Self::Deadline { .. } => true,
            Self::Unreadable { .. } => false,
        }
    }

    /// The problem's code, if the service answered with one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        if let Self::Problem { problem, .. } = self { Some(problem.code) } else { None }
    }
}

/// What an endpoint says to its caller when a service behind it did not answer as it should.
impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Problem { problem, .. } if problem.status < 500 => *problem,
            other => {
                tracing::warn!(error = %crate::problem::chain(&other), "a call failed");
                Self::new(Code::Unavailable, other.to_string()).retry_after(1)
            }
        }
    }
}

impl Channel {
    /// To a service of this process.
    #[must_use]
    pub fn local(service: &'static str, router: Router, key: CallerKey) -> Self {
        Self { service, key, transport: Transport::Local(router) }
    }

    /// To a service at `base`, e.g. `http://orchestrator:8082`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn remote(service: &'static str, base: &str, key: CallerKey) -> Result<Self, reqwest::Error> {
        let http = http_client()?;
        Ok(Self {
            service,
            key,
            transport: Transport::Remote { base: base.trim_end_matches('/').to_owned(), http },
        })
    }

    /// To what listens on a Unix socket.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn unix(service: &'static str, socket: &Path, key: CallerKey) -> Result<Self, reqwest::Error> {
        let http = client_builder().unix_socket(socket).build()?;
        // The name is not looked up: the socket is where it leads.
        Ok(Self { service, key, transport: Transport::Remote { base: "http://localhost".to_owned(), http } })
    }

    /// `GET path`.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str, context: &CallContext) -> Result<T, CallError> {
        self.call(Method::GET, path, None, context).await
    }

    /// `GET path` of what is no JSON.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn text(&self, path: &str, context: &CallContext) -> Result<String, CallError> {
        let bytes = self.ask(Method::GET, path, None, context).await?;
        String::from_utf8(bytes.into())
            .map_err(|error| CallError::Unreadable { service: self.service, reason: error.to_string() })
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        context: &CallContext,
    ) -> Result<T, CallError> {
        let body = self.json(body)?;
        self.call(Method::POST, path, Some(body), context).await
    }

    /// `PATCH path` with a JSON body.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn patch<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        context: &CallContext,
    ) -> Result<T, CallError> {
        let body = self.json(body)?;
        self.call(Method::PATCH, path, Some(body), context).await
    }

    /// `PUT path` with a JSON body.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn put<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        context: &CallContext,
    ) -> Result<T, CallError> {
        let body = self.json(body)?;
        self.call(Method::PUT, path, Some(body), context).await
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn delete<T: DeserializeOwned>(
        &self,
        path: &str,
        context: &CallContext,
    ) -> Result<T, CallError> {
        self.call(Method::DELETE, path, None, context).await
    }

    fn json<B: Serialize>(&self, body: &B) -> Result<Vec<u8>, CallError> {
        serde_json::to_vec(body)
            .map_err(|error| CallError::Unreadable { service: self.service, reason: error.to_string() })
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        context: &CallContext,
    ) -> Result<T, CallError> {
        let bytes = self.ask(method, path, body, context).await?;
        // An endpoint without an answer of its own gives an empty body, which reads as null.
        let bytes = if bytes.is_empty() { Bytes::from_static(b"null") } else { bytes };
        serde_json::from_slice(&bytes)
            .map_err(|error| CallError::Unreadable { service: self.service, reason: error.to_string() })
    }

    /// The body of an answer that is good.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        context: &CallContext,
    ) -> Result<Bytes, CallError> {
        let service = self.service;
        let headers = self.headers(body.is_some(), context)?;
        let exchange = self.exchange(method, path, headers, body.unwrap_or_default());
        let (status, bytes) = tokio::time::timeout(context.deadline, exchange)
            .await
            .map_err(|_| CallError::Deadline { service, deadline: context.deadline })??;
        if status.is_success() {
            return Ok(bytes);
        }
        let problem = serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let code = if status.is_server_error() { Code::Unavailable } else { Code::InvalidBody };
            Problem {
                status: status.as_u16(),
                ..Problem::new(code, format!("status {status} without details"))
            }
        });
        Err(CallError::Problem { service, problem: Box::new(problem) })
    }

    fn headers(&self, has_body: bool, context: &CallContext) -> Result<HeaderMap, CallError> {
        let service = self.service;
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|error| CallError::Unreadable { service, reason: error.to_string() })
        };
        let token = self
            .key
            .mint(&context.caller)
            .map_err(|problem| CallError::Problem { service, problem: Box::new(problem) })?;
        let mut headers = HeaderMap::new();
        headers.insert(CALLER_HEADER, token);
        headers.insert(TRACEPARENT, value(&context.trace.child().to_string())?);
        headers.insert(DEADLINE_HEADER, value(&context.deadline.as_millis().to_string())?);
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = &context.idempotency_key {
            headers.insert(IDEMPOTENCY_HEADER, value(key)?);
        }
        if !context.lane.is_empty() {
            headers.insert(LANE_HEADER, value(&context.lane)?);
        }
        Ok(headers)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let service = self.service;
        let unreadable = |reason: String| CallError::Unreadable { service, reason };
        match &self.transport {
            Transport::Local(router) => {
                let mut request = Request::builder()
                    .method(method)
                    .uri(path)
                    .body(Body::from(body))
                    .map_err(|error| unreadable(error.to_string()))?;
                *request.headers_mut() = headers;
                let Ok(response) = router.clone().oneshot(request).await;
                let status = response.status();
                let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
                Ok((status, body.map_err(|error| unreadable(error.to_string()))?.to_bytes()))
            }
            Transport::Remote { base, http } => {
                let unreachable = |source| CallError::Unreachable { service, base: base.clone(), source };
                let request = http.request(method, format!("{base}{path}")).headers(headers).body(body);
                let response = request.send().await.map_err(unreachable)?;
                let status = response.status();
                let body = Limited::new(reqwest::Body::from(response), ANSWER_BYTES_MAX).collect().await;
                Ok((status, body.map_err(|error| unreadable(error.to_string()))?.to_bytes()))
            }
        }
    }
}

/// A client with our TLS provider and sane bounds: 5 s to connect, no redirects, no ambient proxy.
///
/// # Errors
/// When the system's certificates cannot be used.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    client_builder().build()
}

fn client_builder() -> reqwest::ClientBuilder {
    // Err: another part of the process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
}
