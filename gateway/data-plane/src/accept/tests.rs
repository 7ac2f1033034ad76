use super::*;
use http::HeaderValue;

const OFFERS: [&[&str]; 3] = [
    &["application/problem+json", "application/json"],
    &["application/problem+xml", "application/xml"],
    &["text/plain"],
];

fn chosen(values: &[&'static str]) -> usize {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(ACCEPT, HeaderValue::from_static(value));
    }
    best(&headers, &OFFERS)
}

#[test]
fn the_client_gets_what_it_likes_best() {
    for (accept, expected) in [
        ("*/*", 0),
        ("application/json", 0),
        ("application/xml", 1),
        ("APPLICATION/XML", 1),
        ("application/problem+xml, */*;q=0.1", 1),
        ("text/*", 2),
        ("text/plain;q=0.5, application/*;q=0.4", 2),
        ("application/xml;q=0.9, application/json;q=0.8", 1),
        ("application/xml;q=0.8 , application/json ; q=0.9", 0),
        ("application/xml, application/json", 0),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", 1),
        ("*/*, application/json;q=0, application/problem+json;q=0", 1),
        ("application/xml;q=0.001", 1),
        ("application/xml;charset=utf-8", 1),
        ("image/png", 0),
        ("application/xml;q=0", 0),
        ("application/xml;q=2, text/plain;q=0.5", 2),
        ("application/xml;q=0.1234, text/plain;q=0.5", 2),
        ("nonsense", 0),
        ("", 0),
        (",,;q=,/", 0),
    ] {
        assert_eq!(chosen(&[accept]), expected, "{accept}");
    }
    assert_eq!(chosen(&[]), 0);
    assert_eq!(chosen(&["image/png", "text/plain"]), 2, "several lines are one list");
}
