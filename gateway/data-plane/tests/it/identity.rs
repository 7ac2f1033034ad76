//! The upstream can believe who calls.

use crate::{
    authentication::CONSUMERS,
    support::{Origin, Setup, header},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

#[tokio::test]
async fn the_caller_is_vouched_for_and_cannot_vouch_for_itself() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let rest = "identity: {header: x-id, key_file: identity.key, ttl_s: 60, issuer: test}
routes:
  - {name: in, match: {path: /in}, cluster: o, auth: {}}
  - {name: maybe, match: {path: /maybe}, cluster: o, auth: {required: false}}
  - {name: silent, match: {path: /silent-about-it}, cluster: o, auth: {}, identity: false}
  - {name: open, match: {path: /open}, cluster: o}
";
    let setup = Setup::start(dir, &format!("{CONSUMERS}{rest}")).await;
    let spoof = "X-Id: eyJzcG9vZiI6MX0";

    setup.send("GET /in", &["X-API-Key: foo", spoof], "").await;
    let seen = origin.last();
    assert_eq!(seen.to_ascii_lowercase().matches("x-id:").count(), 1);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&["test"]);
    let key = DecodingKey::from_secret(&[7; 32]);
    let token = header(&seen, "x-id").unwrap();
    let claims = decode::<serde_json::Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], "ann");
    assert_eq!(claims["project"], "p1");
    assert_eq!(claims["roles"], serde_json::json!(["viewer"]));

    setup.send("GET /in", &["X-API-Key: foo"], "").await;
    assert_eq!(header(&origin.last(), "x-id"), Some(token), "one signature serves many requests");

    for path in ["/maybe", "/open"] {
        setup.send(&format!("GET {path}"), &[spoof], "").await;
        assert_eq!(header(&origin.last(), "x-id"), None, "{path}");
    }
    setup.send("GET /silent-about-it", &["X-API-Key: foo", spoof], "").await;
    assert_eq!(header(&origin.last(), "x-id"), None);
}
