//! Single questions to an endpoint, over a connection of their own.

use bytes::{Bytes, BytesMut};
use h2::client;
use http::{HeaderMap, Request, Response};
use pingora_core::protocols::Stream;
use std::{io, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// As much is read of an answer.
const ANSWER_BYTES_MAX: usize = 8192;
const USER_AGENT: &str = "agw-health";

/// Why a check failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error("not an address")]
    NoAddress,
    #[error(transparent)]
    Connect(Box<pingora_error::Error>),
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http2(#[from] h2::Error),
    #[error("cannot ask: {0}")]
    Request(#[from] http::Error),
    #[error("the answer is not HTTP")]
    NotHttp,
    #[error("status {0}")]
    Status(u16),
    #[error("grpc-status {0}")]
    GrpcStatus(String),
    #[error("the service does not say that it serves")]
    NotServing,
}

/// The status of `GET path`.
pub(super) async fn http1(mut stream: Stream, host: &str, path: &str) -> Result<u16, CheckError> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = BytesMut::with_capacity(512);
    while !answer.contains(&b'\n') && answer.len() < ANSWER_BYTES_MAX {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    status_of(&answer).ok_or(CheckError::NotHttp)
}

fn status_of(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\n').next()?;
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    rest.split(' ').nth(1)?.trim().parse().ok()
}

/// The same over HTTP/2.
pub(super) async fn http2(stream: Stream, tls: bool, host: &str, path: &str) -> Result<u16, CheckError> {
    let request = Request::get(uri(tls, host, path)).header("user-agent", USER_AGENT).body(())?;
    let answer = exchange(stream, request, None).await?;
    Ok(answer.head.status().as_u16())
}

/// `grpc.health.v1.Health/Check`.
pub(super) async fn grpc(stream: Stream, tls: bool, host: &str, service: &str) -> Result<(), CheckError> {
    let request = Request::post(uri(tls, host, "/grpc.health.v1.Health/Check"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", USER_AGENT)
        .body(())?;
    let answer = exchange(stream, request, Some(check_request(service))).await?;
    if answer.head.status() != 200 {
        return Err(CheckError::Status(answer.head.status().as_u16()));
    }
    let grpc_status = |headers: &HeaderMap| headers.get("grpc-status").cloned();
    let status = grpc_status(&answer.trailers).or_else(|| grpc_status(answer.head.headers()));
    match status {
        Some(status) if status == "0" && serves(&answer.body) => Ok(()),
        Some(status) if status == "0" => Err(CheckError::NotServing),
        Some(status) => Err(CheckError::GrpcStatus(status.to_str().unwrap_or("unreadable").to_owned())),
        None => Err(CheckError::GrpcStatus("missing".to_owned())),
    }
}

/// A length-prefixed `HealthCheckRequest { string service = 1; }`.
fn check_request(service: &str) -> Bytes {
    let mut message = Vec::new();
    // Names are short; a longer one needs a second byte for its length, as varints have seven bits each.
    if !service.is_empty() {
        message.push(0x0a);
        let mut length = service.len();
        while length > 0x7f {
            message.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
            length >>= 7;
        }
        message.push(u8::try_from(length).unwrap_or(0));
        message.extend_from_slice(service.as_bytes());
    }
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or(0).to_be_bytes());
    framed.extend_from_slice(&message);
    framed.into()
}

/// Whether this is an uncompressed `HealthCheckResponse { ServingStatus status = 1; }` with `SERVING`.
fn serves(body: &[u8]) -> bool {
    matches!(body, [0, _, _, _, _, 0x08, 1, ..])
}

fn uri(tls: bool, host: &str, path: &str) -> String {
    format!("{}://{host}{path}", if tls { "https" } else { "http" })
}

struct Answer {
    head: Response<()>,
    body: BytesMut,
    trailers: HeaderMap,
}

async fn exchange(stream: Stream, request: Request<()>, body: Option<Bytes>) -> Result<Answer, CheckError> {
    let (send, connection) = client::handshake(stream).await?;
    let exchange = async move {
        let mut send = send.ready().await?;
        let (answer, mut sending) = send.send_request(request, body.is_none())?;
        if let Some(body) = body {
            sending.send_data(body, true)?;
        }
        let (head, mut receiving) = answer.await?.into_parts();
        let mut body = BytesMut::new();
        while let Some(data) = receiving.data().await {
            let data = data?;
            receiving.flow_control().release_capacity(data.len())?;
            body.extend_from_slice(&data);
            if body.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        let trailers = if receiving.is_end_stream() { None } else { receiving.trailers().await? };
        let trailers = trailers.unwrap_or_default();
        Ok(Answer { head: Response::from_parts(head, ()), body, trailers })
    };
    // Nothing moves unless the connection is driven, and it ends with the question.
    tokio::select! {
        answer = exchange => answer,
        ended = connection => Err(ended.err().map_or(CheckError::NotHttp, CheckError::Http2)),
    }
}
