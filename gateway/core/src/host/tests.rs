use super::*;

#[test]
fn hosts_are_compared_without_port_case_and_final_dot() {
    for (host, expected) in [
        ("example.com", "example.com"),
        ("Example.COM:8080", "example.com"),
        ("example.com.", "example.com"),
        ("example.com.:80", "example.com"),
        ("[::1]:8080", "[::1]"),
        ("", ""),
    ] {
        assert_eq!(normalise(host), expected, "{host}");
    }
}

#[test]
fn a_wildcard_needs_a_label_before_its_suffix() {
    let pattern = HostPattern::parse("*.Example.com").unwrap();
    for (host, expected) in [
        ("a.example.com", true),
        ("a.b.example.com", true),
        ("example.com", false),
        (".example.com", false),
        ("badexample.com", false),
    ] {
        assert_eq!(pattern.matches(host), expected, "{host}");
    }
}

#[test]
fn what_is_not_a_host_is_refused() {
    for text in ["", "*", "*.", "a..b", "http://a", "a/b", "a:80", "*.a:80", "a b", ".a"] {
        assert!(HostPattern::parse(text).is_err(), "{text:?}");
    }
}
