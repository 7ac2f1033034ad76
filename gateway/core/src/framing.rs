//! Whether a request's head has one reading.
//!
//! Where a request ends must not be a matter of opinion between us and an upstream: else one request's body becomes the next
//! one's head (request smuggling). Whatever a strict reader and a lenient one could take differently is refused, never mended.
//! `docs/gateway/framing.md` lists it all.
//!
//! [`check`] reads the bytes of an HTTP/1 head, once and without allocating; [`check_decoded`] holds a head that came over
//! HTTP/2 to the same rules.

use crate::refusal::{Code, Refusal};
use authority::is_authority;
use chars::{is_target, is_token, value_bytes};
use fields::Fields;

pub use decoded::{Decoded, check_decoded};

mod authority;
mod chars;
mod decoded;
mod fields;
#[cfg(test)]
mod tests;

/// The longest head, request line and final empty line included.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The longest request target. RFC 9112, section 3 wants 8,000 at least.
pub const TARGET_BYTES_MAX: usize = 16 * 1024;
/// The longest header line, name and value; large enough for a Kerberos ticket.
pub const FIELD_BYTES_MAX: usize = 32 * 1024;
/// The most header lines; browsers send about 20.
pub const FIELDS_MAX: usize = 128;
/// The most names in `Connection`. More is an attempt to have headers removed.
const NOMINATIONS_MAX: usize = 8;

/// How a request's body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    Empty,
    /// By `Content-Length`, in bytes; below 2^63.
    Length(u64),
    /// By chunks.
    Chunked,
    /// There is none, and if the upstream agrees, what follows is a WebSocket and no message any more.
    Upgrade,
}

/// Checks the bytes of an HTTP/1 head as they arrived, up to and with the empty line at its end.
///
/// # Errors
/// [`Code::BadFraming`], [`Code::MethodNotAllowed`] (`CONNECT`, `TRACE`) or [`Code::ExpectationFailed`]. The connection must be
/// closed then: what follows on it cannot be trusted.
pub fn check(head: &[u8]) -> Result<Framing, Refusal> {
    if head.len() > HEAD_BYTES_MAX {
        return Err(refuse("the request head is longer than 64 KiB"));
    }
    let mut cursor = Cursor(head);
    let line = request_line(&mut cursor)?;
    let mut fields = Fields::default();
    loop {
        match cursor.0 {
            [b'\r', b'\n'] => break,
            [b'\r', b'\n', ..] => return Err(refuse("something follows the empty line that ends the head")),
            _ => {
                let (name, value) = field_line(&mut cursor)?;
                fields.take(name, value)?;
            }
        }
    }
    let framing = fields.framing()?;
    if line.old_version && framing == Framing::Chunked {
        return Err(refuse("HTTP/1.0 has no Transfer-Encoding"));
    }
    let framing = fields.upgrade(&line, framing)?;
    let Some(host) = fields.host else {
        return Err(refuse("the Host header is missing"));
    };
    check_target(line.method, line.target, host)?;
    Ok(framing)
}

/// A request line in its parts.
struct RequestLine<'h> {
    method: &'h [u8],
    target: &'h [u8],
    old_version: bool,
}

/// What is left of a head.
struct Cursor<'h>(&'h [u8]);

impl<'h> Cursor<'h> {
    /// The bytes before the first that is not of this kind; those are left.
    fn take_while(&mut self, kind: impl Fn(u8) -> bool) -> &'h [u8] {
        let end = self.0.iter().position(|&byte| !kind(byte)).unwrap_or(self.0.len());
        self.take(end)
    }

    fn take(&mut self, bytes: usize) -> &'h [u8] {
        let (taken, rest) = self.0.split_at(bytes);
        self.0 = rest;
        taken
    }

    fn expect(&mut self, bytes: &[u8], otherwise: &'static str) -> Result<(), Refusal> {
        self.0 = self.0.strip_prefix(bytes).ok_or_else(|| refuse(otherwise))?;
        Ok(())
    }
}

fn request_line<'h>(cursor: &mut Cursor<'h>) -> Result<RequestLine<'h>, Refusal> {
    let method = cursor.take_while(is_token);
    if method.is_empty() {
        return Err(refuse("the request does not begin with a method"));
    }
    cursor.expect(b" ", "the method must be a word, followed by one space")?;
    let target = cursor.take_while(is_target);
    if target.is_empty() || target.len() > TARGET_BYTES_MAX {
        return Err(refuse("the request target is empty or longer than 16 KiB"));
    }
    cursor.expect(b" ", "the request target contains a character that must be percent-encoded")?;
    cursor.expect(b"HTTP/1.", "the request line must end with HTTP/1.1")?;
    let old_version = match cursor.0.first() {
        Some(b'1') => false,
        Some(b'0') => true,
        _ => return Err(refuse("the request line must end with HTTP/1.1")),
    };
    cursor.take(1);
    cursor.expect(b"\r\n", "the request line must end with its version and CR LF")?;
    Ok(RequestLine { method, target, old_version })
}

fn field_line<'h>(cursor: &mut Cursor<'h>) -> Result<(&'h [u8], &'h [u8]), Refusal> {
    let name = cursor.take_while(is_token);
    if name.is_empty() {
        return Err(refuse("a header line is folded, empty, or its name contains a forbidden character"));
    }
    cursor.expect(b":", "a header name contains a forbidden character, or the colon does not follow it")?;
    let value = cursor.take(value_bytes(cursor.0));
    cursor.expect(
        b"\r\n",
        "a header value contains a control character, or its line does not end with CR LF",
    )?;
    if name.len() + value.len() > FIELD_BYTES_MAX {
        return Err(refuse("a header is longer than 32 KiB"));
    }
    Ok((name, value.trim_ascii()))
}

/// What may be served at all; routes allow some of them.
const METHODS_SERVED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Whether method, target and host fit together (RFC 9112, sections 3.2 and 3.3).
fn check_target(method: &[u8], target: &[u8], host: &[u8]) -> Result<(), Refusal> {
    match method {
        b"CONNECT" | b"TRACE" => {
            let refusal = Refusal::new(Code::MethodNotAllowed, "CONNECT and TRACE are not served here");
            return Err(Refusal { allow: Some(METHODS_SERVED.to_owned()), ..refusal });
        }
        _ => {}
    }
    if !is_authority(host) {
        return Err(refuse("the Host header is not a host name or address with an optional port"));
    }
    if target.starts_with(b"/") || (target == b"*" && method == b"OPTIONS") {
        return Ok(());
    }
    let Some(rest) = strip_scheme(target) else {
        return Err(refuse("the request target must begin with a slash, http:// or https://"));
    };
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    if &rest[..end] != host {
        return Err(refuse("the request target names another host than the Host header"));
    }
    Ok(())
}

fn strip_scheme(target: &[u8]) -> Option<&[u8]> {
    let colon = target.iter().position(|&byte| byte == b':')?;
    let (scheme, rest) = target.split_at(colon);
    let known = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    rest.strip_prefix(b"://").filter(|_| known)
}

fn refuse(detail: &'static str) -> Refusal {
    Refusal::new(Code::BadFraming, detail)
}
