//! Heads that came over HTTP/2: frames delimit the message there, but its parts must mean the same to an HTTP/1 upstream.

use super::{
    FIELD_BYTES_MAX, FIELDS_MAX, TARGET_BYTES_MAX,
    chars::{is_target, is_token, is_value},
    check_target,
    fields::{expect, length},
    refuse,
};
use crate::refusal::Refusal;
use http::{HeaderMap, header};

/// A head without its frames.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    /// `:method`.
    pub method: &'a str,
    /// `:scheme`, if given.
    pub scheme: Option<&'a str>,
    /// `:authority`, if given.
    pub authority: Option<&'a str>,
    /// `:path`, query included.
    pub path: &'a [u8],
    /// The others.
    pub headers: &'a HeaderMap,
}

/// Holds a head that came over HTTP/2 to the rules of [`super::check`] and of RFC 9113, section 8.
///
/// # Errors
/// As [`super::check`]. Only this stream is to be ended; the connection is not in doubt.
pub fn check_decoded(head: &Decoded<'_>) -> Result<(), Refusal> {
    let Decoded { method, scheme, authority, path, headers } = *head;
    if !method.bytes().all(is_token) {
        return Err(refuse("the method must be a word"));
    }
    if scheme.is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return Err(refuse("the scheme must be http or https"));
    }
    if path.len() > TARGET_BYTES_MAX || !path.iter().copied().all(is_target) {
        return Err(refuse(
            "the path is longer than 16 KiB or contains a character that must be percent-encoded",
        ));
    }
    if headers.len() > FIELDS_MAX {
        return Err(refuse("there are more than 128 headers"));
    }
    for (name, value) in headers {
        check_field(name.as_str(), value.as_bytes())?;
    }
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    if lengths.next().is_some_and(|value| length(value.as_bytes()).is_none()) || lengths.next().is_some() {
        return Err(refuse("Content-Length must be one decimal number, given once"));
    }
    let mut hosts = headers.get_all(header::HOST).iter().map(http::HeaderValue::as_bytes);
    let (host, second) = (hosts.next(), hosts.next());
    let authority = authority.map(str::as_bytes);
    if second.is_some() || host.zip(authority).is_some_and(|(host, authority)| host != authority) {
        return Err(refuse("the Host header is given twice or names another host than :authority"));
    }
    let Some(host) = authority.or(host) else {
        return Err(refuse("neither :authority nor Host is given"));
    };
    check_target(method.as_bytes(), path, host)?;
    if path.starts_with(b"/") || path == b"*" {
        return Ok(());
    }
    Err(refuse("the path must begin with a slash"))
}

fn check_field(name: &str, value: &[u8]) -> Result<(), Refusal> {
    if !name.bytes().all(is_token) || !value.iter().copied().all(is_value) {
        return Err(refuse("a header contains a control character or another that is not allowed there"));
    }
    // RFC 9113, section 8.2.1; over HTTP/1 such space is no part of the value.
    if value != value.trim_ascii() {
        return Err(refuse("a header value begins or ends with a space"));
    }
    if name.len() + value.len() > FIELD_BYTES_MAX {
        return Err(refuse("a header is longer than 32 KiB"));
    }
    match name {
        "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade" => {
            Err(refuse("HTTP/2 has no headers for single connections"))
        }
        "content_length" | "transfer_encoding" => {
            Err(refuse("a header name reads like one that says where the request ends"))
        }
        "te" if !value.eq_ignore_ascii_case(b"trailers") => Err(refuse("TE must be trailers over HTTP/2")),
        "expect" => expect(value),
        _ => Ok(()),
    }
}
