use super::*;
use crate::resource::{Action, PathMatch};

fn cors(origins: &[&str]) -> Cors {
    let origins = origins.iter().map(|origin| OriginPattern::parse(origin).unwrap()).collect();
    Cors { origins, ..Cors::default() }
}

fn route() -> Route {
    Route::new("r", PathMatch::Prefix("/".to_owned()), Action::forward_to("c"))
}

fn request(headers: &[(HeaderName, &'static str)]) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn text(headers: &Headers) -> String {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn origins_are_compared_whole() {
    let patterns = cors(&["https://app.test", "https://*.sub.test", "http://*.port.test:8080"]);
    for (origin, expected) in [
        ("https://app.test", true),
        ("http://app.test", false),
        ("https://app.test.evil", false),
        ("https://app.test:8443", false),
        ("https://a.sub.test", true),
        ("https://a.b.sub.test", true),
        ("https://sub.test", false),
        ("https://.sub.test", false),
        ("https://evilsub.test", false),
        ("https://evil.test/.sub.test", false),
        ("https://user@a.sub.test", false),
        ("http://x.port.test:8080", true),
        ("null", false),
    ] {
        let allowed = patterns.allowed_origin(&request(&[(ORIGIN, origin)]));
        assert_eq!(allowed.is_some(), expected, "{origin}");
    }
    for text in ["", "app.test", "https://", "https://*.", "https://a/b", "https://*", "http://a b"] {
        assert!(OriginPattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_preflight_is_told_what_is_allowed() {
    let mut asked = vec![
        (ORIGIN, "https://app.test"),
        (ACCESS_CONTROL_REQUEST_METHOD, "PUT"),
        (ACCESS_CONTROL_REQUEST_HEADERS, "x-a,x-b"),
    ];
    assert_eq!(announced(&Method::OPTIONS, &request(&asked)), Some(Method::PUT));
    assert_eq!(announced(&Method::GET, &request(&asked)), None);
    assert_eq!(
        text(&cors(&["https://app.test"]).preflight(&route(), &request(&asked)).unwrap()),
        "access-control-allow-headers: x-a,x-b
access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE
access-control-allow-origin: https://app.test
vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    );
    let strict = Cors {
        methods: vec![Method::PUT],
        headers: Some(HeaderValue::from_static("x-c")),
        credentials: true,
        max_age_s: 60,
        ..cors(&["https://app.test"])
    };
    assert_eq!(
        text(&strict.preflight(&route(), &request(&asked)).unwrap()),
        "access-control-allow-credentials: true
access-control-allow-headers: x-c
access-control-allow-methods: PUT
access-control-allow-origin: https://app.test
access-control-max-age: 60
vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    );
    asked[0] = (ORIGIN, "https://evil.test");
    assert_eq!(strict.preflight(&route(), &request(&asked)).unwrap_err().code, Code::Forbidden);
    asked.remove(0);
    assert_eq!(announced(&Method::OPTIONS, &request(&asked)), None);
}

#[test]
fn an_answer_says_who_may_read_it() {
    let expose = Cors {
        expose: Some(HeaderValue::from_static("x-total")),
        credentials: true,
        ..cors(&["https://app.test"])
    };
    assert_eq!(
        text(&expose.actual(&request(&[(ORIGIN, "https://app.test")]))),
        "access-control-allow-credentials: true
access-control-allow-origin: https://app.test
access-control-expose-headers: x-total
vary: Origin"
    );
    assert_eq!(text(&expose.actual(&request(&[(ORIGIN, "https://evil.test")]))), "vary: Origin");
    assert_eq!(text(&expose.actual(&request(&[]))), "vary: Origin");
    let any = cors(&["*"]);
    assert_eq!(text(&any.actual(&request(&[(ORIGIN, "null")]))), "access-control-allow-origin: *");
}
