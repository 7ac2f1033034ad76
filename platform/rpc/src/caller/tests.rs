use super::{Caller, CallerKey};
use crate::Code;
use foundation::secret::Secret;

fn key(byte: &str) -> CallerKey {
    CallerKey::from_hex(&Secret::new(byte.repeat(32))).unwrap()
}

#[test]
fn a_token_proves_its_caller_to_holders_of_the_key_only() {
    let caller = Caller::service("orchestrator", "default");
    let token = key("ab").mint(&caller).unwrap();
    assert_eq!(key("ab").verify(token.to_str().unwrap()).unwrap(), caller);
    assert_eq!(key("cd").verify(token.to_str().unwrap()).unwrap_err().code, Code::Unauthenticated);
    assert_eq!(key("ab").verify("nonsense").unwrap_err().code, Code::Unauthenticated);
}

#[test]
fn a_token_without_signature_or_expiry_proves_nothing() {
    use jsonwebtoken::{EncodingKey, Header};
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhZ3ciLCJzdWIiOiJ4IiwicHJvamVjdCI6InAiLCJyb2xlcyI6WyJhZG1pbiJdLCJleHAiOjk5OTk5OTk5OTl9.";
    assert!(key("ab").verify(none).is_err());
    let claims =
        serde_json::json!({ "iss": "agw", "sub": "x", "project": "p", "roles": ["admin"], "iat": 0 });
    let secret = EncodingKey::from_secret(&[0xab; 32]);
    let eternal = jsonwebtoken::encode(&Header::default(), &claims, &secret).unwrap();
    assert!(key("ab").verify(&eternal).is_err());
}

#[test]
fn a_role_that_does_not_fit_is_named() {
    let viewer = Caller { name: "ana".into(), project: "p".into(), roles: vec!["viewer".into()] };
    viewer.require(&["viewer", "admin"]).unwrap();
    let problem = viewer.require(&["operator", "admin"]).unwrap_err();
    assert_eq!(problem.status, 403);
    assert!(problem.detail.contains("operator, admin"), "{}", problem.detail);
}
