//! The client's side: one request and its answer, on a connection that may carry others before and after.

use super::{
    body::{Incoming, Outgoing},
    head::{self, Spelling},
};
use crate::{proxy::Downstream, stream::ClientStream};
use agw_core::message::Extent;
use bytes::Bytes;
use http::{
    HeaderMap, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, DATE},
};
use pingora_error::{Error, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use std::{
    future::poll_fn,
    io,
    task::{Context, Poll, ready},
};

/// What is kept of a body for another attempt.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// A request that we serve ourselves.
pub(crate) struct Client {
    stream: Box<ClientStream>,
    request: Box<RequestHeader>,
    spelling: Spelling,
    body: Incoming,
    /// There was a body to begin with.
    has_body: bool,
    kept: Kept,
    /// Of the answer, and how much of it is gone.
    out: Vec<u8>,
    sent: usize,
    outgoing: Outgoing,
    answered: Option<StatusCode>,
    reusable: bool,
    bytes_in: u64,
    bytes_out: u64,
}

/// The beginning of the body, as far as it was read.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// So much of it was handed on in this attempt.
    handed_on: usize,
    /// Something was read that is not here.
    lost: bool,
}

impl Client {
    /// `request` came on `stream`, and `extent` of what follows is its body.
    pub(crate) fn new(
        stream: Box<ClientStream>,
        (request, spelling): (Box<RequestHeader>, Spelling),
        extent: &Extent,
    ) -> Self {
        let body = Incoming::of(extent);
        Self {
            reusable: keeps_alive(request.version, &request.headers),
            stream,
            request,
            spelling,
            has_body: !body.is_over(),
            body,
            kept: Kept::default(),
            out: Vec::new(),
            sent: 0,
            outgoing: Outgoing::Empty,
            answered: None,
            bytes_in: 0,
            bytes_out: 0,
        }
    }

    /// The connection, to be used for the next request if this one is over and left it in order.
    pub(crate) fn into_stream(mut self) -> (Box<ClientStream>, bool) {
        let reusable = self.reusable && self.body.is_over() && self.out.is_empty();
        if self.body.is_over() {
            self.stream.begin(Extent::Length(0));
        }
        (self.stream, reusable)
    }

    /// How the client wrote its headers.
    pub(crate) fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    /// How the body is to be framed for an upstream.
    pub(crate) fn framing(&self) -> Outgoing {
        match (&self.body, self.has_body) {
            (_, false) => Outgoing::Empty,
            (Incoming::Length(left), true) => Outgoing::Length(self.bytes_in + left),
            (Incoming::Chunked(..) | Incoming::UntilClose, true) => Outgoing::Chunked,
        }
    }

    /// Hands the body on from its beginning once more.
    pub(crate) fn rewind(&mut self) {
        self.kept.handed_on = 0;
    }

    /// Whether the whole body was handed on.
    pub(crate) fn is_body_over(&self) -> bool {
        self.body.is_over() && self.kept.handed_on == self.kept.bytes.len()
    }

    /// Waits for more of the body's content and hands it on, piece by piece.
    pub(crate) fn poll_content(
        &mut self,
        cx: &mut Context<'_>,
        mut content: impl FnMut(&[u8]),
    ) -> Poll<Result<()>> {
        let kept = &mut self.kept;
        if kept.handed_on < kept.bytes.len() {
            content(&kept.bytes[kept.handed_on..]);
            kept.handed_on = kept.bytes.len();
            return Poll::Ready(Ok(()));
        }
        // Only then may it be sent twice.
        let keeps = self.request.method.is_idempotent();
        self.poll_read(cx, |kept, piece| {
            content(piece);
            if keeps && !kept.lost && kept.bytes.len() + piece.len() <= KEPT_BYTES_MAX {
                kept.bytes.extend_from_slice(piece);
                kept.handed_on = kept.bytes.len();
            } else {
                kept.lost = true;
            }
        })
    }

