use super::*;

fn read(yaml: &str) -> Result<crate::Config, Vec<foundation::settings::Problem>> {
    crate::read(yaml, Path::new("/nonexistent"))
}

#[test]
fn limits_get_names_that_tell_them_apart() {
    let config = read(
        "redis: {url: 'redis://localhost'}
clusters: [{name: c, endpoints: ['a:1']}]
routes:
  - name: r
    match: {path_prefix: /}
    cluster: c
    rate_limit: {requests: 1}
    rate_limits:
      - {requests: 2, per: minute}
      - {requests: 3, per: hour, key: {header: X-Tenant}, shared: true}
      - {requests: 4, key: {claim: org}, name: client_ip_3}
      - {requests: 5}
",
    );
    let limits = &config.unwrap().resources.routes[0].rate_limits;
    let lines: Vec<String> = limits.iter().map(|limit| format!("{limit:?}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_wrong_is_said() {
    let limits: Vec<String> = (0..8).map(|_| "{requests: 1}".to_owned()).collect();
    let found = read(&format!(
        "redis: {{url: 'redis://h', timeout_ms: 0, password_file: redis.password}}
clusters: [{{name: c, endpoints: ['a:1']}}]
routes:
  - {{name: many, match: {{path_prefix: /many}}, cluster: c, rate_limit: {{requests: 0}}, rate_limits: [{}]}}
  - name: r
    match: {{path_prefix: /}}
    cluster: c
    rate_limits:
      - {{requests: 1000001, key: {{header: 'a b'}}, name: a}}
      - {{requests: 1, key: {{claim: ''}}, name: a}}
      - {{requests: 1, name: 'a\"b'}}
",
        limits.join(", ")
    ));
    let lines: Vec<String> = found.unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let unshared =
        read("proxy_routes: [{path: /, target: 'http://a', rate_limit: {requests: 1, shared: true}}]");
    insta::assert_snapshot!(unshared.unwrap_err()[0]);
}

#[test]
fn the_address_of_redis_is_read() {
    for (url, expected) in [
        ("redis://h", "h 6379 0 None"),
        ("redis://h:1/", "h 1 0 None"),
        ("redis://u@127.0.0.1:6380/15", "127.0.0.1 6380 15 Some(\"u\")"),
        ("redis://[::1]:6380/1", "::1 6380 1 None"),
    ] {
        let RedisServer { host, port, db, user, .. } = redis_url(url).unwrap();
        assert_eq!(format!("{host} {port} {db} {user:?}"), expected, "{url}");
    }
    for url in
        ["", "h:1", "http://h", "redis://", "redis://h:0", "redis://h:x", "redis://h/x", "redis://[::1"]
    {
        assert!(redis_url(url).unwrap_err().contains("write redis://host:port/db"), "{url}");
    }
    assert!(redis_url("redis://:secret@h").unwrap_err().contains("password_file"));
    assert!(!redis_url("redis://:secret@h").unwrap_err().contains("secret@"), "secrets are not repeated");
    assert!(redis_url("rediss://h").unwrap_err().contains("TLS"));
}
