//! Answers of routes that need no upstream.

use super::{context::Context, cors, downstream::Downstream, headers, limit};
use crate::problem;
use agw_core::{cors::Headers, resource::Action};
use bytes::Bytes;
use http::{StatusCode, header};
use pingora_error::Result;
use pingora_http::ResponseHeader;

/// Answers as the route says.
pub(super) async fn respond(session: &mut impl Downstream, ctx: &Context) -> Result<()> {
    let Some(Action::Respond(respond)) = ctx.route.as_ref().map(|compiled| &compiled.route.action) else {
        return Ok(());
    };
    let body = Bytes::copy_from_slice(respond.body.as_bytes());
    let mut head = ResponseHeader::build(respond.status, Some(8))?;
    // RFC 9110 section 8.6 forbids it with 204; with 304 it would speak of another answer.
    if !matches!(respond.status, 204 | 304) {
        head.insert_header(header::CONTENT_LENGTH, body.len())?;
    }
    if !body.is_empty() {
        head.insert_header(header::CONTENT_TYPE, respond.content_type.clone())?;
    }
    write(session, ctx, head, body).await
}

/// Sends the client elsewhere.
pub(super) async fn redirect(
    session: &mut impl Downstream,
    ctx: &Context,
    status: u16,
    location: &str,
) -> Result<()> {
    let (head, body) = problem::redirect(session, status, location, &ctx.request_id)?;
    write(session, ctx, head, body).await
}

/// Answers a CORS preflight.
pub(super) async fn preflight(session: &mut impl Downstream, ctx: &Context, headers: Headers) -> Result<()> {
    let mut head = ResponseHeader::build(StatusCode::NO_CONTENT, Some(8))?;
    for (name, value) in headers {
        head.append_header(name, value)?;
    }
    problem::write(session, head, Bytes::new(), &ctx.request_id).await
}

async fn write(
    session: &mut impl Downstream,
    ctx: &Context,
    mut head: ResponseHeader,
    body: Bytes,
) -> Result<()> {
    cors::replace(session, &mut head, ctx)?;
    let mut announced = Ok(());
    limit::announce(ctx, |name, value| {
        if let Err(error) = head.append_header(name, value) {
            announced = Err(error);
        }
    });
    announced?;
    if let Some(compiled) = &ctx.route {
        headers::edit_response(&mut head, &compiled.route.response_headers)?;
    }
    problem::write(session, head, body, &ctx.request_id).await
}
