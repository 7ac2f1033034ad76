use super::*;
use serde_json::json;

fn caller(claims: &Value) -> Caller {
    let claims = claims.as_object().unwrap().clone();
    Caller::new("ann".to_owned(), "p".to_owned(), vec!["a".to_owned()], claims, CallerKind::Key)
}

#[test]
fn claims_are_found_by_name_and_by_dots() {
    let caller = caller(&json!({
        "plan": "gold", "level": 3, "ok": true, "groups": ["a", 1, {"x": 1}, null],
        "realm": {"roles": ["r"]}, "https://a.b/c": "whole", "nothing": null,
    }));
    for (name, expected) in [
        ("plan", &["gold"][..]),
        ("level", &["3"]),
        ("ok", &["true"]),
        ("groups", &["a", "1"]),
        ("realm.roles", &["r"]),
        ("https://a.b/c", &["whole"]),
        ("nothing", &[]),
        ("plan.x", &[]),
        ("", &[]),
    ] {
        assert_eq!(caller.claim_values(name).collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn callers_that_differ_have_different_fingerprints() {
    let make = |name: &str, project: &str, roles: &[&str], kind| {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Caller::new(name.to_owned(), project.to_owned(), roles, Map::new(), kind).fingerprint
    };
    let base = make("a", "b", &["c"], CallerKind::Key);
    assert_eq!(base, make("a", "b", &["c"], CallerKind::Key));
    for other in [
        make("ab", "", &["c"], CallerKind::Key),
        make("a", "b", &["c", ""], CallerKind::Key),
        make("a", "b", &["c"], CallerKind::Basic),
        make("a", "b", &["c"], CallerKind::Jwt(String::new())),
    ] {
        assert_ne!(base, other);
    }
}
