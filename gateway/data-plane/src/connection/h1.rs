//! The requests of an HTTP/1 connection, one after the other.
//!
//! Heads are read here and not by the engine: as a whole within a time, up to a size, and checked as they arrived. A connection
//! that waits for its next request is a small task without buffers.

use super::{Connection, h2, patience::Patience, refuse};
use crate::{
    deadline::{Limited, limited},
    http1::{self, Client},
    proxy,
    stream::ClientStream,
    trace,
    websocket::Handed,
    worker::{Engine, Worker},
};
use agw_core::{
    framing,
    message::{self, Extent},
    refusal::{Code, Refusal},
};
use bytes::BytesMut;
use pingora_core::{
    apps::{HttpServerApp, ReusedHttpStream},
    protocols::http::ServerSession,
    server::ShutdownWatch,
};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// What comes next on a connection.
enum Next {
    /// A head that was found to be good.
    Request(BytesMut, Extent),
    /// HTTP/2 by prior knowledge.
    Http2,
    /// Something to be answered with a refusal; then the connection ends.
    Refused(Refusal),
    /// Nothing.
    End,
}

/// Serves requests until the connection ends, or turns out to be HTTP/2: then it is given back.
pub(super) async fn serve(
    mut stream: Box<ClientStream>,
    connection: &Arc<Connection>,
    worker: &Arc<Worker>,
) -> Option<Box<ClientStream>> {
    if stream.agreed_on_http2() {
        return Some(stream);
    }
    let terms = &connection.terms.listener;
    let watched = connection.draining.watch();
    let mut draining = connection.draining.watch();
    let mut stop = pin!(draining.changed());
    let deadline = Instant::now() + terms.idle_timeout;
    let timer = pin!(sleep_until(deadline));
    let mut patience = Patience::new(timer, deadline, watched.clone());
    // Once is enough to be woken; later looks are at an atomic.
    poll_fn(|cx| Poll::Ready(stop.as_mut().poll(cx).is_ready())).await;
    let mut first = true;
    loop {
        let next = next(&mut stream, connection, &mut patience, first).await;
        let (head, extent) = match next {
            Next::Request(head, extent) => (head, extent),
            Next::Http2 => return Some(stream),
            Next::Refused(refusal) => {
                Box::pin(refuse::answer(&mut stream, connection, &refusal, worker.proxy())).await;
                return None;
            }
            Next::End => return None,
        };
        let may_switch = extent == Extent::Open;
        connection.await_request();
        let head = if may_switch {
            head
        } else {
            match direct(stream, head, &extent, worker, &mut patience).await {
                Direct::Again(returned) => {
                    stream = returned;
                    first = false;
                    continue;
                }
                Direct::Engine(returned, head) => {
                    stream = returned;
                    connection.await_request();
                    head
                }
                Direct::Ended => return None,
            }
        };
        stream.begin(extent);
        let mut served = request(stream, head, worker.engine(), &watched, terms.idle_timeout);
        let reused = if may_switch {
            match until_switched(&mut served, connection).await {
                Served::Answered(reused) => reused,
                Served::Switched(handed) => {
                    drop(served);
                    Box::pin(worker.proxy().go_on(*handed, worker.leaving())).await;
                    return None;
                }
            }
        } else {
            served.await
        };
        let Some(reused) = reused else {
            if !connection.has_begun() {
                worker.proxy().log_unread(connection, &refuse::unreadable(), &trace::new_root(false));
            }
            return None;
        };
        let (returned, _) = reused.consume();
        // It is what we gave.
        stream = returned.into_any().downcast::<ClientStream>().ok()?;
        if !stream.is_at_end() {
            return None;
        }
        first = false;
    }
}

/// What became of a request that needs no engine, it seemed.
enum Direct {
    /// It was served, and the next one may come.
    Again(Box<ClientStream>),
    /// It does need the engine.
    Engine(Box<ClientStream>, BytesMut),
    /// The connection is over.
    Ended,
}

