use super::*;
use http::{HeaderName, HeaderValue};

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs =
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    pairs.collect()
}

fn keyring() -> Keyring {
    Keyring::new([Consumer {
        name: "ann".to_owned(),
        project: "default".to_owned(),
        roles: vec!["viewer".to_owned()],
        key_sha256: Sha256::digest(b"k1").into(),
    }])
}

fn verdict(policy: &AuthPolicy, lines: &[(&'static str, &'static str)]) -> String {
    match authenticate(policy, &keyring(), &Method::GET, &headers(lines)) {
        Verdict::Known(consumer) => consumer.name.clone(),
        Verdict::Anonymous => "anonymous".to_owned(),
        Verdict::SignIn(path) => path,
        Verdict::Refused(refusal, _) => refusal.code.as_str().to_owned(),
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
fn roles_and_optional_keys() {
    let needs =
        |role: &str| AuthPolicy { required: true, roles: vec![role.to_owned()], ..AuthPolicy::default() };
    let key = [("x-api-key", "k1")];
    assert_eq!(verdict(&needs("viewer"), &key), "ann");
    assert_eq!(verdict(&needs("admin"), &key), "forbidden");
    assert_eq!(verdict(&AuthPolicy::default(), &key), "ann");
    assert_eq!(verdict(&AuthPolicy::default(), &[("x-api-key", "nobody's")]), "anonymous");
}

#[test]
fn only_browsers_are_sent_to_sign_in() {
    let policy = AuthPolicy { required: true, sign_in: Some("/sign-in".to_owned()), ..AuthPolicy::default() };
    assert_eq!(verdict(&policy, &[("accept", "application/xhtml+xml, text/html;q=0.9")]), "/sign-in");
    assert_eq!(verdict(&policy, &[("accept", "application/json")]), "unauthenticated");
    assert_eq!(verdict(&policy, &[]), "unauthenticated");
    let html = headers(&[("accept", "text/html")]);
    let post = authenticate(&policy, &keyring(), &Method::POST, &html);
    assert!(matches!(post, Verdict::Refused(..)), "a form must not be answered with a redirect");
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
