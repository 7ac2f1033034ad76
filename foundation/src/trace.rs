//! One id through all processes: W3C Trace Context (`traceparent`, version 00).

use std::{fmt, str::FromStr};

#[cfg(test)]
mod tests;

/// The header's name.
pub const TRACEPARENT: &str = "traceparent";

/// Where in which trace we are (<https://www.w3.org/TR/trace-context/>, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace, never all zero.
    pub trace_id: [u8; 16],
    /// The caller's span, never all zero.
    pub span_id: [u8; 8],
    /// Whether the caller records.
    pub sampled: bool,
}

impl TraceParent {
    /// The first span of a new trace.
    #[must_use]
    pub fn new_root() -> Self {
        Self { trace_id: uuid::Uuid::new_v4().into_bytes(), span_id: new_span_id(), sampled: true }
    }

    /// A new span of the same trace.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { span_id: new_span_id(), ..*self }
    }

    /// `None` unless the text is a valid version-00 value; later versions are read by their first four fields.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let dashes = bytes.len() >= 55 && bytes[2] == b'-' && bytes[35] == b'-' && bytes[52] == b'-';
        let version_fits = match bytes.get(..2)? {
            b"00" => bytes.len() == 55,
            b"ff" => false,
            _ => bytes.len() == 55 || bytes.get(55) == Some(&b'-'),
        };
        if !dashes || !version_fits || bytes.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        let trace_id: [u8; 16] = unhex(&bytes[3..35])?;
        let span_id: [u8; 8] = unhex(&bytes[36..52])?;
        let [flags]: [u8; 1] = unhex(&bytes[53..55])?;
        let valid = trace_id != [0; 16] && span_id != [0; 8];
        valid.then_some(Self { trace_id, span_id, sampled: flags & 1 == 1 })
    }

    /// The header's value, as text and without an allocation.
    #[must_use]
    pub fn header(&self) -> [u8; 55] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&mut text[3..35], &self.trace_id);
        write_hex(&mut text[36..52], &self.span_id);
        text[54] = b'0' + u8::from(self.sampled);
        text
    }

    /// The trace id in lower-case hex, as logs and reports show it.
    #[must_use]
    pub fn trace_id_hex(&self) -> String {
        hex(&self.trace_id)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is ASCII.
        f.write_str(std::str::from_utf8(&self.header()).unwrap_or_default())
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(InvalidTraceParent)
    }
}

/// The text is not a W3C `traceparent`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not a W3C traceparent (00-<32 hex>-<16 hex>-<2 hex>)")]
pub struct InvalidTraceParent;

fn new_span_id() -> [u8; 8] {
    let random = uuid::Uuid::new_v4().into_bytes();
    // Bytes 0–5 of a v4 UUID are all random, 6 and 8 hold version and variant: take eight that are random and non-zero.
    let mut id = [0; 8];
    id[..6].copy_from_slice(&random[..6]);
    id[6..].copy_from_slice(&random[14..]);
    if id == [0; 8] { [1; 8] } else { id }
}

fn hex(bytes: &[u8; 16]) -> String {
    let mut text = [0; 32];
    write_hex(&mut text, bytes);
    String::from_utf8_lossy(&text).into_owned()
}

/// `out` has two places for each byte.
fn write_hex(out: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn unhex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(out)
}