    /// Reads ahead until this much of the content is known, or all of it.
    pub(crate) async fn read_ahead(&mut self, bytes: usize) -> Result<&[u8]> {
        while self.kept.bytes.len() < bytes && !self.body.is_over() {
            poll_fn(|cx| self.poll_read(cx, |kept, piece| kept.bytes.extend_from_slice(piece))).await?;
        }
        Ok(&self.kept.bytes)
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        mut content: impl FnMut(&mut Kept, &[u8]),
    ) -> Poll<Result<()>> {
        let Self { stream, body, kept, bytes_in, .. } = self;
        if body.is_over() {
            return Poll::Ready(Ok(()));
        }
        if stream.pending().is_empty() {
            match ready!(stream.poll_fill(cx)) {
                Ok(1..) => {}
                Ok(0) => return Poll::Ready(Err(left())),
                Err(error) => return Poll::Ready(Err(broken(ErrorType::ReadError, error))),
            }
        }
        let taken = body.take(stream.pending(), |piece| {
            *bytes_in += piece.len() as u64;
            content(kept, piece);
        });
        let malformed = |_| broken(ErrorType::ReadError, io::ErrorKind::InvalidData.into());
        stream.consume(taken.map_err(malformed)?);
        Poll::Ready(Ok(()))
    }

    /// Resolves when the client has left. One that sends its next request instead has not.
    pub(crate) fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<Box<Error>> {
        if self.stream.pending().is_empty() && self.body.is_over() {
            match self.stream.poll_fill(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(left()),
                Poll::Ready(Err(error)) => return Poll::Ready(broken(ErrorType::ReadError, error)),
                Poll::Ready(Ok(_)) | Poll::Pending => {}
            }
        }
        Poll::Pending
    }

    /// Adds the head of an answer to what is sent. `is_end` says that nothing follows.
    pub(crate) fn push_head(&mut self, answer: &ResponseHeader, spelling: &Spelling, is_end: bool) {
        if self.answered.is_some_and(|status| !status.is_informational()) {
            return;
        }
        let old = self.request.version == Version::HTTP_10;
        if answer.status.is_informational() {
            // Clients of HTTP/1.0 do not know them (RFC 9110, section 15.2).
            if !old {
                self.answered = Some(answer.status);
                head::write_status_line(&mut self.out, answer);
                head::write_fields(&mut self.out, &answer.headers, spelling);
                self.out.extend_from_slice(b"\r\n");
            }
            return;
        }
        self.answered = Some(answer.status);
        let length = answer.headers.get(CONTENT_LENGTH);
        let bodiless = self.request.method == Method::HEAD
            || matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let known = length.and_then(|length| length.to_str().ok()?.parse().ok());
        self.outgoing = match known {
            _ if bodiless => Outgoing::Empty,
            Some(bytes) => Outgoing::Length(bytes),
            None if is_end => Outgoing::Length(0),
            None if old => Outgoing::UntilClose,
            None => Outgoing::Chunked,
        };
        // Of a body that is still on its way we would have to read the rest, which nobody wants.
        if self.outgoing == Outgoing::UntilClose || !self.is_body_over() {
            self.reusable = false;
        }
        let out = &mut self.out;
        out.reserve(512);
        head::write_status_line(out, answer);
        head::write_fields(out, &answer.headers, spelling);
        match (self.outgoing, length) {
            // Of what a GET would have got, or what the client has already (RFC 9110, section 8.6).
            (Outgoing::Empty, Some(length)) if answer.status != StatusCode::NO_CONTENT => {
                head::write_field(out, b"Content-Length", length.as_bytes());
            }
            (Outgoing::Length(bytes), _) => {
                head::write_field(out, b"Content-Length", bytes.to_string().as_bytes());
            }
            (Outgoing::Chunked, _) => head::write_field(out, b"Transfer-Encoding", b"chunked"),
            (Outgoing::Empty | Outgoing::UntilClose, _) => {}
        }
        if !answer.headers.contains_key(DATE) {
            super::date::with(|date| head::write_field(out, b"Date", date));
        }
        // Those of HTTP/1.0 want to be told, and some of HTTP/1.1 like to be.
        let connection: &[u8] = if self.reusable { b"keep-alive" } else { b"close" };
        head::write_field(out, b"Connection", connection);
        out.extend_from_slice(b"\r\n");
    }

