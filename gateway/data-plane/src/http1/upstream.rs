//! The upstream's side: a connection that carries one request after the other.

use super::{
    body::{Incoming, Malformed, Outgoing},
    client::keeps_alive,
    head::{self, Answer, Spelling},
    scratch,
};
use crate::websocket::UpstreamSocket;
use agw_core::message::head_end;
use http::{
    HeaderMap, Method, StatusCode, Version,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use pingora_error::{Error, ErrorType, Result, RetryType};
use pingora_http::{RequestHeader, ResponseHeader};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// An answer's head is not longer.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// A connection to an endpoint.
pub(crate) struct Link {
    socket: UpstreamSocket,
    /// Of the request, and how much of it is gone.
    out: Vec<u8>,
    sent: usize,
    outgoing: Outgoing,
    /// A head that is not complete yet.
    head: Vec<u8>,
    state: State,
    /// Of the present answer, something was read.
    heard: bool,
    /// Nothing so far forbids another request.
    reusable: bool,
    method_has_no_answer_body: bool,
}

#[derive(Debug)]
enum State {
    Head,
    Body(Incoming),
    Over,
}

/// What an upstream says.
pub(crate) enum Said<'s> {
    /// The head of an answer, perhaps an interim one.
    Head(Box<ResponseHeader>, Spelling),
    /// A piece of its body.
    Content(&'s [u8]),
}

impl Link {
    pub(crate) fn new(socket: UpstreamSocket) -> Self {
        Self {
            socket,
            out: Vec::new(),
            sent: 0,
            outgoing: Outgoing::Empty,
            head: Vec::new(),
            state: State::Over,
            heard: false,
            reusable: true,
            method_has_no_answer_body: false,
        }
    }

    /// Begins a request. What `framing` says of its body replaces what the head says.
    pub(crate) fn begin(&mut self, request: &RequestHeader, spelling: &Spelling, framing: Outgoing) {
        let out = &mut self.out;
        out.reserve(512);
        head::write_request_line(out, request);
        head::write_fields(out, &request.headers, spelling);
        match framing {
            Outgoing::Length(bytes) => {
                head::write_field(out, b"Content-Length", bytes.to_string().as_bytes());
            }
            Outgoing::Chunked => head::write_field(out, b"Transfer-Encoding", b"chunked"),
            // Who announces that nothing comes goes on doing so.
            Outgoing::Empty if request.headers.contains_key(CONTENT_LENGTH) => {
                head::write_field(out, b"Content-Length", b"0");
            }
            Outgoing::Empty | Outgoing::UntilClose => {}
        }
        out.extend_from_slice(b"\r\n");
        self.outgoing = framing;
        self.state = State::Head;
        (self.heard, self.reusable) = (false, keeps_alive(Version::HTTP_11, &request.headers));
        self.method_has_no_answer_body = request.method == Method::HEAD;
    }

    /// Adds a piece of the request's body.
    pub(crate) fn push_content(&mut self, piece: &[u8]) {
        self.outgoing.push(&mut self.out, piece);
    }

    /// Ends the request.
    pub(crate) fn push_end(&mut self) {
        self.outgoing.finish(&mut self.out);
    }

    /// Bytes that wait to be sent.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len() - self.sent
    }

    /// Forgets what was not sent: nobody reads it.
    pub(crate) fn give_up_sending(&mut self) {
        self.out.clear();
        self.sent = 0;
        self.reusable = false;
    }

    /// Whether the whole answer is there.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Whether another request may follow.
    pub(crate) fn is_reusable(&self) -> bool {
        self.reusable && self.is_over() && self.out.is_empty()
    }

    /// Makes it small, to wait for the next request.
    pub(crate) fn rest(&mut self) {
        self.out = Vec::new();
        self.head = Vec::new();
    }

    /// Whether the upstream has said nothing since its last answer, not even goodbye. Costs no system call.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut read = ReadBuf::new(&mut byte);
        Pin::new(&mut self.socket).poll_read(&mut Context::from_waker(Waker::noop()), &mut read).is_pending()
    }

    /// Sends what is waiting. True when something went.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        let mut moved = false;
        while self.sent < self.out.len() {
            match Pin::new(&mut self.socket).poll_write(cx, &self.out[self.sent..]) {
                Poll::Pending if moved => return Poll::Ready(Ok(true)),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => {
                    return Poll::Ready(Err(self.not_written(io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(bytes)) => self.sent += bytes,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.not_written(error))),
            }
            moved = true;
        }
        self.out.clear();
        self.sent = 0;
        match Pin::new(&mut self.socket).poll_flush(cx) {
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(moved)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.not_written(error))),
        }
    }

    fn not_written(&self, error: io::Error) -> Box<Error> {
        self.stale(Error::because(ErrorType::WriteError, "while sending the request", error))
    }

    /// The error of a connection that its upstream may have closed before it could know of this request.
    fn stale(&self, mut error: Box<Error>) -> Box<Error> {
        if !self.heard {
            error.retry = RetryType::ReusedOnly;
        }
        error.into_up()
    }

    /// Waits for more of the answer and hands it on.
    pub(crate) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        mut said: impl FnMut(Said<'_>) -> Result<()>,
    ) -> Poll<Result<()>> {
        scratch::with(|scratch| {
            let mut read = ReadBuf::new(scratch);
            let arrived = match ready!(Pin::new(&mut self.socket).poll_read(cx, &mut read)) {
                Ok(()) => read.filled(),
                Err(error) => {
                    let error = Error::because(ErrorType::ReadError, "while reading the answer", error);
                    return Poll::Ready(Err(self.stale(error)));
                }
            };
            if arrived.is_empty() {
                return Poll::Ready(self.closed());
            }
            self.heard = true;
            if self.head.is_empty() {
                return Poll::Ready(self.hear(arrived, &mut said));
            }
            let searched = self.head.len();
            self.head.extend_from_slice(arrived);
            // Looked at once it is complete, or else each byte would have all before it looked at again.
            if head_end(&self.head, searched).is_none() && self.head.len() < HEAD_BYTES_MAX {
                return Poll::Ready(Ok(()));
            }
            let whole = std::mem::take(&mut self.head);
            Poll::Ready(self.hear(&whole, &mut said))
        })
    }

    /// The upstream says nothing any more.
    fn closed(&mut self) -> Result<()> {
        self.reusable = false;
        if matches!(self.state, State::Body(Incoming::UntilClose)) {
            self.state = State::Over;
            return Ok(());
        }
        let when = if matches!(self.state, State::Head) { "before its answer" } else { "within its answer" };
        Err(self.stale(Error::explain(ErrorType::ConnectionClosed, format!("the upstream closed {when}"))))
    }

    fn hear(&mut self, mut bytes: &[u8], said: &mut impl FnMut(Said<'_>) -> Result<()>) -> Result<()> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Over => {
                    // More than was announced is nobody's answer.
                    self.reusable = false;
                    return Ok(());
                }
                State::Body(body) => {
                    let mut passed = Ok(());
                    let taken = body.take(bytes, |piece| {
                        if passed.is_ok() {
                            passed = said(Said::Content(piece));
                        }
                    });
                    let is_over = body.is_over();
                    passed?;
                    let malformed = |Malformed| {
                        let error = "the chunks of the answer are not well formed";
                        Error::explain(ErrorType::InvalidHTTPHeader, error).into_up()
                    };
                    bytes = &bytes[taken.map_err(malformed)?..];
                    if is_over {
                        self.state = State::Over;
                    }
                }
                State::Head => match head::answer(bytes) {
                    Answer::Partial if bytes.len() < HEAD_BYTES_MAX => {
                        bytes.clone_into(&mut self.head);
                        return Ok(());
                    }
                    Answer::Partial => return Err(invalid("the head of the answer is longer than 64 KiB")),
                    Answer::Invalid(reason) => return Err(invalid(reason)),
                    Answer::Head(head, spelling, end) => {
                        bytes = &bytes[end..];
                        self.begin_answer(&head)?;
                        said(Said::Head(head, spelling))?;
                    }
                },
            }
        }
        Ok(())
    }

    /// Finds out where the answer ends (RFC 9112, section 6.3). An interim one is followed by another head.
    fn begin_answer(&mut self, answer: &ResponseHeader) -> Result<()> {
        if answer.status.is_informational() {
            return Ok(());
        }
        let body = framing(&answer.headers)?;
        let chunked = matches!(body, Incoming::Chunked(..));
        self.reusable &=
            keeps_alive(answer.version, &answer.headers) && !(chunked && answer.version == Version::HTTP_10);
        let bodiless = self.method_has_no_answer_body
            || matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        self.state = if bodiless || body.is_over() { State::Over } else { State::Body(body) };
        Ok(())
    }
}

fn framing(headers: &HeaderMap) -> Result<Incoming> {
    if headers.contains_key(TRANSFER_ENCODING) {
        // Whether it is chunked and nothing else is asked by the hooks.
        return Ok(Incoming::Chunked(agw_core::message::Chunks::default(), 0));
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(Incoming::UntilClose) };
    let digits = length.as_bytes();
    let number = digits.iter().all(u8::is_ascii_digit).then(|| length.to_str().ok()?.parse().ok()).flatten();
    match (number, lengths.next()) {
        (Some(bytes), None) => Ok(Incoming::Length(bytes)),
        _ => Err(invalid("the answer has more than one Content-Length, or one that is no number")),
    }
}

fn invalid(reason: &'static str) -> Box<Error> {
    Error::explain(ErrorType::InvalidHTTPHeader, reason).into_up()
}
