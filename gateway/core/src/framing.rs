//! Whether a request's head has one reading.
//!
//! Where a request ends must not be a matter of opinion between us and an upstream: else one request's body becomes the next
//! one's head (request smuggling). Whatever a strict reader and a lenient one could split differently is refused.

use crate::refusal::{Code, Refusal};

#[cfg(test)]
mod tests;

/// The longest head, request line and final empty line included.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Checks the bytes of an HTTP/1 head as they arrived.
///
/// # Errors
/// [`Code::BadFraming`] with the reason. The connection must be closed then: what follows on it cannot be trusted.
pub fn check(head: &[u8]) -> Result<(), Refusal> {
    if head.len() > HEAD_BYTES_MAX {
        return Err(refuse("the request head is longer than 64 KiB"));
    }
    let mut lines = head.strip_suffix(b"\r\n\r\n").unwrap_or(head).split(|&byte| byte == b'\n');
    let request_line = complete(lines.next().unwrap_or_default(), head)?;
    let old_version = request_line.ends_with(b" HTTP/1.0");
    if !old_version && !request_line.ends_with(b" HTTP/1.1") {
        return Err(refuse("the request line must end with HTTP/1.1"));
    }
    let mut seen = Seen::default();
    for line in lines {
        seen.header(complete(line, head)?)?;
    }
    match seen {
        Seen { host: 0, .. } => Err(refuse("the Host header is missing")),
        Seen { coded: true, sized: true, .. } => {
            Err(refuse("both Content-Length and Transfer-Encoding are given; send one of them"))
        }
        Seen { coded: true, .. } if old_version => Err(refuse("HTTP/1.0 has no Transfer-Encoding")),
        Seen { .. } => Ok(()),
    }
}

/// The headers that frame a message.
#[derive(Debug, Default)]
struct Seen {
    host: u32,
    sized: bool,
    coded: bool,
}

impl Seen {
    fn header(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Err(refuse("a header line has no colon"));
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(refuse("a header name is empty, folded, or contains a forbidden character"));
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.host += 1;
            if self.host > 1 {
                return Err(refuse("the Host header is given twice"));
            }
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if std::mem::replace(&mut self.sized, true) || !is_length(value) {
                return Err(refuse("Content-Length must be one decimal number, given once"));
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding")
            && (std::mem::replace(&mut self.coded, true) || !value.eq_ignore_ascii_case(b"chunked"))
        {
            return Err(refuse("Transfer-Encoding must be chunked and nothing else, given once"));
        }
        Ok(())
    }
}

/// A line without its CR. The last one has lost its line end together with the empty line after it.
fn complete<'l>(line: &'l [u8], head: &[u8]) -> Result<&'l [u8], Refusal> {
    let last =
        head.strip_suffix(b"\r\n\r\n").is_some_and(|rest| line.as_ptr_range().end == rest.as_ptr_range().end);
    match line.strip_suffix(b"\r") {
        Some(line) if !last => Ok(line),
        None if last => Ok(line),
        _ => {
            Err(refuse("every line of the head must end with CR LF, and no line may be empty before the end"))
        }
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_length(value: &[u8]) -> bool {
    // Beyond 2^63 some readers wrap around to a negative length.
    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
    value.iter().all(u8::is_ascii_digit) && number.is_some_and(|number| i64::try_from(number).is_ok())
}

fn refuse(detail: &'static str) -> Refusal {
    Refusal::new(Code::BadFraming, detail)
}
