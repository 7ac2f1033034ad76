//! Host names with ports.

use std::net::Ipv6Addr;

/// Whether this is `host`, `host:port`, `[v6]` or `[v6]:port`, without user, percent-escapes and lists (RFC 3986, section 3.2).
pub(super) fn is_authority(text: &[u8]) -> bool {
    let (fits, port) = if let Some(rest) = text.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
        let address = std::str::from_utf8(&rest[..end]).ok().map(str::parse::<Ipv6Addr>);
        (matches!(address, Some(Ok(_))), &rest[end + 1..])
    } else {
        let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
        (is_name(&text[..end]), &text[end..])
    };
    fits && (port.is_empty() || port.strip_prefix(b":").is_some_and(is_port))
}

fn is_name(name: &[u8]) -> bool {
    let fits = |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (1..=255).contains(&name.len()) && name.iter().all(fits)
}

fn is_port(digits: &[u8]) -> bool {
    let fits = (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    fits && digits.iter().fold(0, |port, digit| port * 10 + u32::from(digit - b'0')) <= 65_535
}
