use super::*;
use http::{HeaderValue, header::HOST};

fn regex(source: &str) -> ValueTest {
    ValueTest::Regex(Pattern::new(source).unwrap())
}

fn exact(value: &str) -> ValueTest {
    ValueTest::Exact(value.to_owned())
}

#[test]
fn one_of_a_headers_values_must_hold() {
    let mut headers = HeaderMap::new();
    headers.append("x-a", HeaderValue::from_static("one"));
    headers.append("x-a", HeaderValue::from_static("two"));
    headers.append("x-b", HeaderValue::from_bytes(b"\xff").unwrap());
    for (name, test, expected) in [
        ("x-a", exact("two"), true),
        ("x-a", exact("tw"), false),
        ("x-a", regex("t.*"), true),
        ("x-a", regex("t"), false),
        ("x-b", regex(".*"), false),
        ("x-b", ValueTest::Present, true),
        ("x-b", ValueTest::Absent, false),
        ("x-c", ValueTest::Present, false),
        ("x-c", ValueTest::Absent, true),
        ("x-c", exact(""), false),
    ] {
        let condition = HeaderMatch { name: HeaderName::from_static(name), test };
        assert_eq!(condition.holds(&headers), expected, "{name} {}", condition.test);
    }
}

#[test]
fn a_query_is_compared_as_it_was_meant() {
    for (query, name, test, expected) in [
        (Some("a=1&b=2"), "b", exact("2"), true),
        (Some("a=1&a=2"), "a", exact("2"), true),
        (Some("a=x+y"), "a", exact("x y"), true),
        (Some("%61=%78%2"), "a", exact("x%2"), true),
        (Some("a"), "a", exact(""), true),
        (Some("a"), "a", ValueTest::Present, true),
        (Some("ab=1"), "a", ValueTest::Absent, true),
        (Some(""), "", ValueTest::Present, false),
        (None, "a", ValueTest::Absent, true),
        (Some("a=v12"), "a", regex("v[0-9]+"), true),
    ] {
        let condition = QueryMatch { name: name.to_owned(), test };
        assert_eq!(condition.holds(query), expected, "{query:?} {name} {}", condition.test);
    }
}

#[test]
fn a_preflight_names_the_headers_to_come() {
    let mut preflight = HeaderMap::new();
    preflight.insert(ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static("x-a, X-B"));
    preflight.insert(HOST, HeaderValue::from_static("h"));
    for (name, test, expected) in [
        ("x-b", exact("1"), true),
        ("x-b", ValueTest::Absent, false),
        ("x-c", exact("1"), false),
        ("x-c", ValueTest::Absent, true),
        ("host", exact("h"), true),
    ] {
        let condition = HeaderMatch { name: HeaderName::from_static(name), test };
        assert_eq!(condition.may_hold(&preflight), expected, "{name}");
    }
}
