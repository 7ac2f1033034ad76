use super::*;
use crate::path::{PathText, Rewrite};

#[test]
fn what_is_not_given_stays_as_it_was() {
    let matched = PathMatch::Prefix("/old".to_owned());
    let to = |scheme, host: Option<&str>, port, rewrite: &Rewrite| Redirect {
        scheme,
        host: host.map(str::to_owned),
        port,
        rewrite: rewrite.clone(),
        status: 302,
    };
    let keep = Rewrite::Keep;
    let prefix = Rewrite::ReplacePrefix("/new".to_owned());
    let fixed = Rewrite::ReplacePath(PathText::parse("/here", &matched).unwrap());
    let strip = Rewrite::ReplacePrefix("/".to_owned());
    for (redirect, host, path, expected) in [
        (to(Some("https"), None, None, &keep), "a.test:8080", "/old/x", "https://a.test/old/x?q=1"),
        (to(Some("https"), None, Some(8443), &keep), "[::1]:80", "/old", "https://[::1]:8443/old?q=1"),
        (to(None, Some("b.test"), None, &keep), "a.test", "/old/x", "//b.test/old/x?q=1"),
        (to(None, None, Some(81), &keep), "a.test:80", "/old/x", "//a.test:81/old/x?q=1"),
        (to(None, None, None, &prefix), "", "/old/x", "/new/x?q=1"),
        (to(None, None, None, &fixed), "a.test", "/old/x", "/here?q=1"),
        (to(None, None, None, &strip), "a.test", "/old//evil.test/x", "/evil.test/x?q=1"),
    ] {
        assert_eq!(location(&redirect, &matched, host, path, Some("q=1")).unwrap(), expected);
    }
}

#[test]
fn a_host_that_is_none_is_not_repeated() {
    let matched = PathMatch::Prefix("/".to_owned());
    let redirect =
        Redirect { scheme: Some("https"), host: None, port: None, rewrite: Rewrite::Keep, status: 301 };
    for host in ["", "a/b", "user@a", "a?b"] {
        let refused = location(&redirect, &matched, host, "/", None).unwrap_err();
        assert_eq!(refused.code, Code::BadFraming, "{host}");
    }
}
