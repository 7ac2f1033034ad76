//! Reading requests so that what is wrong with them comes back in words.

use crate::problem::{Code, Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

#[cfg(test)]
mod tests;

/// An object as a JSON body. Malformed JSON, a wrong type (with its path), another content type and a body over the limit each give their own problem.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let got = request
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("none");
            let detail = format!("send the body with `Content-Type: application/json` (got {got})");
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        // A list would be read as the fields of an object in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(Problem::new(Code::InvalidBody, "the body must be an object, and is a list"));
        }
        read(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Reads JSON; says what is wrong with it, and where.
///
/// # Errors
/// [`Code::MalformedJson`] or [`Code::InvalidBody`].
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() {
            Problem::new(Code::InvalidBody, format!("`{}`: {inner}", error.path()))
        } else {
            Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {inner}"))
        }
    })?;
    deserializer.end().map_err(|error| {
        Problem::new(Code::MalformedJson, format!("the body goes on after its end: {error}"))
    })?;
    Ok(value)
}

fn is_json(headers: &axum::http::HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Code::BodyTooLarge, "the body is larger than this endpoint takes; split it")
    } else {
        Problem::new(Code::MalformedJson, format!("the body could not be read: {rejection}"))
    }
}

/// Query parameters; a wrong one gives a problem that names it.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| Problem::new(Code::InvalidParameter, rejection.body_text()))
    }
}
