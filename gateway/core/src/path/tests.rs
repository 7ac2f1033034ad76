use super::*;

#[test]
fn a_path_has_one_reading() {
    for (path, expected) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a.b/..c/...", "/a.b/..c/..."),
        ("/%61dmin", "/admin"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%20b", "/a%20b"),
        ("/%7Euser", "/~user"),
        ("//a", "//a"),
    ] {
        assert_eq!(normalise(path).unwrap(), expected, "{path}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    for path in [
        "*",
        "a",
        "/a/../b",
        "/..",
        "/.",
        "/a/./b",
        "/%2e%2E/b",
        "/a/.%2e",
        "/a%2f..%2fb",
        "/a/..;x=1/b",
        "/a\\b",
        "/a%5Cb",
        "/a%00",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%+1",
    ] {
        assert_eq!(normalise(path).unwrap_err().code, Code::BadPath, "{path}");
    }
}

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
        assert_eq!(rewrite.apply(prefix, path), expected, "{prefix} -> {replacement} of {path}");
    }
    assert_eq!(Rewrite::Keep.apply("/api", "/api/x"), "/api/x");
}
