//! Headers that are others in disguise: much that stands behind us (CGI, WSGI, PHP, Rack) makes one name of `x-user` and `x_user`.

use http::HeaderName;
use pingora_http::RequestHeader;

#[cfg(test)]
mod tests;

/// What upstreams believe because we say it, what we removed, and what frames a message.
const TRUSTED: [&str; 17] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "forwarded",
    "host",
    "transfer-encoding",
    "x-api-key",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-lane-trace",
    "x-real-ip",
    "x-request-id",
];

/// Removes headers that a careless reader takes for a trusted one, or for one of `ours`, which the configuration names.
pub(super) fn remove(request: &mut RequestHeader, ours: [Option<&HeaderName>; 2]) {
    let trusted = |plain: &str| {
        TRUSTED.contains(&plain) || ours.iter().flatten().any(|our| plain_name(our.as_str()) == plain)
    };
    let disguised = |name: &&HeaderName| {
        let strange = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'-';
        name.as_str().bytes().any(strange)
            && !ours.contains(&Some(*name))
            && trusted(&plain_name(name.as_str()))
    };
    // Almost no request has one, so nothing is allocated.
    let found: Vec<HeaderName> = request.headers.keys().filter(disguised).cloned().collect();
    for name in found {
        request.remove_header(&name);
    }
}

fn plain_name(name: &str) -> String {
    name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '-' }).collect()
}
