//! What a connection costs while nothing happens on it.

use super::proxy::Proxy;
use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{net::Ipv4Addr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Weighed between the two, so that what the first connections need once does not count.
const FEW: usize = 1_000;
const MANY: usize = 4_000;
const SETTLE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes for each connection that is kept alive after one request.
pub(crate) async fn keep_alive(proxy: &Proxy) -> anyhow::Result<f64> {
    let request = "GET /service/0/hello HTTP/1.1\r\nHost: bench.test\r\n\r\n".to_owned();
    weigh(proxy, request, "HTTP/1.1 200").await
}

/// Bytes for each WebSocket, with what it takes on both sides.
pub(crate) async fn websockets(proxy: &Proxy) -> anyhow::Result<f64> {
    let request = "GET /service/0/hello HTTP/1.1\r\nHost: bench.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    weigh(proxy, request.to_owned(), "HTTP/1.1 101").await
}

async fn weigh(proxy: &Proxy, request: String, answer: &str) -> anyhow::Result<f64> {
    let mut open = Vec::with_capacity(MANY);
    let mut weights = Vec::new();
    for count in [FEW, MANY] {
        while open.len() < count {
            open.push(connect(proxy.port, &request, answer).await?);
        }
        sleep(SETTLE).await;
        weights.push(proxy.resident_bytes()? as f64);
    }
    println!("  {FEW} connections: {:.1} MB, {MANY}: {:.1} MB", weights[0] / 1e6, weights[1] / 1e6);
    Ok((weights[1] - weights[0]) / (MANY - FEW) as f64)
}

async fn connect(port: u16, request: &str, answer: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut bytes)).await.context("no answer")??;
    let text = String::from_utf8_lossy(&bytes[..read]);
    ensure!(text.starts_with(answer), "expected {answer}, got {text}");
    Ok(stream)
}

/// The proof that a server understood a WebSocket handshake (RFC 6455 section 4.2.2).
pub(super) fn accept_of(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    STANDARD.encode(digest)
}
