use super::*;
use agw_config::config::SigningKey;
use jsonwebtoken::{DecodingKey, Validation, decode};

#[test]
fn a_token_is_reused_until_half_of_its_time_is_over() {
    let signer = Signer::new(Identity {
        header: HeaderName::from_static("x-id"),
        key: SigningKey(vec![7; 32]),
        ttl: Duration::from_secs(60),
        issuer: "gw".to_owned(),
    });
    let caller = |name: &str, issuer: &str| {
        let kind = CallerKind::Jwt(issuer.to_owned());
        Caller::new(name.to_owned(), "p".to_owned(), vec!["viewer".to_owned()], Default::default(), kind)
    };
    let ann = caller("ann", "i");
    let (start, today) = (Instant::now(), SystemTime::now());
    let after = |s| signer.at(&ann, start + Duration::from_secs(s), today + Duration::from_secs(s)).unwrap();
    let first = after(0);
    assert_eq!(first, after(29));
    assert_ne!(first, after(30));
    let other = signer.at(&caller("ann", "j"), start, today).unwrap();
    assert_ne!(first, other, "two issuers may each have an ann");
    assert!(!format!("{first:?}").contains("ey"), "logs must not show it");

    let claims: serde_json::Value = decode(
        first.to_str().unwrap(),
        &DecodingKey::from_secret(&[7; 32]),
        &Validation::new(Algorithm::HS256),
    )
    .unwrap()
    .claims;
    assert_eq!(claims["iss"], "gw");
    assert_eq!(claims["sub"], "ann");
    assert_eq!(claims["via"], "jwt:i");
    assert_eq!(claims["project"], "p");
    assert_eq!(claims["roles"], serde_json::json!(["viewer"]));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
}
