//! What comes before a WebSocket, and instead of one.

use super::{
    start,
    wire::{Endpoint, SWITCH, expect, frame, head, logged, masked, rest},
};
use crate::{
    authentication::CONSUMERS,
    streams::UPGRADE,
    support::{DEADLINE, Origin, Setup, header},
    tls::Authority,
    upstream_h2::Http2Origin,
    upstream_tls::acceptor,
};
use std::fs;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// The handshake with more headers.
fn upgrade(headers: &str) -> String {
    UPGRADE.replace("Host: h\r\n", &format!("Host: h\r\n{headers}"))
}

async fn connect(setup: &Setup) -> TcpStream {
    TcpStream::connect(setup.address()).await.unwrap()
}

async fn answer(client: &mut TcpStream) -> (String, String) {
    let head = head(client).await;
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    timeout(DEADLINE, client.read_exact(&mut body)).await.unwrap().unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn a_refused_handshake_is_an_answer_like_any_other() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let mut client = connect(&setup).await;
    for (status, body) in [("403 Forbidden", "not you"), ("426 Upgrade Required", ""), ("200 OK", "ordinary")]
    {
        client.write_all(UPGRADE.as_bytes()).await.unwrap();
        let (mut origin, asked) = endpoint.accept().await;
        assert!(
            asked.to_lowercase().contains("upgrade: websocket\r\n") && asked.contains("Sec-WebSocket-Key: "),
            "{asked}"
        );
        let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        origin.write_all(text.as_bytes()).await.unwrap();
        let (head, got) = answer(&mut client).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")) && got == body, "{head}{got}");
    }
    // The client's connection is as good as before.
    client.write_all(b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let (mut origin, asked) = endpoint.accept().await;
    assert!(asked.starts_with("GET /plain ") && !asked.contains("Upgrade"), "{asked}");
    origin.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
    assert_eq!(answer(&mut client).await.1, "ok");
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let (mut origin, _) = endpoint.accept().await;
    origin.write_all(SWITCH.as_bytes()).await.unwrap();
    assert!(head(&mut client).await.starts_with("HTTP/1.1 101 "));
    origin.write_all(&frame(0x81, b"at last")).await.unwrap();
    expect(&mut client, &frame(0x81, b"at last")).await;
}

#[tokio::test]
async fn a_handshake_without_an_answer_is_a_502() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let mut client = connect(&setup).await;
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    drop(endpoint.accept().await);
    assert!(head(&mut client).await.starts_with("HTTP/1.1 502 "));
    assert_eq!(logged(&setup, 1).await[0]["status"], 502);
}

#[tokio::test]
async fn interim_answers_come_before_the_switch() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let mut client = connect(&setup).await;
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let (mut origin, _) = endpoint.accept().await;
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    origin
        .write_all([hints.as_bytes(), SWITCH.as_bytes(), &frame(0x81, b"x")].concat().as_slice())
        .await
        .unwrap();
    let mut first = head(&mut client).await;
    if first.starts_with("HTTP/1.1 103 ") {
        first = head(&mut client).await;
    }
    assert!(first.starts_with("HTTP/1.1 101 "), "{first}");
    assert_eq!(header(&first, "sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    expect(&mut client, &frame(0x81, b"x")).await;
}

#[tokio::test]
async fn a_handshake_is_authenticated_like_any_request() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = format!(
        "{CONSUMERS}routes: [{{name: r, match: {{path_prefix: /}}, cluster: o, auth: {{roles: [viewer]}}}}]\n"
    );
    let setup = Setup::start(dir, &yaml).await;
    for (headers, expected) in [
        ("", "401"),
        ("X-API-Key: wrong\r\n", "401"),
        ("X-API-Key: bar\r\n", "403"),
        ("X-API-Key: foo\r\n", "101"),
    ] {
        let mut client = connect(&setup).await;
        client.write_all(upgrade(headers).as_bytes()).await.unwrap();
        let head = head(&mut client).await;
        assert_eq!(head.split(' ').nth(1), Some(expected), "{head}");
    }
    assert_eq!(origin.requests().len(), 1);
    assert!(!origin.last().contains("foo"), "the key stays here");
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_a_handshake_is_not_waited_for_longer_than_for_others() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", ", timeout_ms: 200").await;
    let mut client = connect(&setup).await;
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let (origin, _) = endpoint.accept().await;
    let answer = head(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    drop(origin);
}

#[tokio::test]
async fn encrypted_endpoints_are_believed_as_for_other_requests_and_obey_the_same_times() {
    let (authority, other) = (Authority::new(), Authority::new());
    let tls = acceptor(&authority.sign("o", &["o.test"]), None, &["http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = tls.accept(tcp).await else { return };
                head(&mut stream).await;
                stream.write_all(&[SWITCH.as_bytes(), &frame(0x81, b"secret")].concat()).await.unwrap();
                rest(&mut stream).await;
            });
        }
    });
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    fs::write(dir.path().join("other.pem"), &other.pem).unwrap();
    let yaml = |tls: &str| {
        format!(
            "workers: 1
clusters: [{{name: c, endpoints: ['{address}'], tls: {tls}}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c, websocket_idle_timeout_ms: 1000}}]
"
        )
    };
    let setup = Setup::start(dir, &yaml("{ca_file: ca.pem, server_name: o.test}")).await;
    for (tls, expected) in [
        ("{ca_file: ca.pem, server_name: o.test}", "101"),
        ("{ca_file: ca.pem}", "503"),
        ("{ca_file: ca.pem, server_name: elsewhere.test}", "503"),
        ("{ca_file: other.pem, server_name: o.test}", "503"),
        ("{server_name: o.test}", "503"),
        ("{server_name: elsewhere.test, verify: false}", "101"),
    ] {
        crate::support::write_config(&setup.dir, &yaml(tls));
        setup.gateway.reload().await.unwrap();
        let mut client = connect(&setup).await;
        client.write_all(UPGRADE.as_bytes()).await.unwrap();
        let head = head(&mut client).await;
        assert_eq!(head.split(' ').nth(1), Some(expected), "{tls}: {head}");
        if expected == "101" {
            expect(&mut client, &frame(0x81, b"secret")).await;
            client.write_all(&masked(0x81, b"x")).await.unwrap();
            let end = rest(&mut client).await;
            assert_eq!(end[..4], [0x88, 19, 3, 233], "told that it was idle: {end:x?}");
        }
    }
}

#[tokio::test]
async fn clusters_of_http2_get_an_ordinary_request_instead() {
    let (_origin, address) = Http2Origin::start(None).await;
    let setup = start(&address, ", protocol: http2", "").await;
    let mut client = connect(&setup).await;
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let answer = head(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.to_lowercase().contains("upgrade"), "{answer}");
}
