use super::check;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

fn passes(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
    let headers: HeaderMap = headers
        .iter()
        .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    check(method, &headers).is_ok()
}

#[test]
fn only_our_own_pages_and_programs_change_anything() {
    let host = ("host", "aetherius.example:8080");
    for (headers, expected) in [
        (&[host][..], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        // What the browser says of itself counts more than what could be read out of names.
        (&[("sec-fetch-site", "cross-site"), host, ("origin", "http://aetherius.example:8080")], false),
        (&[host, ("origin", "http://aetherius.example:8080")], true),
        (&[host, ("origin", "https://Aetherius.example:8080")], true),
        (&[host, ("origin", "http://aetherius.example:9090")], false),
        (&[host, ("origin", "http://aetherius.example")], false),
        (&[host, ("origin", "null")], false),
        (&[("origin", "http://aetherius.example:8080")], false),
        (&[("host", "localhost"), ("x-forwarded-host", "a.example"), ("origin", "https://a.example")], true),
        (&[("host", "localhost"), ("x-forwarded-host", "a.example"), ("origin", "http://localhost")], false),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert_eq!(passes(&method, headers), expected, "{method} {headers:?}");
        }
        assert!(passes(&Method::GET, headers), "reading is open: {headers:?}");
    }
}

#[test]
fn a_web_socket_counts_as_more_than_reading() {
    let upgrade = ("upgrade", "websocket");
    assert!(passes(&Method::GET, &[upgrade, ("host", "a"), ("origin", "http://a")]));
    assert!(!passes(&Method::GET, &[upgrade, ("host", "a"), ("origin", "http://b")]));
    assert!(!passes(&Method::GET, &[upgrade, ("sec-fetch-site", "same-site")]));
}
