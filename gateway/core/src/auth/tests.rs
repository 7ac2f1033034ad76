use super::*;
use crate::resource::{AuthMethods, AuthRule};
use http::{HeaderName, HeaderValue};

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs =
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    pairs.collect()
}

/// The token `a.b.c` is cal's; `a.k.c` is signed with a key nobody knows.
#[derive(Debug)]
struct Tokens;

impl TokenVerifier for Tokens {
    fn verify(&self, token: &str, _: &[u8; 32], issuers: &[String]) -> Result<Arc<Caller>, TokenError> {
        match token {
            "a.b.c" if issuers.is_empty() => {
                let claims = serde_json::json!({"plan": "gold"}).as_object().unwrap().clone();
                let kind = CallerKind::Jwt("i".to_owned());
                Ok(Arc::new(Caller::new(
                    "cal".to_owned(),
                    String::new(),
                    vec!["writer".to_owned()],
                    claims,
                    kind,
                )))
            }
            "a.k.c" => Err(TokenError::UnknownKey),
            _ => Err(TokenError::Signature),
        }
    }
}

fn keyring() -> Keyring {
    let consumer = Consumer {
        name: "ann".to_owned(),
        project: "default".to_owned(),
        roles: vec!["viewer".to_owned()],
        key_sha256: Some(Sha256::digest(b"k1").into()),
        password_sha256: Some(Sha256::digest(b"pass:word").into()),
    };
    Keyring::new([consumer]).with_tokens(Arc::new(Tokens))
}

fn verdict(policy: &AuthPolicy, lines: &[(&'static str, &'static str)]) -> String {
    let headers = headers(lines);
    match authenticate(policy, &keyring(), &Method::GET, &headers) {
        Verdict::Known(caller) => caller.name.clone(),
        Verdict::Anonymous => "anonymous".to_owned(),
        Verdict::Unknown { sign_in: Some(path), .. } => path,
        Verdict::Unknown { refusal, keys_wanted, .. } => {
            let suffix = if keys_wanted { ", keys wanted" } else { "" };
            format!("{}{suffix}", refusal.code.as_str())
        }
    }
}

#[test]
fn a_key_may_come_in_three_places() {
    let policy = AuthPolicy { required: true, cookie: Some("session".to_owned()), ..AuthPolicy::default() };
    for (lines, expected) in [
        (&[("authorization", "Bearer k1")][..], "ann"),
        (&[("authorization", "bearer  k1")], "ann"),
        (&[("x-api-key", "k1")], "ann"),
        (&[("cookie", "a=b; session=k1")], "ann"),
        (&[("cookie", "session=\"k1\"")], "ann"),
        (&[("authorization", "Basic k1"), ("x-api-key", "k1")], "ann"),
        (&[("authorization", "Bearer k2"), ("x-api-key", "k1")], "unauthenticated"),
        (&[("authorization", "Basic k1")], "unauthenticated"),
        (&[("authorization", "Bearer ")], "unauthenticated"),
        (&[("cookie", "other=k1; xsession=k1")], "unauthenticated"),
        (&[], "unauthenticated"),
    ] {
        assert_eq!(verdict(&policy, lines), expected, "{lines:?}");
    }
}

#[test]
fn what_is_presented_and_wrong_is_refused_even_where_nothing_is_required() {
    let open = |methods| AuthPolicy { methods, cookie: Some("session".to_owned()), ..AuthPolicy::default() };
    let all = AuthMethods { key: true, jwt: true, basic: true };
    let jwt = AuthMethods { key: false, jwt: true, basic: false };
    for (methods, lines, expected) in [
        (all, &[][..], "anonymous"),
        (all, &[("x-api-key", "k1")], "ann"),
        (all, &[("x-api-key", "nobody's")], "unauthenticated"),
        (all, &[("cookie", "session=nobody's")], "unauthenticated"),
        (all, &[("cookie", "other=1")], "anonymous"),
        (all, &[("authorization", "Bearer a.b.c")], "cal"),
        (all, &[("authorization", "Bearer a.x.c")], "unauthenticated"),
        (all, &[("authorization", "Bearer a.k.c")], "unauthenticated, keys wanted"),
        (all, &[("authorization", "Digest x")], "unauthenticated"),
        (all, &[("authorization", "Bearer k1"), ("authorization", "Bearer k1")], "unauthenticated"),
        (all, &[("x-api-key", "k1"), ("x-api-key", "k2")], "unauthenticated"),
        (jwt, &[("authorization", "Bearer k1")], "unauthenticated"),
        (jwt, &[("authorization", "Basic YW5uOnBhc3M6d29yZA==")], "unauthenticated"),
        (jwt, &[("x-api-key", "k1")], "anonymous"),
        (jwt, &[("cookie", "session=a.b.c")], "cal"),
    ] {
        assert_eq!(verdict(&open(methods), lines), expected, "{methods:?} {lines:?}");
    }
}

