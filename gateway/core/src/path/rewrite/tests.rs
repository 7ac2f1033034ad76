use super::*;
use crate::{path::Template, pattern::Pattern};

#[test]
fn a_prefix_is_replaced_at_its_border() {
    for (replacement, prefix, path, expected) in [
        ("/", "/api", "/api/x", "/x"),
        ("/", "/api", "/api", "/"),
        ("/", "/api/", "/api/", "/"),
        ("/v2", "/api", "/api/x", "/v2/x"),
        ("/v2/", "/api", "/api", "/v2"),
        ("/v2", "/", "/x", "/v2/x"),
        ("/", "/", "/x", "/x"),
    ] {
        let rewrite = Rewrite::ReplacePrefix(replacement.to_owned());
        let matched = PathMatch::Prefix(prefix.to_owned());
        assert_eq!(rewrite.apply(&matched, path).unwrap(), expected, "{prefix} -> {replacement} of {path}");
    }
    let matched = PathMatch::Prefix("/api".to_owned());
    assert_eq!(Rewrite::Keep.apply(&matched, "/api/x").unwrap(), "/api/x");
}

#[test]
fn parameters_are_put_where_their_names_stand() {
    let template = |text: &str| PathMatch::Template(Template::parse(text).unwrap());
    let regex = |text: &str| PathMatch::Regex(Pattern::new(text).unwrap());
    for (matched, text, path, expected) in [
        (template("/users/{id}"), "/u/{id}/{id}", "/users/7", "/u/7/7"),
        (template("/files/{rest*}"), "/{rest}", "/files/a/b%20c", "/a/b%20c"),
        (template("/files/{rest*}"), "/f/{rest}", "/files/", "/f/"),
        (template("/{a}/{b}"), "/{b}-{a}", "/x/y", "/y-x"),
        (regex("/v(?P<v>[0-9]+)/(?<rest>.*)"), "/{rest}/{v}", "/v12/a/b", "/a/b/12"),
        (regex("/(?P<a>x)?y"), "/z{a}", "/y", "/z"),
        (template("/{a}"), "/fixed", "/x", "/fixed"),
    ] {
        let rewrite = Rewrite::ReplacePath(PathText::parse(text, &matched).unwrap());
        assert_eq!(rewrite.apply(&matched, path).unwrap(), expected, "{text} of {path}");
    }
}

#[test]
fn parameters_cannot_make_a_path_that_leads_upwards() {
    let matched = PathMatch::Regex(Pattern::new("/(?P<a>.)x(?P<b>.)").unwrap());
    let rewrite = Rewrite::ReplacePath(PathText::parse("/{a}{b}/y", &matched).unwrap());
    assert!(rewrite.apply(&matched, "/.x.").is_err());
    assert_eq!(rewrite.apply(&matched, "/axb").unwrap(), "/ab/y");
}

#[test]
fn a_text_with_a_slip_is_refused() {
    let matched = PathMatch::Template(Template::parse("/{id}").unwrap());
    for text in ["", "x", "/{no}", "/{id", "/id}", "/a?b", "/a b", "/../{id}", "/%61", "/ü"] {
        assert!(PathText::parse(text, &matched).is_err(), "{text}");
    }
    assert!(PathText::parse("/{id}", &PathMatch::Prefix("/".to_owned())).is_err());
}