    /// Tells a client that waits to be asked for its body to send it.
    pub(crate) fn push_continue(&mut self) {
        self.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    /// Adds a piece of the answer's body to what is sent.
    pub(crate) fn push_content(&mut self, piece: &[u8]) {
        self.bytes_out += self.outgoing.push(&mut self.out, piece) as u64;
    }

    /// Ends the answer. False when less of it came than was announced.
    pub(crate) fn push_end(&mut self) -> bool {
        self.outgoing.finish(&mut self.out)
    }

    /// Bytes that wait for the client to take them.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len() - self.sent
    }

    /// Sends what is waiting. True when something went.
    pub(crate) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        let mut moved = false;
        while self.sent < self.out.len() {
            match self.stream.poll_send(cx, &self.out[self.sent..]) {
                Poll::Pending if moved => return Poll::Ready(Ok(true)),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => {
                    return Poll::Ready(Err(broken(ErrorType::WriteError, io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(bytes)) => self.sent += bytes,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(broken(ErrorType::WriteError, error))),
            }
            moved = true;
        }
        self.out.clear();
        self.sent = 0;
        match self.stream.poll_sent(cx) {
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(moved)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(broken(ErrorType::WriteError, error))),
        }
    }

    /// Sends what is waiting. True when something went, and false when nothing is left.
    pub(crate) fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        if ready!(self.poll_send(cx))? {
            return Poll::Ready(Ok(true));
        }
        let sent = ready!(self.stream.poll_sent(cx));
        Poll::Ready(sent.map(|()| false).map_err(|error| broken(ErrorType::WriteError, error)))
    }
}

/// Whether the connection may be used again, as far as this message is concerned (RFC 9112, section 9.3).
pub(crate) fn keeps_alive(version: Version, headers: &HeaderMap) -> bool {
    let mut options =
        headers.get_all(CONNECTION).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let old = version == Version::HTTP_10;
    let decisive: &[u8] = if old { b"keep-alive" } else { b"close" };
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(decisive)) == old
}

fn left() -> Box<Error> {
    Error::explain(ErrorType::ConnectionClosed, "the client has left").into_down()
}

fn broken(kind: ErrorType, error: io::Error) -> Box<Error> {
    Error::because(kind, "the client's connection", error).into_down()
}

impl Downstream for Client {
    fn request(&self) -> &RequestHeader {
        &self.request
    }

    fn request_mut(&mut self) -> &mut RequestHeader {
        &mut self.request
    }

    /// Those are the engine's.
    fn is_upgrade(&self) -> bool {
        false
    }

    fn is_http2(&self) -> bool {
        false
    }

    fn is_without_body(&mut self) -> bool {
        !self.has_body
    }

    fn is_leaving(&self) -> bool {
        self.stream.connection().draining.has_begun()
    }

    fn body_is_kept(&self) -> bool {
        !self.kept.lost
    }

    fn answered(&self) -> Option<StatusCode> {
        self.answered
    }

    fn body_bytes_read(&self) -> u64 {
        self.bytes_in
    }

    fn body_bytes_sent(&self) -> u64 {
        // Heads and frames are small; a client that left in the middle did not get what waits.
        self.bytes_out.saturating_sub(self.waiting() as u64)
    }

    fn end_after_answer(&mut self) {
        self.reusable = false;
    }

    async fn write_head(&mut self, head: Box<ResponseHeader>, is_end: bool) -> Result<()> {
        self.push_head(&head, &Spelling::default(), is_end);
        Ok(())
    }

    async fn write_whole_body(&mut self, body: Bytes) -> Result<()> {
        self.push_content(&body);
        Ok(())
    }

    async fn say_goodbye(&mut self) {
        self.reusable = false;
    }
}