async fn direct(
    stream: Box<ClientStream>,
    head: BytesMut,
    extent: &Extent,
    worker: &Worker,
    patience: &mut Patience<'_>,
) -> Direct {
    let bytes = head.freeze();
    let Some(parsed) = http1::head::request(bytes.clone()) else {
        return Direct::Engine(stream, BytesMut::from(bytes));
    };
    let client = Client::new(stream, parsed, extent);
    let served = limited(Box::pin(proxy::serve(worker.proxy(), worker.pool(), client, patience)));
    match served.await {
        Some(proxy::Served::Again(stream)) => Direct::Again(stream),
        Some(proxy::Served::Engine(stream)) => Direct::Engine(stream, BytesMut::from(bytes)),
        Some(proxy::Served::Ended) | None => Direct::Ended,
    }
}

/// What became of a request that may open a WebSocket.
enum Served {
    /// It is over.
    Answered(Option<ReusedHttpStream>),
    /// It goes on without the engine.
    Switched(Box<Handed>),
}

/// Serves until there is nothing left to do for the engine.
async fn until_switched(served: &mut Limited<'_, ReusedHttpStream>, connection: &Connection) -> Served {
    poll_fn(|cx| {
        if let Poll::Ready(reused) = Pin::new(&mut *served).poll(cx) {
            return Poll::Ready(Served::Answered(reused));
        }
        match connection.handover().and_then(|handover| handover.take()) {
            Some(handed) => Poll::Ready(Served::Switched(Box::new(handed))),
            None => Poll::Pending,
        }
    })
    .await
}

/// One request by the engine; `None` when the connection is not to be used again.
fn request<'e>(
    stream: Box<ClientStream>,
    head: BytesMut,
    engine: &'e Arc<Engine>,
    draining: &'e ShutdownWatch,
    write_timeout: Duration,
) -> Limited<'e, ReusedHttpStream> {
    let mut session = ServerSession::new_http1(stream);
    session.set_write_timeout(Some(write_timeout));
    session.set_pipelined_prefix(head);
    limited(engine.process_new_http(session, draining))
}

/// Waits for a whole head.
async fn next(
    stream: &mut ClientStream,
    connection: &Connection,
    patience: &mut Patience<'_>,
    first: bool,
) -> Next {
    let terms = &connection.terms.listener;
    let may_be_http2 = first && terms.http2;
    patience.until(Instant::now() + terms.idle_timeout);
    let (mut searched, mut begun) = (0, false);
    loop {
        let pending = stream.pending();
        if !pending.is_empty() {
            if may_be_http2 && pending.starts_with(h2::PREFACE) {
                return Next::Http2;
            }
            let partly_http2 = may_be_http2 && h2::PREFACE.starts_with(pending);
            if let Some(end) = message::head_end(pending, searched).filter(|_| !partly_http2) {
                return checked(stream, end, terms.head_bytes_max);
            }
            if pending.len() > terms.head_bytes_max {
                return Next::Refused(too_long(terms.head_bytes_max));
            }
            // The preface of HTTP/2 has an empty line before its end.
            searched = if partly_http2 { 0 } else { pending.len() };
            if !std::mem::replace(&mut begun, true) {
                patience.until_whatever_happens(Instant::now() + terms.head_timeout);
            }
        }
        let read = poll_fn(|cx| match stream.poll_fill(cx) {
            Poll::Ready(read) => Poll::Ready(Some(read)),
            Poll::Pending => {
                stream.rest();
                patience.poll_end(cx).map(|()| None)
            }
        });
        match read.await {
            Some(Ok(1..)) => {}
            Some(Ok(0) | Err(_)) => return Next::End,
            None if begun => {
                let detail = "the request head did not arrive in time; send it again";
                return Next::Refused(Refusal::new(Code::RequestTimeout, detail));
            }
            None => return Next::End,
        }
    }
}

fn checked(stream: &mut ClientStream, end: usize, head_bytes_max: usize) -> Next {
    if end > head_bytes_max {
        return Next::Refused(too_long(head_bytes_max));
    }
    let head = stream.split_to(end);
    match framing::check(&head) {
        Err(refusal) => Next::Refused(refusal),
        Ok(framing) => Next::Request(head, framing.into()),
    }
}

fn too_long(bytes_max: usize) -> Refusal {
    Refusal::new(Code::BadFraming, format!("the request head is longer than {bytes_max} bytes"))
}
