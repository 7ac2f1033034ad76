//! What an upstream says for one hop, and answers that end where nobody can tell.

use crate::support::Setup;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Answers everything with these bytes and closes.
async fn start(answer: &'static str) -> Setup {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let dir = tempfile::tempdir().unwrap();
    Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{address}'}}]")).await
}

#[tokio::test]
async fn the_client_does_not_see_what_was_for_the_gateway() {
    let setup = start(
        "HTTP/1.1 200 OK\r\nConnection: X-Local, close\r\nX-Local: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2\r\n\
         Proxy-Connection: close\r\nTrailer: X-Sum\r\nTE: trailers\r\nX-Far: 1\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    )
    .await;
    let answer = setup
        .raw(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    let (first, _) = answer.0.split_once("\r\n\r\n").unwrap();
    let first = format!("{}\r\n", first.to_ascii_lowercase());
    for name in ["x-local", "keep-alive:", "upgrade", "proxy-connection", "trailer", "\r\nte:"] {
        assert!(!first.contains(name), "{name}: {first}");
    }
    assert!(
        first.contains("\r\nx-far: 1\r\n") && first.contains("\r\ntransfer-encoding: chunked\r\n"),
        "{first}"
    );
    // Our own word on the connection, and only that.
    assert_eq!(first.matches("\r\nconnection: ").count(), 1);
    assert!(first.contains("\r\nconnection: keep-alive\r\n"), "{first}");
    assert!(!answer.0.contains("X-Sum"), "{}", answer.0);
}

#[tokio::test]
async fn an_answer_with_two_readings_is_not_handed_on() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nbod",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nbod",
        "HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nX\0: a\r\nContent-Length: 3\r\n\r\nbod",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "not HTTP at all\r\n\r\n",
    ] {
        let setup = start(answer).await;
        let got = setup.get("/").await;
        assert_eq!(got.problem(), (502, "upstream_failed".to_owned()), "{answer:?}");
        assert!(!got.0.contains("\r\n\r\nbod"), "{answer:?}");
    }
}

/// RFC 9112, section 5.2 leaves the choice; a client must never see the fold.
#[tokio::test]
async fn a_folded_header_is_unfolded() {
    let setup = start("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc").await;
    let answer = setup.get("/").await;
    assert_eq!((answer.header("x"), answer.body()), (Some("a b"), "abc"));
}

/// What is left of the ambiguity is resolved as RFC 9112, section 6.3 says, and the client sees one framing.
#[tokio::test]
async fn an_answer_with_both_framings_has_one_for_the_client() {
    let setup = start(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    )
    .await;
    let answer = setup.get("/").await;
    let framings = (answer.header("content-length").is_some(), answer.header("transfer-encoding").is_some());
    assert!(answer.status() == 502 || framings == (false, true), "{}", answer.0);
}
