//! Deadlines and retries beyond one HTTP/1 exchange: over HTTP/2, on connections that go on, and for WebSockets.

use super::changed;
use crate::{
    scripted::{Reply, Scripted},
    streams,
    support::{DEADLINE, Origin, Setup},
};
use bytes::Bytes;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// A request over an HTTP/2 connection of its own; `None` when the answer was cut off.
async fn http2(setup: &Setup, method: &str, path: &str, body: &'static str) -> (u16, Option<String>) {
    let tcp = TcpStream::connect(setup.address()).await.unwrap();
    let (send, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();
    let uri = format!("http://gateway.test{path}");
    let request = http::Request::builder().method(method).uri(uri).body(()).unwrap();
    let (answer, mut sender) = send.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        sender.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
    }
    let answer = timeout(DEADLINE, answer).await.unwrap().unwrap();
    let (status, mut stream) = (answer.status().as_u16(), answer.into_body());
    let mut text = String::new();
    while let Some(piece) = timeout(DEADLINE, stream.data()).await.unwrap() {
        let Ok(piece) = piece else { return (status, None) };
        stream.flow_control().release_capacity(piece.len()).unwrap();
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    (status, Some(text))
}

const TOTAL: (&str, &str) = ("total_timeout_ms: 20000", "total_timeout_ms: 200");

#[tokio::test]
async fn a_deadline_holds_over_http2() {
    let app = Scripted::start(|request, _| match request.contains("/trickle") {
        true => Reply::Trickle,
        false => Reply::Silence,
    })
    .await;
    let setup = changed("Limits of size and time", &[&app], &[TOTAL]).await;
    assert_eq!(http2(&setup, "GET", "/silent", "").await.0, 504);
    assert_eq!(http2(&setup, "GET", "/trickle", "").await, (200, None));
}

#[tokio::test]
async fn a_body_is_sent_again_over_http2() {
    let app = Scripted::start(|request, number| match number {
        0 if request.starts_with("PUT /status") => Reply::Answer(503, "", "no"),
        0 if request.starts_with("PUT /close") => Reply::Close,
        _ => Reply::Answer(200, "", "app"),
    });
    let app = app.await;
    let setup = changed("Retrying", &[&app], &[(", \"127.0.0.1:9002\"", "")]).await;
    assert_eq!(http2(&setup, "PUT", "/status", "the body").await, (200, Some("app".to_owned())));
    let seen = app.requests();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|request| request.contains("the body")), "{seen:?}");
}

#[tokio::test]
async fn a_deadline_is_that_of_one_request_alone() {
    let app = Scripted::named("app").await;
    let setup = changed("Limits of size and time", &[&app], &[TOTAL]).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    for _ in 0..3 {
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\napp") {
            answer.push(timeout(DEADLINE, client.read_u8()).await.unwrap().unwrap());
        }
        // Beyond the deadline of the request before.
        sleep(Duration::from_millis(150)).await;
    }
}

#[tokio::test]
async fn a_websocket_has_no_deadline() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let rest = "clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, cluster: o, total_timeout_ms: 100, retry: {}}]
";
    let setup = Setup::start(dir, rest).await;
    let mut client = streams::open(&setup).await;
    for message in ["one", "two"] {
        sleep(Duration::from_millis(150)).await;
        client.write_all(message.as_bytes()).await.unwrap();
        let mut echo = vec![0; message.len()];
        timeout(DEADLINE, client.read_exact(&mut echo)).await.unwrap().unwrap();
        assert_eq!(echo, message.as_bytes());
    }
}

#[tokio::test]
async fn operators_are_told_why_a_route_was_taken() {
    let apps = [Scripted::named("site").await, Scripted::named("users").await, Scripted::named("beta").await];
    let setup = changed("Matching", &[&apps[0], &apps[1], &apps[2]], &[]).await;
    let question = "GET /explain?url=http://api.example.com/users/7&header=X-Beta:%20yes";
    let answer = setup.admin(question).await.0;
    assert!(answer.contains("user-beta: asks that the query parameter preview is there"), "{answer}");
    assert!(answer.contains("user: /users/{id} for api.example.com"), "{answer}");
    let status = setup.admin("GET /status").await.0;
    assert!(status.contains("/users/{id}"), "{status}");
}
