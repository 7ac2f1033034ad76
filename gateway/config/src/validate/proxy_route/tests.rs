use super::*;
use crate::Config;
use std::path::Path;

fn read(yaml: &str) -> Result<Config, Vec<Problem>> {
    crate::read(yaml, Path::new("/"))
}

fn problems(yaml: &str) -> String {
    let found = read(yaml).expect_err("the file is broken");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_short_form_becomes_a_route_and_a_cluster() {
    let rewritten = |yaml: &str, path: &str| {
        let config = read(yaml).unwrap();
        let route = &config.resources.routes[0];
        let cluster = &config.resources.clusters[0];
        let endpoints: Vec<String> = cluster.endpoints.iter().map(ToString::to_string).collect();
        let forward = route.forward().unwrap();
        assert_eq!(forward.split[0].cluster, cluster.name);
        format!("{}{}", endpoints.join(" "), forward.rewrite.apply(&route.path, path).unwrap())
    };
    for (target, strip, path, expected) in [
        ("http://127.0.0.1:3000", false, "/api/x", "127.0.0.1:3000/api/x"),
        ("http://app", true, "/api/x", "app:80/x"),
        ("http://app/", true, "/api", "app:80/"),
        ("https://app/", true, "/api", "app:443/"),
        ("http://app:1/v1/", true, "/api/x", "app:1/v1/x"),
        ("http://app:1/v1", false, "/api/x", "app:1/v1/api/x"),
        ("http://[::1]:1", false, "/api", "[::1]:1/api"),
        ("unix:/run/app.sock", false, "/api", "unix:/run/app.sock/api"),
        ("[http://a:1, http://b:2]", false, "/api", "a:1 b:2/api"),
        ("[{url: http://a:1, weight: 3}, http://b:2]", false, "/api", "a:1 b:2/api"),
    ] {
        let yaml = format!("proxy_routes: [{{path: /api, target: {target:?}, strip_prefix: {strip}}}]");
        let yaml =
            if target.starts_with('[') && target.ends_with(']') { yaml.replace('"', "") } else { yaml };
        assert_eq!(rewritten(&yaml, path), expected, "{yaml}");
    }
}

#[test]
fn every_setting_of_the_short_form_is_one_of_the_long_form() {
    let short = "
proxy_routes:
  - path: /api
    target: [{url: 'https://a.test:8443/v1', weight: 3}, 'https://b.test/v1']
    methods: [GET, POST]
    headers: {x-via: agw}
    strip_prefix: true
    timeout: 1.5
    rate_limit: {requests: 5, per: minute}
    auth: {roles: [admin]}
    lane: {lane: blue, strict: true}
    meta: {version: '2', owner: team, tags: [a, b]}
";
    let long = "
clusters:
  - name: /api
    endpoints: [{address: 'a.test:8443', weight: 3}, 'b.test:443']
    tls: {}
routes:
  - name: /api
    match: {path_prefix: /api, methods: [GET, POST]}
    cluster: /api
    replace_prefix: /v1/
    request_headers: {set: {x-via: agw}}
    timeout_ms: 1500
    rate_limit: {requests: 5, per: minute}
    auth: {roles: [admin]}
    lane: {lane: blue, strict: true}
    meta: {version: '2', owner: team, tags: [a, b]}
";
    let resources = |yaml: &str| read(yaml).unwrap().resources;
    assert_eq!(format!("{:#?}", resources(short)), format!("{:#?}", resources(long)));
}

#[test]
fn problems_are_told_where_the_short_form_has_them() {
    let yaml = "
clusters: [{name: /c, endpoints: ['127.0.0.1:1']}]
proxy_routes:
  - {path: /a, target: 'http://a', methods: [get], timeout: 2d, headers: {Connection: close}}
  - {path: /c, target: 'http://a', rate_limit: {requests: 0}}
  - {path: /d, target: ['http://a', 'https://b']}
  - {path: /e, target: [{url: 'http://a', weight: 0}]}
";
    assert_eq!(
        problems(yaml),
        "proxy_routes[0].timeout: write 500ms, 30s, 2m or a number of seconds, from 1ms to 1h
proxy_routes[2].target: some targets are https and some are not; make two routes of them
proxy_routes[3].target[0].weight: 0 is out of range; allowed is 1 to 1000
proxy_routes[1].path: /c is used twice
proxy_routes[0].methods[0]: \"get\" is not a method; write it in upper case, e.g. GET
proxy_routes[0].headers.Connection: connection belongs to the connection, not to the message; it cannot be changed
proxy_routes[1].rate_limit.requests: 0 is out of range; allowed is 1 to 1000000"
    );
}

#[test]
fn a_timeout_has_a_unit_or_is_in_seconds() {
    for (text, expected_ms) in
        [("500ms", 500), ("30s", 30_000), ("2m", 120_000), ("1h", 3_600_000), ("0.5", 500), ("7", 7_000)]
    {
        let config =
            read(&format!("proxy_routes: [{{path: /, target: 'http://a', timeout: {text}}}]")).unwrap();
        assert_eq!(config.resources.routes[0].timeout, Duration::from_millis(expected_ms), "{text}");
    }
    for text in ["0", "-1", "2h", "soon", "'5'"] {
        assert!(
            read(&format!("proxy_routes: [{{path: /, target: 'http://a', timeout: {text}}}]")).is_err(),
            "{text}"
        );
    }
}
