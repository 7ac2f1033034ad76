//! A request on its way to an upstream and the answer on its way back, at the same time and each at the speed of its reader.

use super::BODY_TIMEOUT;
use crate::{
    connection::Patience,
    http1::{
        Client,
        head::Spelling,
        upstream::{Link, Said},
    },
    proxy::{
        Proxy, context::Context, hop_by_hop, json_as_xml, mirror, request_body_filter, response_filter,
        retry, total_timeout::Waits, upstream_peer,
    },
};
use bytes::Bytes;
use pingora_error::{Error, ErrorType, Result};
use pingora_http::ResponseHeader;
use std::{
    future::poll_fn,
    task::{Context as TaskContext, Poll},
    time::Duration,
};
use tokio::time::Instant;

/// What waits for one side before the other is read no further.
const WAITING_BYTES_MAX: usize = 64 << 10;

/// Who takes part.
pub(super) struct Parts<'e> {
    pub(super) proxy: &'e Proxy,
    pub(super) client: &'e mut Client,
    pub(super) link: &'e mut Link,
    pub(super) ctx: &'e mut Context,
}

/// See the module.
pub(super) struct Exchange<'e> {
    parts: Parts<'e>,
    waits: Waits,
    /// The whole request was handed to the link.
    asked: bool,
    /// The upstream takes no more of the request. It may have answered before.
    deaf: Option<Box<Error>>,
    /// When something moved last.
    moved: Instant,
}

/// Whom we wait for.
enum WaitFor {
    ClientToRead,
    UpstreamToRead,
    ClientToSend,
    Answer,
}

impl<'e> Exchange<'e> {
    pub(super) fn new(parts: Parts<'e>, waits: Waits) -> Self {
        Self { parts, waits, asked: false, deaf: None, moved: Instant::now() }
    }

    /// Goes on until the whole answer is there, and was sent as far as the client takes it at once.
    pub(super) async fn run(mut self, patience: &mut Patience<'_>) -> Result<()> {
        poll_fn(|cx| self.poll(cx, patience)).await
    }

    fn poll(&mut self, cx: &mut TaskContext<'_>, patience: &mut Patience<'_>) -> Poll<Result<()>> {
        loop {
            let moved = self.ask(cx)? | self.answer(cx)?;
            if self.parts.link.is_over() {
                if !self.asked {
                    // Answered before it was all said: what is missing would be taken for the next request.
                    self.parts.link.give_up_sending();
                }
                return Poll::Ready(Ok(()));
            }
            if moved {
                self.moved = Instant::now();
                continue;
            }
            if let Poll::Ready(error) = self.parts.client.poll_left(cx) {
                return Poll::Ready(Err(error));
            }
            let (whom, wait) = self.awaited();
            patience.until_whatever_happens(self.moved + wait);
            return patience.poll_end(cx).map(|()| Err(late(&whom)));
        }
    }

    /// Moves the request on. True when something moved.
    fn ask(&mut self, cx: &mut TaskContext<'_>) -> Result<bool> {
        let mut moved = false;
        while !self.asked && self.parts.link.waiting() < WAITING_BYTES_MAX {
            let Parts { client, link, ctx, proxy } = &mut self.parts;
            let mut passed = Ok(());
            let read = client.poll_content(cx, |piece| {
                if passed.is_ok() {
                    passed = request_body_filter::count(piece.len(), ctx);
                    link.push_content(piece);
                    if ctx.copy.is_some() {
                        mirror::collect(proxy, Some(&Bytes::copy_from_slice(piece)), false, ctx);
                    }
                }
            });
            match read? {
                Poll::Pending => break,
                Poll::Ready(()) => passed?,
            }
            moved = true;
            if client.is_body_over() {
                self.asked = true;
                mirror::collect(proxy, None, true, ctx);
                link.push_end();
            }
        }
        if self.deaf.is_some() {
            self.parts.link.give_up_sending();
            return Ok(moved);
        }
        match self.parts.link.poll_send(cx) {
            Poll::Ready(Ok(sent)) => Ok(moved | sent),
            Poll::Ready(Err(error)) => {
                self.deaf = Some(error);
                Ok(true)
            }
            Poll::Pending => Ok(moved),
        }
    }

