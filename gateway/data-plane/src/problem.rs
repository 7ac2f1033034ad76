//! The gateway's own answers: problem details (RFC 9457) and redirects.

use agw_core::refusal::{Code, Refusal};
use bytes::Bytes;
use http::{StatusCode, header};
use pingora_error::Result;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;
use serde::Serialize;

#[cfg(test)]
mod tests;

const REQUEST_ID: &str = "x-request-id";

/// The body of a refusal.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    /// The request, to be named when asking for help.
    instance: &'a str,
}

/// Answers with a refusal. `request_id` says which request it was.
pub(crate) async fn refuse(session: &mut Session, refusal: &Refusal, request_id: &str) -> Result<()> {
    let body = body(refusal, request_id);
    let mut head = ResponseHeader::build(refusal.code.status(), Some(8))?;
    head.insert_header(header::CONTENT_TYPE, "application/problem+json")?;
    head.insert_header(header::CONTENT_LENGTH, body.len())?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    if refusal.code == Code::Unauthenticated {
        head.insert_header(header::WWW_AUTHENTICATE, "Bearer")?;
    }
    if let Some(after) = refusal.retry_after {
        // Rounded up: a client that comes back in time must pass.
        head.insert_header(header::RETRY_AFTER, after.as_millis().div_ceil(1000).to_string())?;
    }
    if let Some(allow) = &refusal.allow {
        head.insert_header(header::ALLOW, allow)?;
    }
    for (name, value) in &refusal.headers {
        head.insert_header(name.clone(), value.clone())?;
    }
    write(session, head, body, request_id).await
}

/// Sends the client to another path of ours, to be fetched with GET.
pub(crate) async fn see_other(session: &mut Session, path: &str, request_id: &str) -> Result<()> {
    let mut head = ResponseHeader::build(StatusCode::SEE_OTHER, Some(5))?;
    head.insert_header(header::LOCATION, path)?;
    head.insert_header(header::CONTENT_LENGTH, 0)?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    write(session, head, Bytes::new(), request_id).await
}

async fn write(session: &mut Session, mut head: ResponseHeader, body: Bytes, request_id: &str) -> Result<()> {
    head.insert_header(REQUEST_ID, request_id)?;
    // To use the connection again we would have to read the rest of a body that nobody wants.
    if !session.is_body_empty() || session.is_upgrade_req() || session.is_process_shutting_down() {
        session.set_keepalive(None);
    }
    let without_body = body.is_empty() || session.req_header().method == http::Method::HEAD;
    session.write_response_header(Box::new(head), without_body).await?;
    if without_body { Ok(()) } else { session.write_response_body(Some(body), true).await }
}

fn body(refusal: &Refusal, request_id: &str) -> Bytes {
    let status = refusal.code.status();
    let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let problem = Problem {
        r#type: "about:blank",
        title: title.unwrap_or_default(),
        status,
        detail: &refusal.detail,
        code: refusal.code.as_str(),
        instance: request_id,
    };
    // A struct of texts and a number can always be written.
    serde_json::to_vec(&problem).unwrap_or_default().into()
}
