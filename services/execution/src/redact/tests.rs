use super::{MASK, redact};

/// Redacts a text whose secrets are marked with `«…»`; every mark must be masked and nothing else.
fn check(marked: &str) {
    let text = marked.replace(['«', '»'], "");
    let mut expected = String::new();
    for (index, piece) in marked.split(['«', '»']).enumerate() {
        expected.push_str(if index % 2 == 0 { piece } else { MASK });
    }
    assert_eq!(redact(&text), expected);
}

#[test]
fn assignments_are_masked() {
    let lines = [
        "DB_PASSWORD=«hunter2»",
        "export API_KEY='«a b c»' PORT=80",
        "      DB_PASSWORD:         «hunter2»",
        "    password: «correct horse battery»",
        "  password: \"«hunter2»\"",
        "- token: «abc»",
        "{\"password\": \"«hunter2»\", \"user\": \"web\"}",
        "{\"password\":\"«hun\\\"ter2»\",\"n\":1}",
        "{\"password\":«12345»,\"n\":1}",
        "msg=\"start\" env={\\\"API_TOKEN\\\":\\\"«x1»\\\",\\\"A\\\":\\\"b\\\"}",
        "args: --db-password=«hunter2» --verbose",
        "run --token «abc123def» --port 80",
        "jdbc password = «hunter2»;user=web",
        "GET /login?access_token=«abc»&page=2",
        "auth {Username:web Password:«h1»} ok",
        "invalid password: «hunter2» for web",
        "AWS_SECRET_ACCESS_KEY=«abcd/efg+h»",
        "mysqlRootPassword: «x»",
        "tls.key: «abc»",
        "{\"auths\":{\"r.example\":{\"auth\":\"«d2ViOmh1bnRlcjI=»\"}}}",
    ];
    for line in lines {
        check(&line.replace("Password:«h1»", "Password:«h1unter»"));
    }
}

#[test]
fn shapes_are_masked() {
    let lines = [
        "Authorization: Bearer «abcdefghijk»",
        "authorization: Basic «d2ViOmh1bnRlcjI=»",
        "using bearer «abc123def456» now",
        "got «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl» back",
        "id «AKIAABCDEFGHIJKLMNOP» found",
        "ghp «ghp_abcdefghijklmnopqrstuv»",
        "dial postgres://web:«hunter2»@db:5432/shop?sslmode=disable",
        "redis://:«p@ss»@cache:6379",
        "open web:«hunter2»@tcp(db:3306)/shop",
        "{\"url\": \"amqp://web:«hunter2»@mq/\"}",
        "key -----BEGIN RSA PRIVATE KEY-----«\\nMIIabc\\n»-----END RSA PRIVATE KEY----- end",
    ];
    lines.into_iter().for_each(check);
}

#[test]
fn what_a_diagnosis_needs_stays() {
    let lines = [
        "web-7d9f8c6b5-x2x4z   0/1   CreateContainerConfigError   0   5m",
        "image: registry.example/web@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
        "Error: secret \"db\" not found",
        "MountVolume.SetUp failed for volume \"token\" : secret \"db-token\" not found",
        "couldn't find key password in Secret shop/db",
        "failed to fetch anonymous token: unexpected status: 401 Unauthorized",
        "no basic auth credentials",
        "basic authentication is off; bearer authentication is on",
        "Access denied for user 'web'@'10.0.0.4' (using password: YES)",
        "password authentication failed for user \"web\"",
        "serviceAccountName: web",
        "automountServiceAccountToken: false",
        "secretName: db-tls",
        "    SecretName:  db-tls",
        "TOKEN_URL=https://id.example/oauth/token",
        "PASSWORD_FILE=/run/secrets/db",
        "DB_PASSWORD=$(FROM_ELSEWHERE)",
        "DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
        "max_tokens: 4096",
        "imagePullSecrets:",
        "Image pull secrets:  regcred",
        "TokenExpirationSeconds:  3607",
        "\"secretKeyRef\": {\"key\": \"password\", \"name\": \"db\"}",
        "{\"name\": \"DB_PASSWORD\", \"valueFrom\": {\"secretKeyRef\": {\"name\": \"db\"}}}",
        "http://host:8080/path?x=a@b",
        "Liveness probe failed: Get \"http://10.0.0.4:8080/healthz\": dial tcp",
    ];
    lines.into_iter().for_each(check);
}

