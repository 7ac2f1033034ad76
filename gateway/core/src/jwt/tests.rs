use super::*;
use serde_json::json;

const NOW_S: u64 = 1_000_000;

fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| (bits << 8) | u32::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..=group.len() {
            text.push(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63].into());
        }
    }
    text
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", encode(header.as_bytes()), encode(claims.as_bytes()))
}

fn policy() -> TokenPolicy {
    TokenPolicy {
        name: "idp".to_owned(),
        issuer: Some("https://idp".to_owned()),
        audiences: vec!["us".to_owned(), "them".to_owned()],
        algorithms: Vec::new(),
        roles_claim: "realm.roles".to_owned(),
        project_claim: "project".to_owned(),
        leeway_s: 30,
    }
}

#[test]
fn hostile_shapes_are_refused() {
    let plain = r#"{"alg":"ES256"}"#;
    let good = token(plain, "{}");
    for (text, expected) in [
        (good.clone(), None),
        (token(r#"{"alg":"ES256","kid":"a","typ":"JWT","jku":"https://evil"}"#, "{}"), None),
        (token(r#"{"alg":"none"}"#, "{}"), Some(TokenError::Algorithm)),
        (token(r#"{"alg":"None"}"#, "{}"), Some(TokenError::Algorithm)),
        (token(r#"{"alg":"es256"}"#, "{}"), Some(TokenError::Algorithm)),
        (token(r#"{"alg":["ES256"]}"#, "{}"), Some(TokenError::Malformed)),
        (token(r#"{"kid":"a"}"#, "{}"), Some(TokenError::Malformed)),
        (token(r#"{"alg":"ES256","alg":"HS256"}"#, "{}"), Some(TokenError::Malformed)),
        (token(r#"{"alg":"ES256","\u0061lg":"HS256"}"#, "{}"), Some(TokenError::Malformed)),
        (token(r#"{"alg":"ES256","kid":7}"#, "{}"), Some(TokenError::Malformed)),
        (token(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}"), Some(TokenError::Critical)),
        (token(r#"{"alg":"ES256","crit":[]}"#, "{}"), Some(TokenError::Critical)),
        (token(plain, "[]"), Some(TokenError::Malformed)),
        (token(plain, r#"{"sub":"a","sub":"b"}"#), Some(TokenError::Malformed)),
        (token(plain, "{} "), None),
        (token(plain, "{}x"), Some(TokenError::Malformed)),
        (token(plain, &"[".repeat(5000)), Some(TokenError::Malformed)),
        (format!("{good}."), Some(TokenError::Malformed)),
        (format!(".{good}"), Some(TokenError::Malformed)),
        (good.replace(".c2ln", "."), Some(TokenError::Signature)),
        (good.replace(".c2ln", ""), Some(TokenError::Malformed)),
        (format!("{}=.e30.x", encode(plain.as_bytes())), Some(TokenError::Malformed)),
        ("..".to_owned(), Some(TokenError::Malformed)),
        (String::new(), Some(TokenError::Malformed)),
        ("a".repeat(TOKEN_BYTES_MAX + 1), Some(TokenError::TooLong)),
    ] {
        assert_eq!(Token::parse(&text).err(), expected, "{text}");
    }
}

#[test]
fn claims_are_checked_with_leeway() {
    let base = json!({"iss": "https://idp", "aud": "us", "sub": "ann", "exp": NOW_S + 60});
    let verdict = |changes: Value| {
        let mut claims = base.as_object().unwrap().clone();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        let revoked = Revoked::parse("# gone\n\nt-1 \nsub: bob\n");
        check(&policy(), &revoked, claims, NOW_S).map(|(_, until)| until)
    };
    for (changes, expected) in [
        (json!({}), Ok(NOW_S + 90)),
        (json!({"exp": NOW_S - 29}), Ok(NOW_S + 1)),
        (json!({"exp": NOW_S - 30}), Err(TokenError::Expired)),
        (json!({"exp": 1_000_060.9}), Ok(NOW_S + 90)),
        (json!({"exp": 1e300}), Ok(u64::MAX)),
        (json!({"exp": -1}), Err(TokenError::Malformed)),
        (json!({"exp": "never"}), Err(TokenError::Malformed)),
        (json!({"exp": null}), Err(TokenError::NoExpiry)),
        (json!({"nbf": NOW_S + 30}), Ok(NOW_S + 90)),
        (json!({"nbf": NOW_S + 31}), Err(TokenError::NotYetValid)),
        (json!({"nbf": "x"}), Err(TokenError::Malformed)),
        (json!({"iss": "https://idp/"}), Err(TokenError::Issuer)),
        (json!({"iss": null}), Err(TokenError::Issuer)),
        (json!({"iss": ["https://idp"]}), Err(TokenError::Issuer)),
        (json!({"aud": ["x", "them"]}), Ok(NOW_S + 90)),
        (json!({"aud": "x"}), Err(TokenError::Audience)),
        (json!({"aud": null}), Err(TokenError::Audience)),
        (json!({"sub": null}), Err(TokenError::Subject)),
        (json!({"sub": ""}), Err(TokenError::Subject)),
        (json!({"sub": "a\nb"}), Err(TokenError::Subject)),
        (json!({"sub": "a".repeat(257)}), Err(TokenError::Subject)),
        (json!({"sub": "bob"}), Err(TokenError::Revoked)),
        (json!({"jti": "t-1"}), Err(TokenError::Revoked)),
        (json!({"jti": "t-2"}), Ok(NOW_S + 90)),
    ] {
        assert_eq!(verdict(changes.clone()), expected, "{changes}");
    }
}

#[test]
fn roles_and_project_come_from_claims() {
    let caller = |more: Value| {
        let mut claims = more.as_object().unwrap().clone();
        claims.extend(
            json!({"iss": "https://idp", "aud": "us", "sub": "ann", "exp": NOW_S + 60})
                .as_object()
                .unwrap()
                .clone(),
        );
        check(&policy(), &Revoked::default(), claims, NOW_S).unwrap().0
    };
    let ann = caller(json!({"realm": {"roles": ["a", 1, "b"]}, "project": "p"}));
    assert_eq!((ann.name.as_str(), ann.project.as_str()), ("ann", "p"));
    assert_eq!(ann.roles, ["a", "b"]);
    assert_eq!(ann.kind, CallerKind::Jwt("idp".to_owned()));
    assert_eq!(caller(json!({"realm": {"roles": " a  b "}})).roles, ["a", "b"]);
    assert!(caller(json!({"realm": "x", "project": 7})).roles.is_empty());
}

#[test]
fn a_key_set_says_what_its_keys_are_for() {
    let (n, x32, x48) = (encode(&[0xc1; 256]), encode(&[7; 32]), encode(&[7; 48]));
    let set = json!({"keys": [
        {"kty": "RSA", "kid": "r", "n": n, "e": "AQAB", "alg": "RS256", "use": "sig"},
        {"kty": "RSA", "n": n, "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": x32, "y": x32, "kid": "e", "key_ops": ["verify"]},
        {"kty": "EC", "crv": "P-384", "x": x48, "y": x48},
        {"kty": "OKP", "crv": "Ed25519", "x": x32},
        {"kty": "RSA", "n": n, "e": "AQAB", "use": "enc"},
        {"kty": "RSA", "n": encode(&[0xc1; 128]), "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": x48, "y": x32},
        {"kty": "EC", "crv": "P-256", "x": x32, "y": x32, "alg": "HS256"},
        {"kty": "EC", "crv": "secp256k1", "x": x32, "y": x32},
        {"kty": "oct", "k": x32},
        {"kty": "EC", "crv": "P-256", "x": x32, "y": x32, "key_ops": ["sign"]},
        7,
    ]});
    let parsed = jwks::parse(set.to_string().as_bytes()).unwrap();
    let algorithms: Vec<String> = parsed
        .keys
        .iter()
        .map(|key| format!("{:?} {}", key.id.as_deref().unwrap_or("-"), key.algorithms.len()))
        .collect();
    assert_eq!(algorithms, ["\"r\" 1", "\"-\" 6", "\"e\" 1", "\"-\" 1", "\"-\" 1"]);
    assert_eq!(parsed.skipped.len(), 8, "{:#?}", parsed.skipped);
    for broken in ["", "[]", "{}", r#"{"keys": 1}"#, r#"{"keys": []}"#, r#"{"keys": [{"kty": "oct"}]}"#] {
        assert!(jwks::parse(broken.as_bytes()).is_err(), "{broken}");
    }
}
