use super::documented;
use crate::{
    scripted::{Reply, Scripted},
    support::{Setup, header},
};

#[tokio::test]
async fn paths_and_hosts_are_rewritten() {
    let app = Scripted::named("app").await;
    let setup = documented("Rewriting", &[&app]).await;
    for (path, expected, host) in [
        ("/app/x?q=%2e", "/x?q=%2e", "gateway.test"),
        ("/app", "/", "gateway.test"),
        ("/old/x", "/new/x", "gateway.test"),
        ("/users/7/files/a%20b/c?q", "/v2/a%20b/c/of/7?q", "gateway.test"),
        ("/v12/status", "/status/12", "status.internal:8080"),
    ] {
        assert_eq!(setup.get(path).await.status(), 200, "{path}");
        let seen = app.last();
        assert!(seen.starts_with(&format!("GET {expected} HTTP/1.1\r\n")), "{path}: {seen}");
        assert_eq!(header(&seen, "host"), Some(host), "{path}");
        assert_eq!(header(&seen, "x-forwarded-host"), Some("gateway.test"), "{path}");
    }
}

#[tokio::test]
async fn headers_are_changed_on_both_ways() {
    let app = Scripted::start(|_, _| Reply::Answer(200, "Server: secret\r\nServer: more\r\n", "app")).await;
    let setup = documented("Changing headers", &[&app]).await;
    let answer = setup.send("GET /", &["Cookie: a=b", "X-Tenant: evil", "X-Seen-By: other"], "").await;
    assert_eq!(answer.header("server"), None);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    let seen = app.last();
    assert_eq!(header(&seen, "cookie"), None);
    assert_eq!(header(&seen, "x-tenant"), Some("acme"));
    assert_eq!(header(&seen, "authorization"), Some("Basic dTpw"));
    let seen_by = seen.lines().filter(|line| line.to_ascii_lowercase().starts_with("x-seen-by:"));
    assert_eq!(seen_by.count(), 2, "{seen}");
}

#[tokio::test]
async fn clients_are_sent_elsewhere() {
    let setup = documented("Redirecting", &[]).await;
    for (host, path, status, location) in [
        ("www.example.com:8080", "/a?b", 308, "https://www.example.com/a?b"),
        ("x.test", "/blog/2024/?p=1", 302, "//blog.example.com/2024/?p=1"),
        ("x.test", "/article/7", 301, "/articles/7"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = setup.raw(request.as_bytes()).await;
        assert_eq!((answer.status(), answer.header("location")), (status, Some(location)), "{path}");
        assert_eq!(answer.problem(), (status, "redirect".to_owned()), "for who does not follow");
    }
}

#[tokio::test]
async fn routes_answer_by_themselves() {
    let setup = documented("Answering directly", &[]).await;
    let robots = setup.get("/robots.txt").await;
    assert_eq!((robots.status(), robots.body()), (200, "User-agent: *\nDisallow: /\n"));
    assert_eq!(robots.header("content-type"), Some("text/plain; charset=utf-8"));
    let closed = setup.send("POST /", &[], "ignored").await;
    assert_eq!((closed.status(), closed.body()), (503, r#"{"closed":true}"#));
    assert_eq!(closed.header("content-type"), Some("application/json"));
    assert_eq!(closed.header("retry-after"), Some("3600"));
    let head = setup.send("HEAD /", &[], "").await;
    assert_eq!((head.body(), head.header("content-length")), ("", Some("15")));
}

#[tokio::test]
async fn an_answer_without_content_has_no_length() {
    let yaml = "routes: [{name: r, respond: {status: 204}}]";
    let setup = Setup::start(tempfile::tempdir().unwrap(), yaml).await;
    let answer = setup.get("/").await;
    assert_eq!((answer.status(), answer.header("content-length"), answer.body()), (204, None, ""));
}

#[tokio::test]
async fn the_short_form_does_what_its_long_form_does() {
    let (one, other) = (Scripted::named("one").await, Scripted::named("other").await);
    let setup = documented("The short form", &[&one, &other]).await;
    for _ in 0..8 {
        assert_eq!(setup.get("/api/x").await.status(), 200);
    }
    for origin in [&one, &other] {
        let seen = origin.last();
        assert!(seen.starts_with("GET /v1/x HTTP/1.1\r\n"), "{seen}");
        assert_eq!(header(&seen, "x-via"), Some("agw"));
    }
    assert_eq!(setup.send("DELETE /api/x", &[], "").await.problem(), (405, "method_not_allowed".to_owned()));
}