    /// Moves the answer on. True when something moved.
    fn answer(&mut self, cx: &mut TaskContext<'_>) -> Result<bool> {
        let mut moved = false;
        if self.parts.client.waiting() < WAITING_BYTES_MAX {
            let Parts { client, link, ctx, .. } = &mut self.parts;
            let heard = link.poll_answer(cx, |said| match said {
                Said::Head(head, spelling) => answer_head(client, ctx, head, &spelling),
                Said::Content(piece) => answer_content(client, ctx, piece),
            });
            match heard {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => moved = true,
                // Why it did not read on says more than that it is gone.
                Poll::Ready(Err(error)) => return Err(self.deaf.take().unwrap_or(error)),
            }
            if link.is_over() {
                answer_end(client, ctx)?;
            }
        }
        if self.parts.client.waiting() > 0
            && let Poll::Ready(sent) = self.parts.client.poll_send(cx)
        {
            moved |= sent?;
        }
        Ok(moved)
    }

    fn awaited(&self) -> (WaitFor, Duration) {
        let Parts { client, link, ctx, .. } = &self.parts;
        if client.waiting() > 0 {
            let listener = ctx.connection.as_ref().map(|connection| connection.terms.listener.idle_timeout);
            return (WaitFor::ClientToRead, listener.unwrap_or(BODY_TIMEOUT));
        }
        if link.waiting() > 0 {
            return (WaitFor::UpstreamToRead, self.waits.write);
        }
        if self.asked {
            return (WaitFor::Answer, self.waits.read);
        }
        (WaitFor::ClientToSend, BODY_TIMEOUT)
    }
}

fn late(whom: &WaitFor) -> Box<Error> {
    use ErrorType::{ReadTimedout, WriteTimedout};
    match whom {
        WaitFor::ClientToRead => {
            Error::explain(WriteTimedout, "the client does not read its answer").into_down()
        }
        WaitFor::ClientToSend => {
            Error::explain(ReadTimedout, "the client does not send its body").into_down()
        }
        WaitFor::UpstreamToRead => {
            Error::explain(WriteTimedout, "the upstream does not read the request").into_up()
        }
        WaitFor::Answer => Error::explain(ReadTimedout, "the upstream does not answer").into_up(),
    }
}

fn answer_head(
    client: &mut Client,
    ctx: &mut Context,
    mut head: Box<ResponseHeader>,
    spelling: &Spelling,
) -> Result<()> {
    upstream_peer::answered(&head, ctx);
    retry::look_at(client, &head, ctx)?;
    hop_by_hop::from_response(client, &mut head, ctx)?;
    response_filter::prepare(client, &mut head, ctx)?;
    if !head.status.is_informational() {
        json_as_xml::announce(client, &mut head, ctx)?;
    }
    client.push_head(&head, spelling, false);
    Ok(())
}

fn answer_content(client: &mut Client, ctx: &mut Context, piece: &[u8]) -> Result<()> {
    if ctx.json_xml.is_none() {
        client.push_content(piece);
        return Ok(());
    }
    converted(client, ctx, Some(Bytes::copy_from_slice(piece)), false)
}

fn answer_end(client: &mut Client, ctx: &mut Context) -> Result<()> {
    if ctx.json_xml.is_some() {
        converted(client, ctx, None, true)?;
    }
    client.push_end();
    Ok(())
}

fn converted(client: &mut Client, ctx: &mut Context, mut piece: Option<Bytes>, is_end: bool) -> Result<()> {
    json_as_xml::convert(&mut piece, is_end, ctx)?;
    if let Some(xml) = piece {
        client.push_content(&xml);
    }
    Ok(())
}
