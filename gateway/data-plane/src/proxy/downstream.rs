//! The client's side of a request, as the hooks see it: a session of the engine's, or a request that we serve ourselves.

use bytes::Bytes;
use http::StatusCode;
use pingora_error::Result;
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::Session;

/// A request that is being served.
pub(crate) trait Downstream {
    fn request(&self) -> &RequestHeader;

    fn request_mut(&mut self) -> &mut RequestHeader;

    /// Whether the request asks for another protocol.
    fn is_upgrade(&self) -> bool;

    fn is_http2(&self) -> bool;

    /// Whether there is no body, and none to come.
    fn is_without_body(&mut self) -> bool;

    /// Whether the gateway is going away.
    fn is_leaving(&self) -> bool;

    /// Whether the body, as far as it was read, can be sent once more.
    fn body_is_kept(&self) -> bool;

    /// The status of the answer, once its head was written. Interim ones count.
    fn answered(&self) -> Option<StatusCode>;

    /// Bytes of the request's body so far.
    fn body_bytes_read(&self) -> u64;

    /// Bytes of the answer's body so far.
    fn body_bytes_sent(&self) -> u64;

    /// The connection is not to be used again after the answer.
    fn end_after_answer(&mut self);

    /// Writes the head of an answer of ours.
    async fn write_head(&mut self, head: Box<ResponseHeader>, is_end: bool) -> Result<()>;

    /// Writes the body of an answer of ours.
    async fn write_whole_body(&mut self, body: Bytes) -> Result<()>;

    /// The last word of an answer: the connection is closed for writing.
    async fn say_goodbye(&mut self);
}

impl Downstream for Session {
    fn request(&self) -> &RequestHeader {
        self.req_header()
    }

    fn request_mut(&mut self) -> &mut RequestHeader {
        self.req_header_mut()
    }

    fn is_upgrade(&self) -> bool {
        self.is_upgrade_req()
    }

    fn is_http2(&self) -> bool {
        self.as_http2().is_some()
    }

    fn is_without_body(&mut self) -> bool {
        self.as_mut().is_body_empty()
    }

    fn is_leaving(&self) -> bool {
        self.is_process_shutting_down()
    }

    fn body_is_kept(&self) -> bool {
        !self.as_ref().retry_buffer_truncated()
    }

    fn answered(&self) -> Option<StatusCode> {
        self.response_written().map(|head| head.status)
    }

    fn body_bytes_read(&self) -> u64 {
        self.as_ref().body_bytes_read() as u64
    }

    fn body_bytes_sent(&self) -> u64 {
        self.as_ref().body_bytes_sent() as u64
    }

    fn end_after_answer(&mut self) {
        self.set_keepalive(None);
    }

    async fn write_head(&mut self, head: Box<ResponseHeader>, is_end: bool) -> Result<()> {
        self.write_response_header(head, is_end).await
    }

    async fn write_whole_body(&mut self, body: Bytes) -> Result<()> {
        self.write_response_body(Some(body), true).await
    }

    async fn say_goodbye(&mut self) {
        self.shutdown().await;
    }
}
