use super::*;

#[test]
fn nothing_that_lets_one_in_is_shown() {
    let text = "
consumers: [{name: ann, key_sha256: SECRET, password_sha256: SECRET}]
redis: {url: 'redis://user:SECRET@127.0.0.1/1'}
masking: {headers: [X-Tenant]}
alerts: {webhooks: ['https://hooks.test/services/SECRET', 'http://hooks.test/?key=SECRET', {url: 'http://hooks.test/SECRET'}]}
tracing: {otlp_url: 'http://SECRET@127.0.0.1:4318/v1/traces'}
routes:
  - name: a
    cluster: c
    request_headers: {set: {Authorization: Bearer SECRET, X-Version: '2', x-tenant: SECRET}, add: {X-My-Token: SECRET}}
proxy_routes: [{path: /, target: 'http://u:SECRET@a/b', headers: {x-api-key: SECRET}}]
";
    let settings = foundation::settings::load(text).unwrap();
    let shown = redacted(&settings);
    assert!(!shown.to_string().contains("SECRET"), "{shown:#}");
    assert_eq!(shown["consumers"][0]["key_sha256"], "***");
    assert_eq!(shown["redis"]["url"], "redis://***@127.0.0.1/1");
    assert_eq!(shown["alerts"]["webhooks"][0], "https://hooks.test/***");
    assert_eq!(shown["alerts"]["webhooks"][1], "http://hooks.test/***");
    assert_eq!(shown["alerts"]["webhooks"][2]["url"], "http://hooks.test/***");
    assert_eq!(shown["routes"][0]["request_headers"]["set"]["X-Version"], "2");
    assert_eq!(shown["proxy_routes"][0]["target"], "http://***@a/b");
    assert_eq!(shown["admin"]["address"], "127.0.0.1:8082", "defaults are filled in");
}
