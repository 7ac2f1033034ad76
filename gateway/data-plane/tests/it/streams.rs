//! Connections that go on: WebSockets.

use crate::support::{DEADLINE, Origin, Setup};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

pub(crate) const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Opens a WebSocket and reads the answer's head.
pub(crate) async fn open(setup: &Setup) -> TcpStream {
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(DEADLINE, client.read_u8()).await.unwrap().unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    client
}

#[tokio::test]
async fn an_upgraded_connection_passes_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let rest = "clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: o, timeout_ms: 100, body_bytes_max: 10}]
";
    let setup = Setup::start(dir, rest).await;
    let mut client = open(&setup).await;
    for message in ["short", "longer than the largest request body"] {
        // Longer than the route's timeout, which is for answers.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        client.write_all(message.as_bytes()).await.unwrap();
        let mut echo = vec![0; message.len()];
        timeout(DEADLINE, client.read_exact(&mut echo)).await.unwrap().unwrap();
        assert_eq!(echo, message.as_bytes());
    }
}
