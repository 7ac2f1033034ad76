use super::*;

fn route() -> NewRoute {
    "path=/x,target=http://127.0.0.1:3000,strip_prefix=true,owner=ann".parse().unwrap()
}

const LINE: &str =
    r#"- {"path":"/x","target":"http://127.0.0.1:3000","strip_prefix":true,"meta":{"owner":"ann"}}"#;

#[test]
fn the_text_stays_as_it_is_but_for_one_line() {
    for (before, after) in [
        (
            "# mine\nproxy_routes:\n  # first\n  - path: /a # why\n    target: http://a\n\n# then\ndrain_ms: 1\n",
            "# mine\nproxy_routes:\n  # first\n  - path: /a # why\n    target: http://a\n  LINE\n\n# then\ndrain_ms: 1\n",
        ),
        (
            "proxy_routes: # all\n- {path: /a, target: http://a}",
            "proxy_routes: # all\n- {path: /a, target: http://a}\nLINE\n",
        ),
        ("drain_ms: 1", "drain_ms: 1\nproxy_routes:\n  LINE\n"),
        ("", "proxy_routes:\n  LINE\n"),
    ] {
        assert_eq!(route().added_to(before).unwrap(), after.replace("LINE", LINE), "{before}");
    }
}

#[test]
fn what_cannot_be_changed_in_one_place_is_left_to_a_person() {
    for text in [
        "proxy_routes: [{path: /a, target: http://a}]\n",
        "proxy_routes:\n  [{path: /a, target: http://a}]\n",
        "{proxy_routes: [{path: /a, target: http://a}]}\n",
        "{\"drain_ms\": 1}\n",
        "---\ndrain_ms: 1\n...\n",
    ] {
        let error = route().added_to(text).unwrap_err().to_string();
        assert!(error.contains("by hand"), "{text}: {error}");
    }
    let broken = route().added_to("rooutes: []").unwrap_err().to_string();
    assert!(broken.contains("rooutes: unknown field"), "{broken}");
}

#[test]
fn a_description_that_is_not_clear_is_refused() {
    for (text, expected) in [
        ("path=/x", "are needed"),
        ("target=http://a", "are needed"),
        ("path=/x,target=http://a,wait=1", "\"wait\" is not known"),
        ("path=/x,target", "KEY=VALUE"),
        ("path=/x,target=http://a,strip_prefix=yes", "true or false"),
    ] {
        let error = text.parse::<NewRoute>().unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
