//! The gateway's own answers: problem details (RFC 9457) and redirects, in the format that the client likes best.

mod details;
#[cfg(test)]
mod tests;

use crate::proxy::Downstream;
use agw_core::refusal::Refusal;
use bytes::Bytes;
pub(crate) use details::{Details, Format};
use http::{StatusCode, header};
use pingora_error::Result;
use pingora_http::ResponseHeader;

const REQUEST_ID: &str = "x-request-id";

/// Answers with a refusal. `request_id` says which request it was.
pub(crate) async fn refuse(session: &mut impl Downstream, refusal: &Refusal, request_id: &str) -> Result<()> {
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
pub(crate) async fn see_other(session: &mut impl Downstream, path: &str, request_id: &str) -> Result<()> {
    let (mut head, body) = redirect(session, StatusCode::SEE_OTHER.as_u16(), path, request_id)?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    write(session, head, body, request_id).await
}

/// An answer that leads to another address, with a word for who does not follow.
pub(crate) fn redirect(
    session: &impl Downstream,
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

fn answer(session: &impl Downstream, details: &Details<'_>) -> Result<(ResponseHeader, Bytes)> {
    let (content_type, body) = details.render(Format::wanted(&session.request().headers));
    let mut head = ResponseHeader::build(details.status, Some(8))?;
    head.insert_header(header::CONTENT_TYPE, content_type)?;
    head.insert_header(header::CONTENT_LENGTH, body.len())?;
    head.insert_header(header::CACHE_CONTROL, "no-store")?;
    head.insert_header(header::VARY, "Accept")?;
    Ok((head, body))
}

/// Says that there is nothing to say.
pub(crate) async fn no_content(session: &mut impl Downstream, request_id: &str) -> Result<()> {
    write(session, ResponseHeader::build(StatusCode::NO_CONTENT, Some(2))?, Bytes::new(), request_id).await
}

/// Writes an answer of ours whose head is complete but for the request's name.
pub(crate) async fn write(
    session: &mut impl Downstream,
    mut head: ResponseHeader,
    body: Bytes,
    request_id: &str,
) -> Result<()> {
    head.insert_header(REQUEST_ID, request_id)?;
    // To use the connection again we would have to read the rest of a body that nobody wants.
    if !session.is_without_body() || session.is_upgrade() || session.is_leaving() {
        session.end_after_answer();
    }
    let without_body = body.is_empty() || session.request().method == http::Method::HEAD;
    session.write_head(Box::new(head), without_body).await?;
    if without_body { Ok(()) } else { session.write_whole_body(body).await }
}

/// The JSON of a refusal.
pub(crate) fn body(refusal: &Refusal, request_id: &str) -> Bytes {
    let details = Details {
        instance: request_id,
        ..Details::new(refusal.code.status(), refusal.code.as_str(), &refusal.detail)
    };
    details.render(Format::Json).1
}
