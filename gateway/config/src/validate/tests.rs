use super::*;

fn problems(yaml: &str) -> String {
    let found = crate::read(yaml, Path::new("/nonexistent")).expect_err("the file is broken");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn everything_wrong_is_reported_at_once() {
    insta::assert_snapshot!(problems(include_str!("tests/broken.yaml")));
}

#[test]
fn wrong_types_and_unknown_fields_are_reported_with_their_path() {
    insta::assert_snapshot!(problems(include_str!("tests/misspelt.yaml")));
}

#[test]
fn defaults_are_as_documented() {
    let config = crate::read("proxy_routes: [{path: /, target: http://a}]", Path::new("/")).unwrap();
    assert_eq!(config.listeners[0].address.to_string(), "0.0.0.0:8080");
    assert_eq!(config.admin.to_string(), "127.0.0.1:8082");
    assert_eq!(config.connections_max, 10_000);
    assert_eq!(config.drain, Duration::from_secs(10));
    assert_eq!(config.resources.routes[0].body_bytes_max, 10 * 1024 * 1024);
    assert_eq!(config.resources.routes[0].timeout, Duration::from_secs(60));
}

#[test]
fn the_admin_server_stays_on_this_machine() {
    let with = |address: &str| {
        format!("{{admin: {{address: '{address}'}}, proxy_routes: [{{path: /, target: http://a}}]}}")
    };
    for address in ["127.0.0.1:0", "[::1]:8082", "unix:/run/agw.sock"] {
        assert!(crate::read(&with(address), Path::new("/")).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:8082", "192.0.2.1:8082", "localhost:8082", "unix:agw.sock", ""] {
        assert!(crate::read(&with(address), Path::new("/")).is_err(), "{address}");
    }
}
