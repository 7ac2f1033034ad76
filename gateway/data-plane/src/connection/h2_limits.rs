//! What one HTTP/2 connection may cost.

use agw_core::listener::Listener;
use pingora_core::protocols::http::v2::server::H2Options;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Requests at a time. RFC 9113, section 6.5.2 asks for no fewer.
const STREAMS_MAX: u32 = 100;
/// What a client may send ahead, for one request and for all together. We hold no more than the latter in memory; it is enough
/// for 80 Mbit/s from 100 ms away.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
/// What waits of an answer for a client that reads slowly, for each stream.
const SEND_BUFFER_BYTES_MAX: usize = 64 << 10;
/// Streams that were reset before we had a look at them (rapid reset, CVE-2023-44487).
const RESET_UNSEEN_MAX: usize = 20;
/// Streams that we had to reset because of what the client sent (CVE-2025-8671).
const RESET_BY_US_MAX: usize = 128;
/// A client may have sent much of a body before it learns that we have reset its stream; that must not end the connection.
const RESET_REMEMBERED: usize = 100;
const RESET_REMEMBERED_FOR: Duration = Duration::from_secs(10);

/// Requests that a client may give up before they are answered, as long as they are not more than half of all. Browsers give up
/// a page's worth of them; an attacker makes us and the upstreams work for nobody.
const GIVEN_UP_MAX: usize = 100;

/// The engine's options. Floods of CONTINUATION frames and of empty DATA frames are bounded by the HTTP/2 library, the former in
/// proportion to the size of a head; answers to PING and SETTINGS are not queued, so floods of them wait in the client.
pub(super) fn options(listener: &Listener) -> H2Options {
    let mut options = H2Options::new();
    options
        .max_header_list_size(u32::try_from(listener.head_bytes_max).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS_MAX)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buffer_size(SEND_BUFFER_BYTES_MAX)
        .max_pending_accept_reset_streams(RESET_UNSEEN_MAX)
        .max_local_error_reset_streams(Some(RESET_BY_US_MAX))
        .max_concurrent_reset_streams(RESET_REMEMBERED)
        .reset_stream_duration(RESET_REMEMBERED_FOR);
    options
}

/// How a connection has used its requests so far.
#[derive(Debug, Default)]
pub(crate) struct Conduct {
    begun: AtomicUsize,
    given_up: AtomicUsize,
}

impl Conduct {
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// The client did not wait for the answer.
    pub(crate) fn give_up(&self) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it makes work for nobody.
    pub(crate) fn is_abuse(&self) -> bool {
        let given_up = self.given_up.load(Ordering::Relaxed);
        given_up > GIVEN_UP_MAX && given_up > self.begun.load(Ordering::Relaxed) / 2
    }
}
