//! An HTTP/2 connection: the engine's, but for its beginning and its end.

use super::{CONNECTION, Connection, h2_limits};
use crate::{
    deadline::limited,
    stream::ClientStream,
    worker::{Engine, Worker},
};
use async_trait::async_trait;
use pingora_core::{
    apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream, ServerApp},
    protocols::http::{ServerSession, v2::server::H2Options},
    server::ShutdownWatch,
};
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// How every HTTP/2 connection begins (RFC 9113, section 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves an HTTP/2 connection to its end. What was read of it is still in the stream.
pub(super) async fn serve(mut stream: Box<ClientStream>, connection: &Arc<Connection>, worker: &Arc<Worker>) {
    let terms = &connection.terms.listener;
    // The engine would wait for the preface for ever.
    match timeout(terms.head_timeout, preface(&mut stream)).await {
        Ok(true) => {}
        Ok(false) | Err(_) => return,
    }
    stream.become_http2();
    let mut options = HttpServerOptions::default();
    options.h2_idle_timeout = Some(terms.idle_timeout);
    let app = Arc::new(ConnectionApp {
        engine: Arc::clone(worker.engine()),
        connection: Arc::clone(connection),
        options,
        streams: AtomicUsize::new(0),
        abused: Notify::new(),
    });
    let draining = connection.draining.watch();
    tokio::select! {
        _ = app.process_new(stream, &draining) => {}
        () = left_behind(&app) => {}
        () = app.abused.notified() => {}
    }
}

/// Whether the client begins as it must.
async fn preface(stream: &mut ClientStream) -> bool {
    while stream.pending().len() < PREFACE.len() {
        if !PREFACE.starts_with(stream.pending()) {
            return false;
        }
        match poll_fn(|cx| stream.poll_fill(cx)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return false,
        }
    }
    stream.pending().starts_with(PREFACE)
}

/// Resolves when the listener has gone away, nothing is being served, and the client has not closed in its time: the engine
/// would wait for it for ever.
async fn left_behind(app: &ConnectionApp) {
    // A sender that is gone means the same.
    let _ = app.connection.draining.watch().changed().await;
    loop {
        sleep(app.connection.terms.listener.idle_timeout).await;
        if app.streams.load(Ordering::Relaxed) == 0 {
            return;
        }
    }
}

/// The engine, for one connection.
struct ConnectionApp {
    engine: Arc<Engine>,
    connection: Arc<Connection>,
    options: HttpServerOptions,
    /// Those being served.
    streams: AtomicUsize,
    /// Told when the client has overdone it; dropping the connection is all that is left then.
    abused: Notify,
}

/// A stream that is being served.
struct Served<'a>(&'a AtomicUsize);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl HttpServerApp for ConnectionApp {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        let _served = Served(&self.streams);
        session.set_write_timeout(Some(self.connection.terms.listener.idle_timeout));
        let conduct = &self.connection.conduct;
        conduct.begin();
        let served = limited(self.engine.process_new_http(session, shutdown));
        let reused = CONNECTION.scope(Arc::clone(&self.connection), served).await;
        if conduct.is_abuse() {
            self.abused.notify_one();
        }
        reused
    }

    fn h2_options(&self) -> Option<H2Options> {
        Some(h2_limits::options(&self.connection.terms.listener))
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        Some(&self.options)
    }
}
