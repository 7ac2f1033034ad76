//! Server-sent events: answers that go on.

use crate::{
    docs,
    support::{DEADLINE, Setup, until},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

const PAGE: &str = include_str!("../../../../docs/gateway/websockets.md");
const BEGIN: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The route of the documentation with so much patience; the client's end of a stream and the endpoint's.
async fn open(patience_ms: u32) -> (Setup, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let yaml =
        docs::yaml(PAGE, 1).replace("127.0.0.1:3000", &address).replace("300000", &patience_ms.to_string());
    let setup = Setup::start(tempfile::tempdir().unwrap(), &yaml).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(b"GET /events HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n").await.unwrap();
    let (mut endpoint, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
    read_until(&mut endpoint, "\r\n\r\n").await;
    endpoint.write_all(BEGIN.as_bytes()).await.unwrap();
    let head = read_until(&mut client, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "the head comes before any event: {head}");
    (setup, client, endpoint)
}

async fn read_until(from: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(timeout(DEADLINE, from.read_u8()).await.expect("in time").unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

async fn send_event(endpoint: &mut TcpStream, event: &str) {
    endpoint.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await.unwrap();
}

#[tokio::test]
async fn each_event_arrives_before_the_next_one_is_sent() {
    let (_setup, mut client, mut endpoint) = open(300_000).await;
    for number in 0..20 {
        let event = format!("id: {number}\ndata: {}\n\n", "x".repeat(number * 100));
        send_event(&mut endpoint, &event).await;
        assert!(read_until(&mut client, "\n\n").await.ends_with(&event));
    }
    endpoint.write_all(b"0\r\n\r\n").await.unwrap();
    read_until(&mut client, "\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn a_stream_outlives_the_timeout_while_events_come_and_not_otherwise() {
    let (_setup, mut client, mut endpoint) = open(400).await;
    for _ in 0..8 {
        sleep(Duration::from_millis(100)).await;
        send_event(&mut endpoint, ": still here\n\n").await;
        read_until(&mut client, "\n\n").await;
    }
    let mut rest = Vec::new();
    timeout(DEADLINE, client.read_to_end(&mut rest)).await.expect("silence is not waited for").unwrap();
    assert!(!rest.ends_with(b"0\r\n\r\n"), "what was cut off does not look whole");
    assert!(matches!(timeout(DEADLINE, endpoint.read_u8()).await, Ok(Err(_))), "the endpoint sees it, too");
}

#[tokio::test]
async fn the_endpoint_sees_that_the_client_has_left() {
    let (setup, mut client, mut endpoint) = open(300_000).await;
    send_event(&mut endpoint, "data: 1\n\n").await;
    read_until(&mut client, "\n\n").await;
    drop(client);
    // Without a word from the endpoint.
    assert!(matches!(timeout(DEADLINE, endpoint.read_u8()).await, Ok(Err(_))));
    until(|| setup.gateway.cluster_status()[0].endpoints[0].in_flight == 0).await;
}
