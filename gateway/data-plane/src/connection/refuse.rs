//! Answers to what never became a request for the engine.

use super::Connection;
use crate::{metrics::Metrics, problem, stream::ClientStream};
use agw_core::refusal::{Code, Refusal};
use foundation::trace::TraceParent;
use http::StatusCode;
use std::io::Write as _;
use tokio::{io::AsyncWriteExt, time::timeout};

/// Answers, says goodbye, and leaves a line in the access log.
pub(super) async fn answer(
    stream: &mut ClientStream,
    connection: &Connection,
    refusal: &Refusal,
    metrics: &Metrics,
) {
    connection.begin();
    let request_id = request_id();
    log(connection, refusal, &request_id, metrics);
    let answer = bytes(refusal, &request_id);
    let written = async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    };
    // A client that left, or does not listen, does not need the answer.
    let _ = timeout(connection.terms.listener.head_timeout, written).await;
}

/// When the engine reads a head as invalid that passed our check.
pub(super) fn unreadable() -> Refusal {
    Refusal::new(
        Code::BadFraming,
        "the request line or a header is not well formed, or the method is CONNECT",
    )
}

pub(super) fn request_id() -> String {
    TraceParent::new_root().trace_id_hex()
}

/// The answer as it goes over the wire.
pub(super) fn bytes(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let body = problem::body(refusal, request_id);
    let status = refusal.code.status();
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut answer = Vec::with_capacity(256 + body.len());
    // Writing to memory cannot fail.
    let _ = write!(
        answer,
        "HTTP/1.1 {status} {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nX-Request-Id: {request_id}\r\nConnection: close\r\n\r\n",
        reason.unwrap_or_default(),
        body.len(),
    );
    answer.extend_from_slice(&body);
    answer
}

/// Like any other request in the access log and the metrics. What it asked for is not repeated: it could not be read.
pub(super) fn log(connection: &Connection, refusal: &Refusal, request_id: &str, metrics: &Metrics) {
    let status = refusal.code.status();
    metrics.request("", status);
    tracing::info!(
        target: "access",
        status,
        code = refusal.code.as_str(),
        client = %connection.peer.ip(),
        request_id,
    );
}
