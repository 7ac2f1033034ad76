use std::fs;

/// Reads a configuration with one route; `more` is what follows, `route` is within the route.
fn problems(more: &str, route: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("good.key"), "5e".repeat(32)).unwrap();
    fs::write(dir.path().join("short.key"), "5e".repeat(31)).unwrap();
    fs::write(dir.path().join("empty.json"), r#"{"keys": []}"#).unwrap();
    fs::write(dir.path().join("revoked"), "a\n").unwrap();
    let sha256 = "00".repeat(32);
    let yaml = format!(
        "consumers: [{{name: a, key_sha256: '{sha256}'}}]
clusters: [{{name: c, endpoints: ['a:1']}}]
routes: [{{name: r, match: {{path: /}}, cluster: c, {route}}}]
{more}"
    );
    match crate::read(&yaml, dir.path()) {
        Ok(_) => Vec::new(),
        Err(found) => found
            .iter()
            .map(|problem| problem.to_string().replace(dir.path().to_str().unwrap(), "DIR"))
            .collect(),
    }
}

#[test]
fn issuers() {
    let issuer = |fields: &str| problems(&format!("jwt_issuers: [{{name: i, {fields}}}]"), "auth: {}");
    for good in [
        "jwks_url: 'https://idp.test/keys'",
        "jwks_url: 'http://127.0.0.1:1/', algorithms: [ES256, RS256]",
        "secret_file: good.key, revoked_file: revoked",
        "secret_file: good.key, algorithms: [HS256]",
    ] {
        assert_eq!(issuer(good), [""; 0], "{good}");
    }
    for (bad, expected) in [
        ("", "jwt_issuers[0]: give exactly one of"),
        ("jwks_url: 'http://a', secret_file: good.key", "jwt_issuers[0]: give exactly one of"),
        ("jwks_url: 'ftp://a'", "jwt_issuers[0].jwks_url: "),
        ("jwks_url: '/keys'", "jwt_issuers[0].jwks_url: "),
        ("jwks_file: nowhere", "jwt_issuers[0].jwks_file: cannot read DIR/nowhere"),
        ("jwks_file: empty.json", "jwt_issuers[0].jwks_file: no key of the set"),
        ("secret_file: short.key", "jwt_issuers[0].secret_file: the key has 31 bytes"),
        ("secret_file: good.key, algorithms: [HS512]", "jwt_issuers[0].algorithms[0]: \"HS512\" cannot"),
        ("secret_file: good.key, algorithms: [ES256]", "jwt_issuers[0].algorithms[0]: \"ES256\" cannot"),
        ("jwks_url: 'http://a', algorithms: [HS256]", "jwt_issuers[0].algorithms[0]: \"HS256\" cannot"),
        ("jwks_url: 'http://a', algorithms: [none]", "jwt_issuers[0].algorithms[0]: \"none\" cannot"),
        ("jwks_url: 'http://a', revoked_file: nowhere", "jwt_issuers[0].revoked_file: cannot read"),
        ("jwks_url: 'http://a', refresh_s: 0", "jwt_issuers[0].refresh_s: 0 is out of range"),
        ("jwks_url: 'http://a', leeway_s: 301", "jwt_issuers[0].leeway_s: 301 is out of range"),
        ("jwks_url: 'http://a', roles_claim: ''", "jwt_issuers[0].roles_claim: name a claim"),
    ] {
        let found = issuer(bad);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{bad}: {found:#?}");
    }
}

#[test]
fn routes() {
    for (bad, expected) in [
        ("auth: {methods: [jwt]}", "routes[0].auth.methods: there are no jwt_issuers"),
        ("auth: {methods: [basic]}", "routes[0].auth.methods: no consumer has a password_sha256"),
        ("auth: {issuers: [x]}", "routes[0].auth.issuers[0]: there is no jwt_issuer named \"x\""),
        ("auth: {required: false, claims: {a: [b]}}", "routes[0].auth.claims: "),
        ("auth: {claims: {a: []}}", "routes[0].auth.claims.a: "),
        ("auth: {rules: [{methods: [get]}]}", "routes[0].auth.rules[0].methods[0]: "),
        ("ip: {allow: [10.0.0.1/8]}", "routes[0].ip.allow[0]: "),
        ("ip: {deny: [localhost]}", "routes[0].ip.deny[0]: "),
        ("ip: {}", "routes[0].ip: it neither allows nor denies"),
        ("injection: {body_bytes_max: 65537}", "routes[0].injection.body_bytes_max: "),
    ] {
        let found = problems("", bad);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{bad}: {found:#?}");
    }
    assert_eq!(
        problems("", "ip: {allow: [10.0.0.0/8, '::1']}, injection: {mode: block, rules: [sql]}"),
        [""; 0]
    );
}

#[test]
fn consumers_and_masking() {
    for (bad, expected) in [
        ("masking: {headers: ['a b']}", "masking.headers[0]: "),
        ("masking: {query: ['']}", "masking.query[0]: "),
    ] {
        let found = problems(bad, "");
        assert!(found.len() == 1 && found[0].starts_with(expected), "{bad}: {found:#?}");
    }
    let text = "{consumers: [{name: a}, {name: 'b:c', password_sha256: x}], proxy_routes: [{path: /, target: http://a}]}";
    let found = crate::read(text, std::path::Path::new("/")).unwrap_err();
    let paths: Vec<&str> = found.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["consumers[0].key_sha256", "consumers[1].name", "consumers[1].password_sha256"]);
}
