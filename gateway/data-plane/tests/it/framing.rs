//! What could be read in two ways reaches no origin.

use crate::support::{Origin, Setup};

#[tokio::test]
async fn ambiguous_requests_are_refused_before_any_origin_sees_them() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]").await;
    for bytes in [
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
    ] {
        let answer = setup.raw(bytes.as_bytes()).await;
        assert_eq!(answer.status(), 400, "{bytes:?}");
        assert_eq!(answer.0.matches("HTTP/1.1 ").count(), 1, "nothing after it is answered: {bytes:?}");
    }
    assert_eq!(origin.requests(), Vec::<String>::new());

    let told = setup.raw(b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(told.problem(), (400, "bad_framing".to_owned()));
    assert!(told.body().contains("the Host header is missing"));
    assert_eq!(setup.get("/").await.status(), 200);
}
