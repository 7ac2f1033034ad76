//! Upstreams that break in every way we could think of. Whatever they do: the client gets the right status or an answer that is
//! visibly cut off, nothing hangs, and the next request gets its own answer.

use crate::{
    clusters::documented,
    support::{Answer, DEADLINE, Setup, header},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// A server whose paths are faults; `/own/…` answers with its own path and keeps the connection.
async fn broken_origin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn serve(mut stream: TcpStream) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        if path == "/deaf" {
            std::future::pending::<()>().await;
        }
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let (bytes, then) = fault(&path);
        if stream.write_all(bytes.as_bytes()).await.is_err() {
            return;
        }
        match then {
            Then::Keep => {}
            Then::Close => return,
            Then::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Then::Silence => std::future::pending().await,
            Then::CloseSoon => {
                // The answer has left, and the gateway has put the connection aside.
                tokio::time::sleep(Duration::from_millis(20)).await;
                return;
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Then {
    Keep,
    Close,
    CloseSoon,
    Reset,
    Silence,
}

fn fault(path: &str) -> (String, Then) {
    let full = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (bytes, then) = match path {
        "/close" => ("", Then::Close),
        "/reset" => ("", Then::Reset),
        "/half-head-close" => ("HTTP/1.1 200 OK\r\nContent-Le", Then::Close),
        "/half-head-reset" => ("HTTP/1.1 200 OK\r\nContent-Le", Then::Reset),
        "/half-head-silence" => ("HTTP/1.1 200 OK\r\nContent-Le", Then::Silence),
        "/silence" => ("", Then::Silence),
        "/garbage" => ("\u{1}\u{2}garbage\r\n\r\n", Then::Silence),
        "/not-http" => ("SSH-2.0-OpenSSH_9.2\r\n", Then::Silence),
        "/bad-status" => ("HTTP/1.1 2x0 OK\r\n\r\n", Then::Silence),
        "/two-lengths" => {
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", Then::Keep)
        }
        "/bad-length" => ("HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nab", Then::Keep),
        "/short-close" => ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", Then::Close),
        "/short-reset" => ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", Then::Reset),
        "/short-silence" => ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", Then::Silence),
        "/long" => (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            Then::Keep,
        ),
        "/head-only-close" => ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Then::Close),
        "/until-reset" => ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome", Then::Reset),
        "/events-close" => (
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n",
            Then::Close,
        ),
        "/chunks-close" => return (format!("{chunked}3\r\nabc\r\n"), Then::Close),
        "/chunks-reset" => return (format!("{chunked}3\r\nabc\r\n"), Then::Reset),
        "/chunks-silence" => return (format!("{chunked}3\r\nabc\r\n"), Then::Silence),
        "/chunks-cut" => return (format!("{chunked}9\r\nabc"), Then::Close),
        "/chunks-garbage" => return (format!("{chunked}xyz\r\nabc\r\n0\r\n\r\n"), Then::Keep),
        "/own/then-close" => return (full(path), Then::CloseSoon),
        own => return (full(own), Then::Keep),
    };
    (bytes.to_owned(), then)
}

async fn setup(origin: &str) -> Setup {
    let yaml = format!(
        "workers: 1
clusters: [{{name: c, endpoints: ['{origin}']}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c, timeout_ms: 300}}]
"
    );
    Setup::start(tempfile::tempdir().unwrap(), &yaml).await
}

/// Bytes until the connection ends, in whichever way.
async fn exchange(setup: &Setup, request: &str) -> Answer {
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    let head = format!("{request} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = async { while matches!(client.read_buf(&mut answer).await, Ok(1..)) {} };
    timeout(DEADLINE, read).await.expect("nothing hangs");
    Answer(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether a client can tell that there should be more.
fn is_visibly_cut(answer: &Answer) -> bool {
    match (answer.header("content-length"), answer.header("transfer-encoding")) {
        (Some(length), _) => answer.body().len() < length.parse().unwrap(),
        (None, Some(_)) => !answer.body().ends_with("0\r\n\r\n"),
        (None, None) => false,
    }
}

async fn next_has_its_own(setup: &Setup, after: &str) {
    for number in 0..3 {
        let path = format!("/own{after}-{number}");
        let answer = exchange(setup, &format!("GET {path}")).await;
        assert_eq!((answer.status(), answer.body()), (200, path.as_str()), "after {after}");
    }
}

#[tokio::test]
async fn what_breaks_before_the_head_is_a_502_and_silence_a_504() {
    let setup = setup(&broken_origin().await).await;
    for (path, status, code) in [
        ("/close", 502, "upstream_failed"),
        ("/reset", 502, "upstream_failed"),
        ("/half-head-close", 502, "upstream_failed"),
        ("/half-head-reset", 502, "upstream_failed"),
        ("/half-head-silence", 504, "upstream_timeout"),
        ("/silence", 504, "upstream_timeout"),
        ("/garbage", 502, "upstream_failed"),
        ("/not-http", 502, "upstream_failed"),
        ("/bad-status", 502, "upstream_failed"),
        ("/two-lengths", 502, "upstream_failed"),
        ("/bad-length", 502, "upstream_failed"),
    ] {
        for method in ["GET", "POST"] {
            let answer = exchange(&setup, &format!("{method} {path}")).await;
            assert_eq!(answer.problem(), (status, code.to_owned()), "{method} {path}");
        }
        next_has_its_own(&setup, path).await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let setup = setup(&broken_origin().await).await;
    for path in [
        "/short-close",
        "/short-reset",
        "/short-silence",
        "/head-only-close",
        "/until-reset",
        "/events-close",
        "/chunks-close",
        "/chunks-reset",
        "/chunks-silence",
        "/chunks-cut",
        "/chunks-garbage",
    ] {
        let answer = exchange(&setup, &format!("GET {path}")).await;
        // An answer of which nothing has left yet may become a 502, or a connection closed without a word.
        let begun = answer.status() == 200;
        assert!(
            answer.status() == 502 || answer.0.is_empty() || (begun && is_visibly_cut(&answer)),
            "{path}: {answer:?}"
        );
        next_has_its_own(&setup, path).await;
    }
}

#[tokio::test]
async fn bytes_after_an_answer_are_nobodys_answer() {
    let setup = setup(&broken_origin().await).await;
    for _ in 0..5 {
        let answer = exchange(&setup, "GET /long").await;
        assert_eq!((answer.status(), answer.body()), (200, "ok"));
        next_has_its_own(&setup, "/long").await;
    }
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_not_noticed_by_clients() {
    let setup = setup(&broken_origin().await).await;
    for round in 0..10 {
        let answer = exchange(&setup, "GET /own/then-close").await;
        assert_eq!((answer.status(), answer.body()), (200, "/own/then-close"), "round {round}");
        // At once, while it is being closed, and later, when it is.
        tokio::time::sleep(Duration::from_millis(round * 5)).await;
    }
    next_has_its_own(&setup, "/then-close").await;
}

#[tokio::test]
async fn an_upstream_that_does_not_read_is_a_504() {
    let setup = setup(&broken_origin().await).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    // More than sockets and the gateway hold.
    const BYTES: usize = 9 << 20;
    let head = format!("PUT /deaf HTTP/1.1\r\nHost: h\r\nContent-Length: {BYTES}\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = client.into_split();
    let sending = tokio::spawn(async move { write.write_all(&vec![b'x'; BYTES]).await });
    let mut answer = Vec::new();
    let reading = async { while matches!(read.read_buf(&mut answer).await, Ok(1..)) {} };
    timeout(DEADLINE, reading).await.expect("nothing hangs");
    let answer = Answer(String::from_utf8(answer).unwrap());
    assert_eq!(answer.problem(), (504, "upstream_timeout".to_owned()));
    sending.abort();
    next_has_its_own(&setup, "/deaf").await;
}

#[tokio::test]
async fn an_upstream_that_refuses_is_a_503_and_opens_the_breaker() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let yaml = documented("`failure_ratio` opens", &[&closed]);
    let setup = Setup::start(tempfile::tempdir().unwrap(), &yaml).await;
    for _ in 0..4 {
        assert_eq!(setup.get("/").await.problem().1, "upstream_unavailable");
    }
    assert_eq!(setup.get("/").await.problem().1, "circuit_open");

    let listener = TcpListener::bind(&closed).await.unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let closes = async {
        let mut good = 0;
        while good < 3 {
            good = if setup.get("/own/x").await.status() == 200 { good + 1 } else { 0 };
        }
    };
    timeout(DEADLINE, closes).await.expect("the breaker closes");
}

#[tokio::test]
async fn answers_that_break_off_open_the_breaker() {
    let origin = broken_origin().await;
    let setup =
        Setup::start(tempfile::tempdir().unwrap(), &documented("`failure_ratio` opens", &[&origin])).await;
    let opens = async {
        while exchange(&setup, "GET /short-close").await.status() != 503 {}
        while exchange(&setup, "GET /short-close").await.status() == 503 {}
    };
    timeout(DEADLINE, opens).await.expect("it opens and half-opens");
}
