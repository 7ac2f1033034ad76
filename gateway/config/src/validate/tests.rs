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
fn the_short_form_becomes_a_route_and_a_cluster() {
    let rewritten = |yaml: &str, path: &str| {
        let config = crate::read(yaml, Path::new("/")).unwrap();
        let route = &config.resources.routes[0];
        let cluster = &config.resources.clusters[0];
        let endpoints: Vec<String> = cluster.endpoints.iter().map(ToString::to_string).collect();
        assert_eq!(route.cluster, cluster.name);
        format!("{}{}", endpoints.join(" "), route.rewrite.apply(&route.name, path))
    };
    for (target, strip, path, expected) in [
        ("http://127.0.0.1:3000", false, "/api/x", "127.0.0.1:3000/api/x"),
        ("http://app", true, "/api/x", "app:80/x"),
        ("http://app/", true, "/api", "app:80/"),
        ("http://app:1/v1/", true, "/api/x", "app:1/v1/x"),
        ("http://app:1/v1", false, "/api/x", "app:1/v1/api/x"),
        ("http://[::1]:1", false, "/api", "[::1]:1/api"),
        ("unix:/run/app.sock", false, "/api", "unix:/run/app.sock/api"),
        ("[http://a:1, http://b:2]", false, "/api", "a:1 b:2/api"),
    ] {
        let yaml = format!("proxy_routes: [{{path: /api, target: {target:?}, strip_prefix: {strip}}}]");
        let yaml = if target.starts_with('[') { yaml.replace('"', "") } else { yaml };
        assert_eq!(rewritten(&yaml, path), expected, "{yaml}");
    }
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
