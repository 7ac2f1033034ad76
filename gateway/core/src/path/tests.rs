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
