//! JSON of upstreams as XML, for clients that like XML better, on routes that offer it.

use super::{context::Context, downstream::Downstream};
use crate::{accept, json_xml::JsonXml};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
        TRANSFER_ENCODING, VARY,
    },
};
use pingora_error::{Error, ErrorType, OrErr, Result};
use pingora_http::{RequestHeader, ResponseHeader};

/// Checksums of a body that is no longer sent.
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "digest", "content-md5"];

/// Asks the upstream for something that can be made into XML. It may still answer with XML of its own.
pub(super) fn ask(session: &impl Downstream, upstream: &mut RequestHeader, ctx: &Context) -> Result<()> {
    if wanted(session, ctx).is_none() {
        return Ok(());
    }
    upstream.insert_header(ACCEPT_ENCODING, "identity")?;
    upstream.append_header(ACCEPT, "application/json;q=0.001")?;
    Ok(())
}

/// Announces XML instead of JSON, if that is what the client gets.
pub(super) fn announce(
    session: &impl Downstream,
    response: &mut ResponseHeader,
    ctx: &mut Context,
) -> Result<()> {
    if !offered(ctx) {
        return Ok(());
    }
    let varies = response.headers.get_all(VARY).iter().any(names_accept);
    if !varies {
        response.append_header(VARY, "Accept")?;
    }
    let Some(content_type) = wanted(session, ctx).filter(|_| is_convertible(response)) else {
        return Ok(());
    };
    response.insert_header(CONTENT_TYPE, content_type)?;
    response.remove_header(&CONTENT_LENGTH);
    response.insert_header(TRANSFER_ENCODING, "chunked")?;
    response.remove_header(&ACCEPT_RANGES);
    for name in DIGESTS {
        response.remove_header(name);
    }
    // Two bodies with one strong validator would be a lie (RFC 9110 section 8.8.1).
    let strong = response.headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    if let Some(tag) = strong {
        let weak = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat());
        response
            .insert_header(ETAG, weak.or_err(ErrorType::InternalError, "cannot weaken the entity tag")?)?;
    }
    ctx.json_xml = Some(Box::new(JsonXml::new()));
    Ok(())
}

/// Makes XML of a piece of the body. What turns out not to be JSON ends the answer, as a broken upstream does: its head is gone.
pub(super) fn convert(body: &mut Option<Bytes>, end_of_stream: bool, ctx: &mut Context) -> Result<()> {
    let Some(document) = &mut ctx.json_xml else {
        return Ok(());
    };
    let failed =
        |_| Error::new_up(ErrorType::ReadError).more_context("the body is not the JSON it was said to be");
    let mut xml = document.feed(body.as_deref().unwrap_or_default()).map_err(failed)?;
    if end_of_stream {
        xml.push_str(&document.finish().map_err(failed)?);
        ctx.json_xml = None;
    }
    *body = (!xml.is_empty()).then(|| xml.into());
    Ok(())
}

fn offered(ctx: &Context) -> bool {
    ctx.route.as_ref().is_some_and(|compiled| compiled.route.json_as_xml)
}

/// The content type that the client likes better than JSON.
fn wanted(session: &impl Downstream, ctx: &Context) -> Option<&'static str> {
    const TYPES: [&[&str]; 3] = [&["application/json"], &["application/xml"], &["text/xml"]];
    let headers: &HeaderMap = &session.request().headers;
    match offered(ctx).then(|| accept::best(headers, &TYPES))? {
        1 => Some("application/xml"),
        2 => Some("text/xml; charset=utf-8"),
        _ => None,
    }
}

/// A whole JSON document that we can read. Errors are left as they are: clients know their upstream's problems by their type.
fn is_convertible(response: &ResponseHeader) -> bool {
    let has_document = response.status.is_success()
        && !matches!(
            response.status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT
        );
    let is_empty = response.headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0");
    let is_coded = response.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    let content_type = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    has_document && !is_empty && !is_coded && content_type.is_some_and(is_json)
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || (subtype.ends_with("+json") && subtype != "problem+json")
}

fn names_accept(value: &HeaderValue) -> bool {
    let names = value.to_str().unwrap_or_default().split(',').map(str::trim);
    names.into_iter().any(|name| name == "*" || name.eq_ignore_ascii_case("accept"))
}
