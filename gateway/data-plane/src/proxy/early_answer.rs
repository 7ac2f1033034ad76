//! Answers that are complete before the request is.
//!
//! Over HTTP/1 the engine closes the connection after such an answer. Over HTTP/2 it would wait for the rest of the body, which
//! the client, having its answer, may never send. RFC 9113, section 8.1 wants the stream reset with `NO_ERROR` instead, and that
//! happens when the engine lets go of it. So we end the request with an error as soon as the answer is whole, and send ourselves
//! what of it the engine has not sent yet. Before the reset we hear the client out for a moment: some lose the answer when the
//! reset comes while they are still sending (curl 7.88).

use super::context::Context;
use bytes::Bytes;
use http::{Method, StatusCode, Version, header::CONTENT_LENGTH};
use pingora_error::{Error, ErrorType, Result};
use pingora_http::ResponseHeader;
use pingora_proxy::Session;
use std::{collections::VecDeque, time::Duration};
use tokio::time::timeout;

/// For how long in all, and without a byte, we listen to a client that has its answer; and to how much.
const HEARD_OUT: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_millis(200);
const HEARD_OUT_BYTES_MAX: usize = 16 << 20;

/// An answer to a request whose body is not at its end.
#[derive(Debug)]
pub(super) struct EarlyAnswer {
    head: Box<ResponseHeader>,
    /// The last pieces of the body: all that the engine has been given and has not sent. It takes at most four at a time.
    tail: VecDeque<Bytes>,
    /// Bytes in all pieces so far.
    passed: usize,
    complete: bool,
}

/// Takes note of the head of an answer that comes early.
pub(super) fn begin(session: &mut Session, head: &ResponseHeader, ctx: &mut Context) -> Result<()> {
    let request = session.req_header();
    if request.version != Version::HTTP_2 || head.status.is_informational() {
        return Ok(());
    }
    let empty = request.method == Method::HEAD
        || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || head.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"0");
    if session.as_mut().is_body_done() {
        return Ok(());
    }
    let head = Box::new(head.clone());
    ctx.early_answer =
        Some(Box::new(EarlyAnswer { head, tail: VecDeque::new(), passed: 0, complete: empty }));
    if empty { Err(end()) } else { Ok(()) }
}

/// Takes note of a piece of the body. Ends the request after the last one, unless its own body came to its end meanwhile.
pub(super) fn pass(
    session: &mut Session,
    piece: Option<&Bytes>,
    last: bool,
    ctx: &mut Context,
) -> Result<()> {
    let Some(early) = &mut ctx.early_answer else { return Ok(()) };
    if let Some(piece) = piece {
        early.passed += piece.len();
        early.tail.push_back(piece.clone());
    }
    early.forget_sent(session.body_bytes_sent());
    if !last || session.as_mut().is_body_done() {
        return Ok(());
    }
    early.complete = true;
    Err(end())
}

impl EarlyAnswer {
    /// Whether the upstream has said all; then it is for [`Self::send`] to finish.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Keeps only what is not sent yet.
    fn forget_sent(&mut self, sent: usize) {
        let mut held: usize = self.tail.iter().map(Bytes::len).sum();
        while let Some(first) = self.tail.front().map(Bytes::len) {
            if held - first < self.passed - sent {
                break;
            }
            held -= first;
            self.tail.pop_front();
        }
    }

    /// Sends what is left and ends the stream. A client that is gone does not need it.
    pub(super) async fn send(mut self: Box<Self>, session: &mut Session) {
        self.forget_sent(session.body_bytes_sent());
        let bodiless = self.passed == 0;
        if session.response_written().is_none()
            && session.write_response_header(self.head, bodiless).await.is_err()
        {
            return;
        }
        while let Some(piece) = self.tail.pop_front() {
            if session.write_response_body(Some(piece), self.tail.is_empty()).await.is_err() {
                return;
            }
        }
        // No more than saying goodbye to a client that may be gone.
        let _ = session.as_mut().finish_body().await;
    }
}

/// Reads on after the answer, until the client falls silent or has said enough.
pub(super) async fn hear_out(session: &mut Session) {
    if session.as_http2().is_none() || session.response_written().is_none() || session.as_mut().is_body_done()
    {
        return;
    }
    let heard = async {
        let mut left = HEARD_OUT_BYTES_MAX;
        while let Ok(Ok(Some(piece))) = timeout(SILENCE, session.as_mut().read_request_body()).await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    // However it ends, the stream is let go of now.
    let _ = timeout(HEARD_OUT, heard).await;
}

const END: ErrorType = ErrorType::new("EarlyAnswer");

/// Not a fault: the only way to make the engine let go.
fn end() -> Box<Error> {
    Error::explain(END, "answered before the whole request was there")
}

/// Whether this is no fault but an early answer.
pub(super) fn is_end(error: &Error) -> bool {
    *error.etype() == END
}
