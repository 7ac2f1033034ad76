//! Answers of the admin server, in the format that the caller likes best.

use crate::{
    accept,
    json_xml::JsonXml,
    problem::{Details, Format},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// What the caller did wrong. Written out by [`finish`], which knows the format.
#[derive(Clone, Debug)]
pub(super) struct AdminProblem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) problems: Vec<String>,
}

impl AdminProblem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), problems: Vec::new() }
    }
}

impl IntoResponse for AdminProblem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A value as JSON, XML, or YAML; also as YAML for who likes plain text.
pub(super) fn value(headers: &HeaderMap, value: &impl Serialize) -> Response {
    const TYPES: [&[&str]; 4] =
        [&["application/json"], &["application/xml", "text/xml"], &["application/yaml"], &["text/plain"]];
    let json = serde_json::to_vec_pretty(value).unwrap_or_default();
    let yaml = || serde_saphyr::to_string(value).unwrap_or_default().into_bytes();
    let (content_type, body) = match accept::best(headers, &TYPES) {
        1 => ("application/xml", xml(&json)),
        2 => ("application/yaml", yaml()),
        3 => ("text/plain; charset=utf-8", yaml()),
        _ => ("application/json", json),
    };
    ([(header::CONTENT_TYPE, content_type), (header::VARY, "Accept")], body).into_response()
}

fn xml(json: &[u8]) -> Vec<u8> {
    let mut document = JsonXml::new();
    // What was written by serde_json can be read.
    let mut out = document.feed(json).unwrap_or_default();
    out.push_str(&document.finish().unwrap_or_default());
    out.into_bytes()
}

/// Writes problems out, and says what holds for every answer.
pub(super) fn finish(headers: &HeaderMap, mut response: Response) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<AdminProblem>() {
        let details = Details {
            problems: &problem.problems,
            ..Details::new(problem.status.as_u16(), problem.code, &problem.detail)
        };
        let (content_type, body) = details.render(Format::wanted(headers));
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        out.insert(header::VARY, HeaderValue::from_static("Accept"));
        *response.body_mut() = Body::from(body);
    }
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
