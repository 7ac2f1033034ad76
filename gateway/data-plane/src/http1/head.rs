//! Heads of messages, between bytes and what the hooks work on.
//!
//! Names of headers are told apart without regard to case, but go on as they came: some that read them are careless.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, uri::PathAndQuery};
use httparse::Status;
use pingora_http::{RequestHeader, ResponseHeader};
use std::{mem::MaybeUninit, ops::Range};

#[cfg(test)]
mod tests;

/// The most headers of an answer; of a request, [`agw_core::framing`] allows fewer.
const FIELDS_MAX: usize = 256;

/// How a message wrote the names of its headers.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    head: Bytes,
    names: Vec<Range<usize>>,
}

impl Spelling {
    /// The name as it was written; `hint` is where it was probably, and is left where the next one is.
    fn of<'s>(&'s self, name: &'s HeaderName, hint: &mut usize) -> &'s [u8] {
        let lower = name.as_str().as_bytes();
        for offset in 0..self.names.len() {
            let index = (*hint + offset) % self.names.len();
            let written = &self.head[self.names[index].clone()];
            if written.eq_ignore_ascii_case(lower) {
                *hint = index + 1;
                return written;
            }
        }
        lower
    }
}

/// A request's head that [`agw_core::framing::check`] found good. `None` when it is nothing that can be worked with.
pub(crate) fn request(head: Bytes) -> Option<(Box<RequestHeader>, Spelling)> {
    let mut fields = [const { MaybeUninit::uninit() }; agw_core::framing::FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let Ok(Status::Complete(_)) = parsed.parse_with_uninit_headers(&head, &mut fields) else { return None };
    let method = Method::from_bytes(parsed.method?.as_bytes()).ok()?;
    let target = parsed.path?;
    let version = if parsed.version? == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
    let (headers, names) = fields_of(&head, parsed.headers)?;
    let request = if target.starts_with('/') && !target.contains('#') {
        let mut parts = http::Request::new(()).into_parts().0;
        // It is a part of the head, so that nothing is copied.
        let target = PathAndQuery::from_maybe_shared(head.slice(within(&head, target.as_bytes()))).ok()?;
        (parts.method, parts.version, parts.headers) = (method, version, headers);
        parts.uri = Uri::from(target);
        RequestHeader::from(parts)
    } else {
        let mut request =
            RequestHeader::build_no_case(method, target.as_bytes(), Some(headers.len())).ok()?;
        request.set_version(version);
        for (name, value) in &headers {
            request.append_header(name, value.clone()).ok()?;
        }
        request
    };
    Some((Box::new(request), Spelling { head, names }))
}

/// What the beginning of what an upstream sent turned out to be.
pub(crate) enum Answer {
    /// Not a whole head yet.
    Partial,
    /// A head of this many bytes.
    Head(Box<ResponseHeader>, Spelling, usize),
    /// No head, for this reason.
    Invalid(&'static str),
}

/// Reads the head of an answer.
pub(crate) fn answer(bytes: &[u8]) -> Answer {
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let mut config = httparse::ParserConfig::default();
    config.allow_obsolete_multiline_headers_in_responses(true);
    let end = match config.parse_response_with_uninit_headers(&mut parsed, bytes, &mut fields) {
        Ok(Status::Complete(end)) => end,
        Ok(Status::Partial) => return Answer::Partial,
        Err(httparse::Error::TooManyHeaders) => {
            return Answer::Invalid("the answer has more than 256 headers");
        }
        Err(_) => return Answer::Invalid("the head of the answer is not well-formed HTTP/1.1"),
    };
    let invalid = Answer::Invalid("the head of the answer has a status or header that HTTP does not know");
    let Some(status) = parsed.code.and_then(|code| StatusCode::from_u16(code).ok()) else { return invalid };
    let (version, reason) = (parsed.version, parsed.reason);
    // Nothing of the body is kept with it.
    let head = Bytes::copy_from_slice(&bytes[..end]);
    let (at, fields) = (bytes.as_ptr() as usize, parsed.headers);
    let Some((headers, names)) = fields_at(at, &head, fields) else { return invalid };
    let mut parts = http::Response::new(()).into_parts().0;
    parts.status = status;
    parts.version = if version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    parts.headers = headers;
    let mut answer = ResponseHeader::from(parts);
    if reason != status.canonical_reason() && answer.set_reason_phrase(reason).is_err() {
        return invalid;
    }
    Answer::Head(Box::new(answer), Spelling { head, names }, end)
}

/// Where in `whole` its part lies.
fn within(whole: &[u8], part: &[u8]) -> Range<usize> {
    range_at(whole.as_ptr() as usize, part)
}

fn range_at(whole: usize, part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole;
    start..start + part.len()
}

fn fields_of(head: &Bytes, fields: &[httparse::Header<'_>]) -> Option<(HeaderMap, Vec<Range<usize>>)> {
    fields_at(head.as_ptr() as usize, head, fields)
}

/// The fields of what was read from `whole` on, as parts of its copy `head`.
fn fields_at(
    whole: usize,
    head: &Bytes,
    fields: &[httparse::Header<'_>],
) -> Option<(HeaderMap, Vec<Range<usize>>)> {
    // Room for what is added on the way.
    let mut headers = HeaderMap::with_capacity(fields.len() + 8);
    let mut names = Vec::with_capacity(fields.len());
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        let value = if field.value.contains(&b'\n') {
            HeaderValue::from_bytes(&unfolded(field.value)).ok()?
        } else {
            HeaderValue::from_maybe_shared(head.slice(range_at(whole, field.value))).ok()?
        };
        headers.try_append(name, value).ok()?;
        names.push(range_at(whole, field.name.as_bytes()));
    }
    Some((headers, names))
}

/// A value over several lines in one (RFC 9112, section 5.2).
fn unfolded(value: &[u8]) -> Vec<u8> {
    value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).collect::<Vec<_>>().join(&b' ')
}

/// Writes a request line.
pub(crate) fn write_request_line(out: &mut Vec<u8>, request: &RequestHeader) {
    for part in [request.method.as_str().as_bytes(), b" ", request.raw_path(), b" HTTP/1.1\r\n"] {
        out.extend_from_slice(part);
    }
}

/// Writes a status line.
pub(crate) fn write_status_line(out: &mut Vec<u8>, answer: &ResponseHeader) {
    let reason = answer.get_reason_phrase().unwrap_or_default();
    for part in [b"HTTP/1.1 ", answer.status.as_str().as_bytes(), b" ", reason.as_bytes(), b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// Writes all headers but those that say where the body ends.
pub(crate) fn write_fields(out: &mut Vec<u8>, headers: &HeaderMap, spelling: &Spelling) {
    let mut hint = 0;
    for (name, value) in headers {
        if *name != http::header::CONTENT_LENGTH && *name != http::header::TRANSFER_ENCODING {
            write_field(out, spelling.of(name, &mut hint), value.as_bytes());
        }
    }
}

/// Writes one header.
pub(crate) fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}
