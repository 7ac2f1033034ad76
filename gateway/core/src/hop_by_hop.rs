//! Headers that are for the next hop alone (RFC 9110, section 7.6.1).

use http::{HeaderMap, HeaderName, Method, Version, header};

#[cfg(test)]
mod tests;

/// Never sent on. `Connection` and `Transfer-Encoding` are written anew for each hop.
const SINGLE_HOP: [HeaderName; 6] = [
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
    header::TE,
    header::TRAILER,
    header::UPGRADE,
];

/// Whether these headers open a WebSocket (RFC 6455, section 4.1). No other upgrade is served.
#[must_use]
pub fn opens_websocket(method: &Method, version: Version, headers: &HeaderMap) -> bool {
    let mut upgrades = headers.get_all(header::UPGRADE).iter();
    let to_websocket = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    upgrades.next().is_some_and(to_websocket)
        && upgrades.next().is_none()
        && method == Method::GET
        && version == Version::HTTP_11
        && nominated(headers).any(|name| name.eq_ignore_ascii_case(b"upgrade"))
}

/// The headers of a response that must not go further: those that `Connection` names and those that never do. A response that
/// switches protocols is about this connection and keeps them.
#[must_use]
pub fn not_for_the_client(headers: &HeaderMap) -> Vec<HeaderName> {
    // Framing cannot be nominated away: who reads the body needs it.
    let framing = |name: &HeaderName| {
        matches!(*name, header::CONNECTION | header::CONTENT_LENGTH | header::TRANSFER_ENCODING)
    };
    let named = nominated(headers).filter_map(|name| HeaderName::from_bytes(name).ok());
    let named = named.filter(|name| !framing(name) && headers.contains_key(name));
    let mut found: Vec<HeaderName> = named.collect();
    found.extend(SINGLE_HOP.iter().filter(|name| headers.contains_key(*name)).cloned());
    found
}

/// The headers of a request that must not go further, `Connection` among them.
#[must_use]
pub fn not_for_the_upstream(headers: &HeaderMap) -> Vec<HeaderName> {
    let framing = |name: &HeaderName| {
        matches!(*name, header::HOST | header::CONTENT_LENGTH | header::TRANSFER_ENCODING)
    };
    let named = nominated(headers).filter_map(|name| HeaderName::from_bytes(name).ok());
    let mut found: Vec<HeaderName> =
        named.filter(|name| !framing(name) && headers.contains_key(name)).collect();
    found.extend(SINGLE_HOP.iter().filter(|name| headers.contains_key(*name)).cloned());
    // Credentials for us, which nobody else is to see.
    let ours = [header::CONNECTION, header::PROXY_AUTHORIZATION, header::PROXY_AUTHENTICATE];
    found.extend(ours.into_iter().filter(|name| headers.contains_key(name)));
    found
}

/// Whether the client takes trailers, which an upstream that speaks HTTP/2 must know (gRPC insists on it).
#[must_use]
pub fn takes_trailers(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::TE).iter();
    let mut codings = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    codings.any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
}

/// Whether a response is framed as we and every client read it alike: by chunks and nothing else, or not by `Transfer-Encoding`.
#[must_use]
pub fn response_is_clear(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => {
            coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked")
                && !headers.contains_key(header::CONTENT_LENGTH)
        }
        (Some(_), Some(_)) => false,
    }
}

fn nominated(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(header::CONNECTION).into_iter();
    values.flat_map(|value| value.as_bytes().split(|&byte| byte == b',')).map(<[u8]>::trim_ascii)
}
