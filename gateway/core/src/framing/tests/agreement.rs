//! What the guard lets pass is read by an independent parser as the guard read it. The fuzz target `head` uses this file too.

use super::{Framing, check};

/// Panics where the two differ, and where the check itself does.
pub(crate) fn assert(head: &[u8]) {
    let Ok(framing) = check(head) else { return };
    let mut headers = [httparse::EMPTY_HEADER; 256];
    let mut request = httparse::Request::new(&mut headers);
    assert_eq!(request.parse(head), Ok(httparse::Status::Complete(head.len())), "the head ends elsewhere");

    let method = request.method.expect("a method");
    let target = request.path.expect("a target");
    assert!(head.starts_with(
        format!("{method} {target} HTTP/1.{}\r\n", request.version.expect("a version")).as_bytes()
    ));
    let uri: http::Uri = target.parse().expect("a target that can be parsed");
    let path = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    assert!(target.ends_with(path.trim_start_matches('/')), "the target {target} was changed to {path}");

    let values = |name: &str| -> Vec<&[u8]> {
        let named = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value).collect()
    };
    assert_eq!(values("host").len(), 1);
    let expected = match (values("content-length").as_slice(), values("transfer-encoding").as_slice()) {
        ([], []) if framing == Framing::Upgrade => Framing::Upgrade,
        ([b"0"], []) if framing == Framing::Upgrade => Framing::Upgrade,
        ([], []) => Framing::Empty,
        ([length], []) => {
            Framing::Length(std::str::from_utf8(length).expect("digits").parse().expect("a number"))
        }
        ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") => Framing::Chunked,
        _ => panic!("the framing is ambiguous"),
    };
    assert_eq!(framing, expected);
    for header in request.headers.iter() {
        http::HeaderName::from_bytes(header.name.as_bytes()).expect("a header name");
        http::HeaderValue::from_bytes(header.value).expect("a header value");
    }
}
