use super::*;

#[test]
fn a_template_covers_whole_segments() {
    for (template, path, value) in [
        ("/users/{id}", "/users/7", Some("7")),
        ("/users/{id}", "/users/7/", None),
        ("/users/{id}", "/users/", None),
        ("/users/{id}", "/users", None),
        ("/users/{id}/", "/users/7/", Some("7")),
        ("/users/{id}/x", "/users/7/x", Some("7")),
        ("/users/{id}/x", "/users/7/y", None),
        ("/{id}", "/", None),
        ("/{id*}", "/", Some("")),
        ("/{id*}", "/a/b/", Some("a/b/")),
        ("/a/{id*}", "/a", None),
        ("/a/{id*}", "/a/", Some("")),
        ("/a//{id}", "/a//b", Some("b")),
        ("/a/{id}", "/a/b%2Fc", Some("b%2Fc")),
    ] {
        let parsed = Template::parse(template).unwrap();
        assert_eq!(parsed.value("id", path), value, "{template} {path}");
        assert_eq!(parsed.matches(path), value.is_some(), "{template} {path}");
        assert_eq!(parsed.to_string(), template);
    }
}

#[test]
fn a_template_with_a_slip_is_refused() {
    let deep = "/x".repeat(40) + "/{id}";
    for text in
        ["", "a", "/a", "/a{id}", "/{id}b", "/{}", "/{*}", "/{1d}", "/{a}/{a}", "/{a*}/b", "/{a", &deep]
    {
        assert!(Template::parse(text).is_err(), "{text}");
    }
}
