//! Requests reach the right origin, in the right form.

use crate::support::{Origin, Setup, header};

#[tokio::test]
async fn hosts_paths_and_methods_choose_the_origin() {
    let dir = tempfile::tempdir().unwrap();
    let unix = Origin::unix("unix", &dir);
    let (tcp, address) = Origin::tcp("tcp").await;
    let setup = Setup::start(
        dir,
        &format!(
            "clusters:
  - {{name: unix, endpoints: ['unix:DIR/unix.sock']}}
  - {{name: tcp, endpoints: ['{address}']}}
routes:
  - {{name: api, match: {{path_prefix: /api}}, strip_prefix: true, cluster: unix}}
  - {{name: host, match: {{hosts: ['*.gateway.test'], path_prefix: /api}}, cluster: tcp}}
  - {{name: post, match: {{path: /form, methods: [POST]}}, cluster: tcp}}
"
        ),
    )
    .await;

    let answer = setup.get("/api/a%62?q=%2e&r").await;
    assert_eq!((answer.status(), answer.body()), (200, "unix"));
    assert!(unix.last().starts_with("GET /ab?q=%2e&r HTTP/1.1\r\n"), "{}", unix.last());

    let other_host = b"GET /api/x HTTP/1.1\r\nHost: a.gateway.test\r\nConnection: close\r\n\r\n";
    assert_eq!(setup.raw(other_host).await.body(), "tcp");
    assert!(tcp.last().starts_with("GET /api/x HTTP/1.1\r\n"));

    assert_eq!(setup.send("POST /form", &[], "a=b").await.body(), "tcp");
    assert!(tcp.last().ends_with("\r\n\r\na=b"));

    let wrong_method = setup.get("/form").await;
    assert_eq!(wrong_method.problem(), (405, "method_not_allowed".to_owned()));
    assert_eq!(wrong_method.header("allow"), Some("POST"));
    assert_eq!(setup.get("/elsewhere").await.problem(), (404, "no_route".to_owned()));
    assert_eq!(setup.get("/api/%2e%2e/x").await.problem(), (400, "bad_path".to_owned()));
    assert_eq!(setup.send("HEAD /elsewhere", &[], "").await.body(), "", "an answer to HEAD has no body");
}

#[tokio::test]
async fn the_upstream_learns_where_a_request_came_from_and_nothing_it_should_not() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]").await;
    let trace = "0123456789abcdef0123456789abcdef";
    let traceparent = format!("Traceparent: 00-{trace}-0123456789abcdef-01");
    let sent = [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Host: evil.test",
        "Forwarded: for=192.0.2.1",
        "X-Real-IP: 192.0.2.1",
        "X-Request-Id: mine",
        "TE: trailers",
        "X-Hop: secret",
        "Connection: x-hop",
        traceparent.as_str(),
        "Authorization: Basic dTpw",
    ];
    let answer = setup.send("GET /", &sent, "").await;
    assert_eq!(answer.header("x-request-id"), Some("mine"));

    let seen = origin.last();
    let seen = |name| header(&seen, name);
    assert_eq!(seen("host"), Some("gateway.test"));
    assert_eq!(seen("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen("x-forwarded-host"), Some("gateway.test"));
    assert_eq!(seen("x-forwarded-proto"), Some("http"));
    assert_eq!(seen("x-request-id"), Some("mine"));
    for gone in ["forwarded", "x-real-ip", "te", "x-hop", "connection"] {
        assert_eq!(seen(gone), None, "{gone}");
    }
    assert_eq!(seen("traceparent"), traceparent.split_once(": ").map(|(_, value)| value));
    assert_eq!(
        seen("authorization"),
        Some("Basic dTpw"),
        "a route without auth leaves credentials to its upstream"
    );
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /a, target: 'unix:DIR/o.sock'}]").await;
    let mut client = tokio::net::TcpStream::connect(setup.address()).await.unwrap();
    for path in ["/a", "/nothing", "/a"] {
        client.write_all(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let bytes = client.read(&mut answer).await.unwrap();
        assert!(answer[..bytes].starts_with(b"HTTP/1.1 "), "the connection stays open after {path}");
    }
    assert_eq!(origin.requests().len(), 2);
}
