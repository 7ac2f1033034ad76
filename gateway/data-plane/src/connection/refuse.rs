//! Answers to what never became a request for the engine.

use super::Connection;
use crate::{problem, proxy::Proxy, stream::ClientStream, trace};
use agw_core::refusal::{Code, Refusal};
use http::StatusCode;
use std::io::Write as _;
use tokio::{io::AsyncWriteExt, time::timeout};

/// Answers, says goodbye, and leaves a line in the access log.
pub(super) async fn answer(
    stream: &mut ClientStream,
    connection: &Connection,
    refusal: &Refusal,
    proxy: &Proxy,
) {
    connection.begin();
    let trace = trace::new_root(false);
    proxy.log_unread(connection, refusal, &trace);
    let answer = bytes(refusal, &trace.trace_id_hex());
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
    trace::new_root(false).trace_id_hex()
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
         Cache-Control: no-store\r\nX-Request-Id: {request_id}\r\nConnection: close\r\n",
        reason.unwrap_or_default(),
        body.len(),
    );
    if let Some(allow) = &refusal.allow {
        let _ = write!(answer, "Allow: {allow}\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}
