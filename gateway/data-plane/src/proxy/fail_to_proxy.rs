//! The answer when a request did not get one from its upstream.

use super::{Proxy, context::Context, cors, downstream::Downstream, lane, limit, observed, upstream_peer};
use crate::problem;
use agw_core::refusal::{Code, Refusal};
use pingora_error::{
    Error, ErrorSource,
    ErrorType::{
        ConnectTimedout, ConnectionClosed, ReadError, ReadTimedout, TLSHandshakeTimedout, WriteError,
        WriteTimedout,
    },
};
use std::io;

/// Answers if the client is there and has no answer yet, and gives the status. The connection is closed in any case: parts of the
/// request may be unread.
pub(super) async fn answer(
    proxy: &Proxy,
    session: &mut impl Downstream,
    error: &Error,
    ctx: &mut Context,
) -> u16 {
    let refusal = ctx.refusal.take().or_else(|| refusal_of(error, ctx));
    ctx.refused = refusal.as_ref().map(|refusal| refusal.code);
    observed::failed(proxy, ctx, error);
    let error_code = refusal.as_ref().map_or(0, |refusal| refusal.code.status());
    let answered = session.answered().is_some_and(|status| !status.is_informational() || status == 101);
    if let Some(mut refusal) = refusal.filter(|_| !answered) {
        refusal.headers.extend(cors::of_answer(session, ctx));
        limit::announce(ctx, |name, value| refusal.headers.push((name, value)));
        lane::explain(ctx, |name, value| refusal.headers.push((name, value)));
        session.end_after_answer();
        // A client that left does not need the answer.
        if problem::refuse(session, &refusal, &ctx.request_id).await.is_ok() {
            session.say_goodbye().await;
        }
    }
    error_code
}

/// `None` when the client is gone.
fn refusal_of(error: &Error, ctx: &Context) -> Option<Refusal> {
    let timed_out =
        matches!(error.etype(), ConnectTimedout | ReadTimedout | WriteTimedout | TLSHandshakeTimedout);
    match error.esource() {
        ErrorSource::Upstream if !ctx.upstream.connected => Some(upstream_peer::unavailable()),
        ErrorSource::Upstream if timed_out => {
            let detail = "the service behind this route did not answer in time; it may still be at work";
            Some(Refusal::new(Code::UpstreamTimeout, detail))
        }
        ErrorSource::Upstream => {
            let detail = "the service behind this route broke off; it may have acted on the request";
            Some(Refusal::new(Code::UpstreamFailed, detail))
        }
        ErrorSource::Downstream => match error.etype() {
            ReadError if is_malformed(error) => {
                Some(Refusal::new(Code::BadFraming, "the chunks of the request body are not well formed"))
            }
            ReadError | WriteError | WriteTimedout | ConnectionClosed => None,
            ReadTimedout => Some(Refusal::new(
                Code::RequestTimeout,
                "the request body did not arrive in time; send it again",
            )),
            _ => Some(Refusal::new(Code::BadFraming, "the request is not well-formed HTTP/1.1")),
        },
        ErrorSource::Internal | ErrorSource::Unset => {
            let detail = "the gateway failed; try again, and tell its operator if it stays";
            Some(Refusal::new(Code::Internal, detail))
        }
    }
}

/// The stream says so of a body that it cannot find the end of.
fn is_malformed(error: &Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidData)
}
