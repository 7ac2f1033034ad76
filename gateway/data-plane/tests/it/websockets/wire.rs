//! WebSockets byte by byte.

use crate::{
    streams::UPGRADE,
    support::{DEADLINE, Setup, until},
};
use serde_json::Value;
use std::fs;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

pub(super) const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
pub(super) const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A whole frame; `first` is its first byte.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    put_length(&mut frame, 0, payload.len());
    frame.extend(payload);
    frame
}

/// The same as clients send it.
pub(super) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    put_length(&mut frame, 0x80, payload.len());
    frame.extend(MASK);
    frame.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ MASK[index % 4]));
    frame
}

fn put_length(frame: &mut Vec<u8>, masked: u8, length: usize) {
    match length {
        0..126 => frame.push(masked | length as u8),
        126..65_536 => {
            frame.push(masked | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(masked | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
}

/// The bytes up to and including an empty line.
pub(super) async fn head(from: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(DEADLINE, from.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(head).unwrap()
}

pub(super) async fn expect(from: &mut (impl AsyncRead + Unpin), bytes: &[u8]) {
    let mut read = vec![0; bytes.len()];
    timeout(DEADLINE, from.read_exact(&mut read)).await.expect("in time").unwrap();
    assert!(
        read == bytes,
        "{:x?}… instead of {:x?}…",
        &read[..read.len().min(32)],
        &bytes[..bytes.len().min(32)]
    );
}

/// Everything up to the end, in whichever way that comes.
pub(super) async fn rest(from: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = timeout(DEADLINE, from.read_to_end(&mut rest)).await.expect("an end in time");
    rest
}

/// An endpoint that the test speaks for.
pub(super) struct Endpoint(TcpListener);

impl Endpoint {
    pub(super) async fn bind() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        (Self(listener), address)
    }

    /// The next connection, and the head of its request.
    pub(super) async fn accept(&self) -> (TcpStream, String) {
        let (mut stream, _) =
            timeout(DEADLINE, self.0.accept()).await.expect("a connection in time").unwrap();
        let head = head(&mut stream).await;
        (stream, head)
    }

    /// An open WebSocket: the client's end and the endpoint's.
    pub(super) async fn open(&self, setup: &Setup) -> (TcpStream, TcpStream) {
        let mut client = TcpStream::connect(setup.address()).await.unwrap();
        client.write_all(UPGRADE.as_bytes()).await.unwrap();
        let (mut endpoint, _) = self.accept().await;
        endpoint.write_all(SWITCH.as_bytes()).await.unwrap();
        let answer = head(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        (client, endpoint)
    }
}

/// The access log's lines, once there are so many.
pub(super) async fn logged(setup: &Setup, count: usize) -> Vec<Value> {
    let path = setup.dir.path().join("access.log");
    let lines =
        || fs::read_to_string(&path).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    until(|| lines().len() >= count).await;
    lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The code of a close frame that stands alone.
pub(super) fn close_code(frame: &[u8]) -> u16 {
    let from_client = frame[1] & 0x80 != 0;
    let payload = if from_client { 6 } else { 2 };
    assert_eq!((frame[0], frame.len()), (0x88, payload + usize::from(frame[1] & 0x7f)), "{frame:x?}");
    let key = if from_client { [frame[2], frame[3]] } else { [0, 0] };
    u16::from_be_bytes([frame[payload] ^ key[0], frame[payload + 1] ^ key[1]])
}
