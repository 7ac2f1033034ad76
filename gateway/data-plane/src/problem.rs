//! The gateway's own answers: problem details (RFC 9457) and redirects, in the format that the client likes best.

mod details;
#[cfg(test)]
mod tests;

use agw_core::refusal::Refusal;
use bytes::Bytes;
pub(crate) use details::{Details, Format};
use http::{StatusCode, header};
use pingora_error::Result;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;

const REQUEST_ID: &str = "x-request-id";

/// Answers with a refusal. `request_id` says which request it was.
pub(crate) async fn refuse(session: &mut Session, refusal: &Refusal, request_id: &str) -> Result<()> {
    let details = Details {
        instance: request_id,
        ..Details::new(refusal.code.status(), refusal.code.as_str(), &refusal.detail)
    };
    let (mut head, body) = answer(session, &details)?;
    if let Some(after) = refusal.retry_after {
        // Rounded up: a client that comes back in time must pass.
        head.insert_header(header::RETRY_AFTER, after.as_millis().div_ceil(1000).to_string())?;
    }
    if let Some(allow) = &refusal.allow {
        head.insert_header(header::ALLOW, allow)?;
    }
    for (name, value) in &refusal.headers {
        head.append_header(name.clone(), value.clone())?;
    }
    write(session, head, body, request_id).await
}

/// Sends the client to another path of ours, to be fetched with GET.
pub(crate) async fn see_other(session: &mut Session, path: &str, request_id: &str) -> Result<()> {
    let (mut head, body) = redirect(session, StatusCode::SEE_OTHER.as_u16(), path, request_id)?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    write(session, head, body, request_id).await
}

/// An answer that leads to another address, with a word for who does not follow.
pub(crate) fn redirect(
    session: &Session,
    status: u16,
    location: &str,
    request_id: &str,
) -> Result<(ResponseHeader, Bytes)> {
    let detail = format!("go to {location}");
    let details = Details { instance: request_id, ..Details::new(status, "redirect", &detail) };
    let (mut head, body) = answer(session, &details)?;
    // Whether a redirect may be kept is said by its status.
    head.remove_header(&header::CACHE_CONTROL);
    head.insert_header(header::LOCATION, location)?;
    Ok((head, body))
}

fn answer(session: &Session, details: &Details<'_>) -> Result<(ResponseHeader, Bytes)> {
    let (content_type, body) = details.render(Format::wanted(&session.req_header().headers));
    let mut head = ResponseHeader::build(details.status, Some(8))?;
    head.insert_header(header::CONTENT_TYPE, content_type)?;
    head.insert_header(header::CONTENT_LENGTH, body.len())?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    head.insert_header(header::VARY, "Accept")?;
    Ok((head, body))
}

/// Says that there is nothing to say.
pub(crate) async fn no_content(session: &mut Session, request_id: &str) -> Result<()> {
    write(session, ResponseHeader::build(StatusCode::NO_CONTENT, Some(2))?, Bytes::new(), request_id).await
}

/// Writes an answer of ours whose head is complete but for the request's name.
pub(crate) async fn write(
    session: &mut Session,
    mut head: ResponseHeader,
    body: Bytes,
    request_id: &str,
) -> Result<()> {
    head.insert_header(REQUEST_ID, request_id)?;
    // To use the connection again we would have to read the rest of a body that nobody wants.
    if !session.is_body_empty() || session.is_upgrade_req() || session.is_process_shutting_down() {
        session.set_keepalive(None);
    }
    let without_body = body.is_empty() || session.req_header().method == http::Method::HEAD;
    session.write_response_header(Box::new(head), without_body).await?;
    if without_body { Ok(()) } else { session.write_response_body(Some(body), true).await }
}

/// The JSON of a refusal.
pub(crate) fn body(refusal: &Refusal, request_id: &str) -> Bytes {
    let details = Details {
        instance: request_id,
        ..Details::new(refusal.code.status(), refusal.code.as_str(), &refusal.detail)
    };
    details.render(Format::Json).1
}
