//! JSON by hand: a serializer would cost more than the rest of a line.

use agw_core::cluster::Target;
use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

#[cfg(test)]
mod tests;

/// Longer texts are cut: a line is for reading.
pub(super) const TEXT_BYTES_MAX: usize = 4096;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Adds a text with its quotes. At most [`TEXT_BYTES_MAX`] of it, with `…` in place of the rest.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    if text.len() > TEXT_BYTES_MAX {
        escaped(out, &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]);
        out.extend_from_slice("…".as_bytes());
    } else {
        escaped(out, text);
    }
    out.push(b'"');
}

/// Adds what stands between the quotes. Control characters, DEL among them, cannot forge a line or a terminal's state.
pub(super) fn escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f)) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => {
                let [high, low] = hex_digits(byte);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Adds an endpoint, without quotes.
pub(super) fn endpoint(out: &mut Vec<u8>, endpoint: &Target) {
    match endpoint {
        Target::Tcp(SocketAddr::V4(endpoint)) => {
            address(out, IpAddr::V4(*endpoint.ip()));
            out.push(b':');
            number(out, endpoint.port().into());
        }
        // Writing to a Vec cannot fail.
        Target::Tcp(SocketAddr::V6(endpoint)) => drop(write!(out, "{endpoint}")),
        Target::Unix(path) => {
            out.extend_from_slice(b"unix:");
            escaped(out, &path.to_string_lossy());
        }
    }
}

pub(super) fn number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Microseconds as milliseconds, with the decimals there are.
pub(super) fn milliseconds(out: &mut Vec<u8>, microseconds: u64) {
    number(out, microseconds / 1000);
    let rest = microseconds % 1000;
    if rest > 0 {
        let digits =
            [(rest / 100) as u8, (rest / 10 % 10) as u8, (rest % 10) as u8].map(|digit| b'0' + digit);
        let shown = if digits[2] != b'0' {
            3
        } else if digits[1] != b'0' {
            2
        } else {
            1
        };
        out.push(b'.');
        out.extend_from_slice(&digits[..shown]);
    }
}

pub(super) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        out.extend_from_slice(&hex_digits(byte));
    }
}

/// Adds an address, without quotes.
pub(super) fn address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (index, &octet) in address.octets().iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                number(out, octet.into());
            }
        }
        // Writing to a Vec cannot fail.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

/// Times as text. The day and the second are worked out once for all requests within it.
#[derive(Debug)]
pub(super) struct Clock {
    second: u64,
    text: [u8; 20],
}

impl Default for Clock {
    fn default() -> Self {
        Self { second: 0, text: *b"1970-01-01T00:00:00." }
    }
}

impl Clock {
    /// Adds a time with its quotes (RFC 3339, UTC, milliseconds).
    pub(super) fn write(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        if since.as_secs() != self.second {
            self.second = since.as_secs();
            self.text = second(self.second);
        }
        let ms = since.subsec_millis();
        out.push(b'"');
        out.extend_from_slice(&self.text);
        out.extend_from_slice(
            &[(ms / 100) as u8, (ms / 10 % 10) as u8, (ms % 10) as u8].map(|digit| b'0' + digit),
        );
        out.extend_from_slice(b"Z\"");
    }
}

/// A time as [`Clock`] writes it, without quotes.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let mut out = Vec::new();
    Clock::default().write(&mut out, time);
    String::from_utf8_lossy(&out).trim_matches('"').to_owned()
}

/// The civil date by the algorithm of Howard Hinnant ("chrono-compatible low-level date algorithms"), for the years 1970–9999.
fn second(unix_s: u64) -> [u8; 20] {
    let days = unix_s / 86_400 + 719_468;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + days / 146_097 * 400 + u64::from(month <= 2);
    let mut text = *b"0000-00-00T00:00:00.";
    let mut put = |at: usize, width: usize, mut value: u64| {
        for digit in text[at..at + width].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, unix_s / 3600 % 24);
    put(14, 2, unix_s / 60 % 60);
    put(17, 2, unix_s % 60);
    text
}

fn hex_digits(byte: u8) -> [u8; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}