#[test]
fn variables_are_masked_by_the_name_beside_them() {
    check("env:\n- name: DB_PASSWORD\n  value: «hunter2»\n- name: PORT\n  value: \"80\"\n");
    check("env:\n  - value: «hunter2»\n    name: DB_PASSWORD\n  - name: MODE\n    value: fast\n");
    check("- name: API_TOKEN\n  value: |\n    line\n".replace("|", "«|»").replace("line", "«line»").as_str());
    check(
        "[\n    {\n        \"name\": \"DB_PASSWORD\",\n        \"value\": \"«hunter2»\"\n    },\n    {\n        \"name\": \"PORT\",\n        \"value\": \"80\"\n    }\n]",
    );
    check("{\"env\":[{\"name\":\"PORT\",\"value\":\"80\"},{\"value\":\"«x»\",\"name\":\"API_KEY\"}]}");
    check(r#"last: "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"«hunter2»\"}]}""#);
}

#[test]
fn the_data_of_a_secret_is_masked_by_structure() {
    check("apiVersion: v1\ndata:\n  host: «ZGI=»\n  user: «d2Vi»\nkind: Secret\nmetadata:\n  name: db\n");
    check(
        "items:\n- apiVersion: v1\n  data:\n    host: plain\n  kind: ConfigMap\n- apiVersion: v1\n  kind: Secret\n  stringData:\n    conf: «|»\n      «user: web»\n      «host: db»\n  type: Opaque\n",
    );
    check("kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ndata: «{a: b}»\n");
    check("{\"apiVersion\":\"v1\",\"data\":{\"host\":\"«ZGI=»\"},\"kind\":\"Secret\"}");
    check(
        "{\n    \"items\": [\n        {\n            \"data\": {\n                \"a\": \"«b»\"\n            },\n            \"kind\": \"Secret\"\n        },\n        {\n            \"data\": {\n                \"a\": \"b\"\n            },\n            \"kind\": \"ConfigMap\"\n        }\n    ]\n}",
    );
    check(r#"{"annotations":{"last":"«{\"kind\":\"Secret\",\"data\":{\"a\":\"b\"}}»"}}"#);
}

#[test]
fn a_cut_text_is_masked_when_its_kind_is_unknown() {
    check("{\"apiVersion\":\"v1\",\"data\":{\"host\":\"«ZGI=»\",\"user\":\"«d2Vi»\"");
    check("apiVersion: v1\ndata:\n  host: «ZGI=»\n");
}

#[test]
fn a_private_key_loses_its_body_and_keeps_its_lines() {
    check(
        "a\n-----BEGIN PRIVATE KEY-----\n«MIIEvQIBADANBg»\n  «kqhkiG9w0BAQ==»\n-----END PRIVATE KEY-----\nb\n",
    );
    check("-----BEGIN EC PRIVATE KEY-----\n«MHcCAQEEIE»\nweb-1 is ready (after 3s)\n");
    check("-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBg\n-----END CERTIFICATE-----\n");
}

#[test]
fn a_described_config_map_keeps_what_is_no_secret() {
    check("Data\n====\npassword:\n----\n«hunter2»\n\n«more»\n\nmode:\n----\nfast\n");
}

#[test]
fn lines_and_endings_stay() {
    let text = "a: 1\r\npassword: x\r\n\r\nb\n";
    assert_eq!(redact(text), format!("a: 1\r\npassword: {MASK}\r\n\r\nb\n"));
    assert!(matches!(redact("nothing to hide"), std::borrow::Cow::Borrowed(_)));
    let once = redact("password: hunter2 x\n").into_owned();
    assert_eq!(redact(&once), once);
}

/// Texts on which a careless scanner needs quadratic time; a debug build gets through each in well under a second.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    const REPEATS: usize = 60_000;
    let started = std::time::Instant::now();
    for piece in [
        "\\\"",
        "\"",
        "{",
        "[{\"a\":",
        "password=\"",
        "- ",
        "a:",
        "--a ",
        "eyJ",
        "a://",
        "-----BEGIN PRIVATE KEY-----",
        "=",
        ":",
    ] {
        let text = piece.repeat(REPEATS);
        assert_eq!(redact(&text).lines().count(), 1, "{piece}");
    }
    assert!(started.elapsed().as_secs() < 60, "took {:?}", started.elapsed());
}

proptest::proptest! {
    #[test]
    fn any_text_keeps_its_lines(text in "(?s)[ -~\\n\"\\\\:={}«-]{0,400}") {
        proptest::prop_assert_eq!(redact(&text).matches('\n').count(), text.matches('\n').count());
    }
}
