//! Who may pass.

use crate::support::{Origin, Setup, header};
use tempfile::TempDir;

/// The SHA-256 of `foo` and of `bar`.
pub(crate) const CONSUMERS: &str = "consumers:
  - {name: ann, project: p1, roles: [viewer], key_sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae}
  - {name: bob, project: p2, roles: [admin], key_sha256: fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9}
clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
";

async fn start(dir: TempDir) -> Setup {
    let routes = "routes:
  - {name: api, match: {path_prefix: /api}, cluster: o, auth: {roles: [viewer], cookie: session}}
  - {name: ui, match: {path_prefix: /}, cluster: o, auth: {cookie: session, sign_in: /sign-in}}
  - {name: sign-in, match: {path: /sign-in}, cluster: o}
  - {name: maybe, match: {path: /maybe}, cluster: o, auth: {required: false}}
";
    Setup::start(dir, &format!("{CONSUMERS}{routes}")).await
}

#[tokio::test]
async fn only_known_keys_with_the_role_pass() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = start(dir).await;
    for (headers, expected) in [
        (&["Authorization: Bearer foo"][..], 200),
        (&["X-API-Key: foo"], 200),
        (&["Cookie: a=b; session=foo; c=d"], 200),
        (&["Authorization: Bearer bar"], 403),
        (&["Authorization: Bearer nobody's"], 401),
        (&["Authorization: Basic foo"], 401),
        (&[], 401),
    ] {
        assert_eq!(setup.send("GET /api", headers, "").await.status(), expected, "{headers:?}");
    }
    assert_eq!(origin.requests().len(), 3);
    for request in origin.requests() {
        assert!(!request.contains("foo"), "the key stays with the gateway: {request}");
    }
    assert_eq!(header(&origin.last(), "cookie"), Some("a=b; c=d"));

    let refused = setup.get("/api").await;
    assert_eq!(refused.problem(), (401, "unauthenticated".to_owned()));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let forbidden = setup.send("GET /api", &["X-API-Key: bar"], "").await;
    assert_eq!(forbidden.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn browsers_are_sent_to_sign_in_and_programs_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = start(dir).await;
    let html = ["Accept: text/html,application/xhtml+xml"];
    let sent = setup.send("GET /page", &html, "").await;
    assert_eq!((sent.status(), sent.header("location")), (303, Some("/sign-in")));
    assert_eq!(setup.send("POST /page", &html, "a=b").await.status(), 401);
    assert_eq!(setup.get("/page").await.status(), 401);
    assert_eq!(setup.send("GET /sign-in", &html, "").await.status(), 200);
    let signed_in = ["Accept: text/html", "Cookie: session=bar"];
    assert_eq!(setup.send("GET /page", &signed_in, "").await.status(), 200);
}

#[tokio::test]
async fn an_optional_key_is_optional() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = start(dir).await;
    assert_eq!(setup.get("/maybe").await.status(), 200);
    let wrong = setup.send("GET /maybe", &["X-API-Key: unknown"], "").await;
    assert_eq!(wrong.status(), 401, "who presents a wrong key would otherwise be served as somebody else");
}
