//! The headers that say where a message ends, for whom it is, and what its sender expects of the next hop.

use super::{FIELDS_MAX, Framing, NOMINATIONS_MAX, RequestLine, chars::is_token, refuse};
use crate::refusal::{Code, Refusal};

/// What the headers of one head say.
#[derive(Debug, Default)]
pub(super) struct Fields<'h> {
    pub(super) host: Option<&'h [u8]>,
    length: Option<u64>,
    chunked: bool,
    websocket: bool,
    other_upgrade: bool,
    upgrade_nominated: bool,
    nominations: usize,
    count: usize,
}

impl<'h> Fields<'h> {
    /// Takes note of a header. The name is a token; the value has no spaces around it and no control characters.
    pub(super) fn take(&mut self, name: &[u8], value: &'h [u8]) -> Result<(), Refusal> {
        self.count += 1;
        if self.count > FIELDS_MAX {
            return Err(refuse("there are more than 128 headers"));
        }
        // By length first: most names end here.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(value),
            6 if name.eq_ignore_ascii_case(b"expect") => expect(value),
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.other_upgrade |= self.websocket || !value.eq_ignore_ascii_case(b"websocket");
                self.websocket |= value.eq_ignore_ascii_case(b"websocket");
                Ok(())
            }
            10 if name.eq_ignore_ascii_case(b"connection") => self.connection(value),
            14 if reads_as(name, b"content-length") => self.content_length(name, value),
            17 if reads_as(name, b"transfer-encoding") => self.transfer_encoding(name, value),
            _ => Ok(()),
        }
    }

    fn host(&mut self, value: &'h [u8]) -> Result<(), Refusal> {
        match self.host.replace(value) {
            None => Ok(()),
            Some(_) => Err(refuse("the Host header is given twice")),
        }
    }

    fn content_length(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        let length = length(value).filter(|_| !name.contains(&b'_'));
        if length.is_none() || self.length.is_some() {
            return Err(refuse("Content-Length must be one decimal number, given once"));
        }
        self.length = length;
        Ok(())
    }

    fn transfer_encoding(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if self.chunked || name.contains(&b'_') || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(refuse("Transfer-Encoding must be chunked and nothing else, given once"));
        }
        self.chunked = true;
        Ok(())
    }

    /// A name given here is removed on the way. Were it one of those that frame the message, only one side would see it.
    fn connection(&mut self, value: &[u8]) -> Result<(), Refusal> {
        for name in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
        {
            self.nominations += 1;
            self.upgrade_nominated |= name.eq_ignore_ascii_case(b"upgrade");
            let frames = [&b"content-length"[..], b"transfer-encoding", b"host"]
                .iter()
                .any(|framing| name.eq_ignore_ascii_case(framing));
            if frames || self.nominations > NOMINATIONS_MAX || !name.iter().copied().all(is_token) {
                return Err(refuse(
                    "Connection must name at most 8 headers, and none that says where the request ends or for whom it is",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn framing(&self) -> Result<Framing, Refusal> {
        match (self.length, self.chunked) {
            (Some(_), true) => {
                Err(refuse("both Content-Length and Transfer-Encoding are given; send one of them"))
            }
            (None, true) => Ok(Framing::Chunked),
            (Some(length), false) => Ok(Framing::Length(length)),
            (None, false) => Ok(Framing::Empty),
        }
    }

    /// After an upgrade there is no message any more, so a body before it would be read by one side alone.
    pub(super) fn upgrade(&self, line: &RequestLine<'_>, framing: Framing) -> Result<Framing, Refusal> {
        if !self.websocket {
            return Ok(framing);
        }
        match framing {
            Framing::Empty | Framing::Length(0) if line.method == b"GET" => {
                let agreed = self.upgrade_nominated && !line.old_version && !self.other_upgrade;
                Ok(if agreed { Framing::Upgrade } else { framing })
            }
            _ => Err(refuse("a WebSocket is opened with GET and without a body")),
        }
    }
}

/// Servers that hand headers on as environment variables cannot tell `-` from `_`.
fn reads_as(name: &[u8], dashed: &[u8]) -> bool {
    name.iter()
        .zip(dashed)
        .all(|(&byte, &expected)| byte.to_ascii_lowercase() == expected || (byte == b'_' && expected == b'-'))
}

/// Canonical and below 2^63: a leading zero is octal to some readers, and a larger number negative to others.
pub(super) fn length(digits: &[u8]) -> Option<u64> {
    if digits.len() > 1 && digits.starts_with(b"0") || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = std::str::from_utf8(digits).ok()?.parse::<u64>().ok()?;
    i64::try_from(number).is_ok().then_some(number)
}

/// RFC 9110, section 10.1.1 knows one expectation.
pub(super) fn expect(value: &[u8]) -> Result<(), Refusal> {
    if value.eq_ignore_ascii_case(b"100-continue") {
        return Ok(());
    }
    Err(Refusal::new(Code::ExpectationFailed, "the only expectation that can be met is 100-continue"))
}