#[test]
fn passwords_are_for_the_name_they_belong_to() {
    let methods = AuthMethods { key: false, jwt: false, basic: true };
    let policy = AuthPolicy { required: true, methods, ..AuthPolicy::default() };
    for (value, expected) in [
        ("Basic YW5uOnBhc3M6d29yZA==", "ann"),
        ("basic  YW5uOnBhc3M6d29yZA==", "ann"),
        ("Basic YW5uOnBhc3M6d29yZA", "unauthenticated"),
        ("Basic Ym9iOnBhc3M6d29yZA==", "unauthenticated"),
        ("Basic YW5uOg==", "unauthenticated"),
        ("Basic YW5u", "unauthenticated"),
        ("Basic", "unauthenticated"),
        ("Bearer k1", "unauthenticated"),
    ] {
        assert_eq!(verdict(&policy, &[("authorization", value)]), expected, "{value}");
    }
}

#[test]
fn challenges_say_what_would_help() {
    let challenge = |methods, lines: &[(&'static str, &'static str)]| {
        let policy = AuthPolicy { required: true, methods, ..AuthPolicy::default() };
        match authenticate(&policy, &keyring(), &Method::GET, &headers(lines)) {
            Verdict::Unknown { refusal, .. } => refusal.headers[0].1.to_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let basic = AuthMethods { key: false, jwt: false, basic: true };
    let all = AuthMethods { key: true, jwt: true, basic: true };
    assert_eq!(challenge(AuthMethods::default(), &[]), "Bearer");
    assert_eq!(challenge(AuthMethods::default(), &[("x-api-key", "x")]), "Bearer error=\"invalid_token\"");
    assert_eq!(challenge(basic, &[]), "Basic realm=\"agw\", charset=\"UTF-8\"");
    assert_eq!(challenge(all, &[]), "Bearer, Basic realm=\"agw\", charset=\"UTF-8\"");
}

#[test]
fn roles_claims_and_rules() {
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let rule =
        |methods: &[Method], roles: &[&str]| AuthRule { methods: methods.to_vec(), roles: words(roles) };
    let roles = AuthPolicy { roles: words(&["viewer", "writer"]), ..AuthPolicy::default() };
    let claims =
        AuthPolicy { claims: vec![("plan".to_owned(), words(&["silver", "gold"]))], ..AuthPolicy::default() };
    let rules = AuthPolicy {
        rules: vec![rule(&[Method::DELETE], &["admin"]), rule(&[Method::GET], &[]), rule(&[], &["writer"])],
        ..AuthPolicy::default()
    };
    let ring = keyring();
    let ann = ring.by_key.values().next().unwrap();
    let cal = Tokens.verify("a.b.c", &[0; 32], &[]).unwrap();
    for (policy, caller, method, expected) in [
        (&roles, Some(ann), Method::GET, 200),
        (&roles, Some(&cal), Method::GET, 200),
        (&claims, Some(ann), Method::GET, 403),
        (&claims, Some(&cal), Method::GET, 200),
        (&claims, None, Method::GET, 401),
        (&rules, Some(&cal), Method::DELETE, 403),
        (&rules, Some(&cal), Method::POST, 200),
        (&rules, Some(ann), Method::POST, 403),
        (&rules, Some(ann), Method::GET, 200),
        (&rules, Some(ann), Method::HEAD, 200),
        (&rules, None, Method::GET, 200),
        (&rules, None, Method::POST, 401),
        (&rules, None, Method::DELETE, 401),
    ] {
        let status = authorise(policy, caller.map(|caller| &**caller), &method)
            .map_or_else(|refusal| refusal.code.status(), |()| 200);
        assert_eq!(status, expected, "{policy:?} {caller:?} {method}");
    }
    let admin = AuthPolicy { roles: words(&["admin"]), ..AuthPolicy::default() };
    assert_eq!(authorise(&admin, Some(&**ann), &Method::GET).unwrap_err().code, Code::Forbidden);
}

#[test]
fn only_browsers_are_sent_to_sign_in() {
    let policy = AuthPolicy { required: true, sign_in: Some("/sign-in".to_owned()), ..AuthPolicy::default() };
    assert_eq!(verdict(&policy, &[("accept", "application/xhtml+xml, text/html;q=0.9")]), "/sign-in");
    assert_eq!(verdict(&policy, &[("accept", "application/json")]), "unauthenticated");
    assert_eq!(verdict(&policy, &[]), "unauthenticated");
    let html = headers(&[("accept", "text/html")]);
    let post = authenticate(&policy, &keyring(), &Method::POST, &html);
    assert!(
        matches!(post, Verdict::Unknown { sign_in: None, .. }),
        "a form must not be answered with a redirect"
    );
}

#[test]
fn one_cookie_is_taken_out_and_the_others_stay() {
    for (value, expected) in [
        ("session=1", None),
        ("a=1; session=2; b=3", Some("a=1; b=3")),
        ("session=1;session=2", None),
        ("sessions=1", Some("sessions=1")),
        ("", None),
    ] {
        assert_eq!(without_cookie(value, "session").as_deref(), expected, "{value}");
    }
}
