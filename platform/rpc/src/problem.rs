//! Errors on the wire: RFC 9457 problem details with a closed set of codes.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that can go wrong on the wire. A caller branches on this and on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ProblemCode)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the body is not JSON.
    MalformedJson,
    /// 422: JSON, but not what this endpoint takes.
    InvalidBody,
    /// 400: a path or query parameter is wrong.
    InvalidParameter,
    /// 401: no caller token, or one that does not verify.
    Unauthenticated,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: no such thing.
    NotFound,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 409: the thing is in a state that does not allow it.
    Conflict,
    /// 413: the body is larger than the endpoint takes.
    BodyTooLarge,
    /// 415: the body is not `application/json`.
    UnsupportedMediaType,
    /// 429: too many requests from this caller.
    RateLimited,
    /// 503: full, or something it needs is not there; try again after `Retry-After`.
    Unavailable,
    /// 507: no space left; try again once there is.
    DiskFull,
    /// 504: not done in time.
    DeadlineExceeded,
    /// 500: our mistake; the log has the rest under the trace id.
    Internal,
}

impl Code {
    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::InvalidParameter => StatusCode::BAD_REQUEST,
            Self::InvalidBody => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::InvalidBody => "The body does not fit",
            Self::InvalidParameter => "A parameter does not fit",
            Self::Unauthenticated => "Who are you?",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "No such method here",
            Self::Conflict => "Not in this state",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "Not JSON",
            Self::RateLimited => "Too many requests",
            Self::Unavailable => "Not now",
            Self::DiskFull => "The disk is full",
            Self::DeadlineExceeded => "Not done in time",
            Self::Internal => "Our mistake",
        }
    }
}

/// An error as it travels (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code tells the kind.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, where, and what to do.
    pub detail: String,
    /// For programs.
    pub code: Code,
    /// Seconds after which to try again; goes out as `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(extensions(("x-may-be-absent" = json!(true))))]
    pub retry_after: Option<u32>,
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

impl Problem {
    /// A problem whose `detail` tells a person what happened and what to do.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: about_blank(),
            title: code.title().to_owned(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code,
            retry_after: None,
        }
    }

    /// 404 for a thing of some kind.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} `{id}`"))
    }

    /// The same with `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 500. The cause goes to the log; the caller learns nothing of our insides.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %chain(error), "a request failed");
        Self::new(
            Code::Internal,
            "the request failed inside Aetherius; the log tells why under the trace id of this request",
        )
    }
}

/// An error and what caused it, in one line.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after;
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
