//! Traces: which one a request belongs to, what is recorded of it, and how it is sent.
//!
//! The context comes and goes as W3C Trace Context says (<https://www.w3.org/TR/trace-context/>). A request whose trace is not
//! recorded costs a few random numbers. Records are handed to a task by a bounded queue ([`export`]); when it is full they are dropped
//! and counted.

use crate::random;
use foundation::trace::{TRACEPARENT, TraceParent};
use http::{HeaderMap, HeaderValue};
use std::time::Instant;

pub(crate) mod export;
mod otlp;
pub(crate) mod span;
#[cfg(test)]
mod tests;

pub(crate) const TRACESTATE: &str = "tracestate";
/// Of the attempts beyond, nothing is told.
const ATTEMPTS_MAX: usize = 8;

/// A request's place in its trace.
#[derive(Debug)]
pub(crate) struct RequestTrace {
    /// The request itself: as a span of its own if traces are sent, else as the caller named it.
    pub(crate) own: TraceParent,
    /// What the caller said, if it said something valid.
    pub(crate) caller: Option<TraceParent>,
    /// What is recorded; `None` if nothing is.
    pub(crate) record: Option<Box<Record>>,
    renamed: bool,
}

/// What happened to a request, for its spans.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) attempts: Vec<Attempt>,
}

/// A request to an endpoint.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) span_id: [u8; 8],
    pub(crate) began: Instant,
    pub(crate) ended: Option<Instant>,
    pub(crate) endpoint: String,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<&'static str>,
}

impl RequestTrace {
    /// A trace of its own, until the head is looked at.
    pub(crate) fn unknown() -> Self {
        let own = TraceParent { trace_id: [0; 16], span_id: [0; 8], sampled: false };
        Self { own, caller: None, record: None, renamed: false }
    }

    /// Continues the caller's trace or begins one. `sample` is the share of those begun here that is recorded; `None` if the gateway
    /// sends no traces.
    pub(crate) fn begin(headers: &HeaderMap, sample: Option<f64>) -> Self {
        let caller = caller(headers);
        let own = match (caller, sample) {
            // We add no span, so the next one is the caller's child.
            (Some(caller), None) => caller,
            (Some(caller), Some(_)) => TraceParent { span_id: span_id(), ..caller },
            // The services behind decide for themselves, as they would without us.
            (None, None) => new_root(true),
            (None, Some(sample)) => new_root(random::chance(sample)),
        };
        let recorded = sample.is_some() && own.sampled;
        Self {
            own,
            caller,
            record: recorded.then(Box::default),
            renamed: sample.is_some() || caller.is_none(),
        }
    }

    /// The `traceparent` for the upstream; `None` if the caller's is to be passed on as it is.
    pub(crate) fn to_upstream(&self) -> Option<HeaderValue> {
        if !self.renamed {
            return None;
        }
        let attempt = self.record.as_ref().and_then(|record| record.attempts.last());
        let span_id = attempt.map_or(self.own.span_id, |attempt| attempt.span_id);
        // Hex digits and dashes are always a value.
        HeaderValue::from_bytes(&TraceParent { span_id, ..self.own }.header()).ok()
    }

    /// Begins an attempt; `endpoint` says at whom.
    pub(crate) fn attempt_begins(&mut self, endpoint: impl FnOnce() -> String) {
        if let Some(record) = self.record.as_mut().filter(|record| record.attempts.len() < ATTEMPTS_MAX) {
            record.attempts.push(Attempt {
                span_id: span_id(),
                began: Instant::now(),
                ended: None,
                endpoint: endpoint(),
                status: None,
                error: None,
            });
        }
    }

    /// The endpoint answered with a head.
    pub(crate) fn attempt_answered(&mut self, status: u16) {
        if let Some(attempt) = self.attempt() {
            attempt.status = Some(status);
        }
    }

    /// The attempt is over, for this reason if it failed.
    pub(crate) fn attempt_ends(&mut self, error: Option<&'static str>) {
        if let Some(attempt) = self.attempt().filter(|attempt| attempt.ended.is_none()) {
            attempt.ended = Some(Instant::now());
            attempt.error = error;
        }
    }

    fn attempt(&mut self) -> Option<&mut Attempt> {
        self.record.as_mut()?.attempts.last_mut()
    }
}

/// Two of them are as good as none (section 3.2: the header is single-valued).
fn caller(headers: &HeaderMap) -> Option<TraceParent> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    value.to_str().ok().and_then(TraceParent::parse)
}

/// The first span of a new trace.
pub(crate) fn new_root(sampled: bool) -> TraceParent {
    let mut trace_id = [0; 16];
    trace_id[..8].copy_from_slice(&span_id());
    trace_id[8..].copy_from_slice(&random::bits().to_be_bytes());
    TraceParent { trace_id, span_id: span_id(), sampled }
}

/// Never all zero, which would mean none.
fn span_id() -> [u8; 8] {
    random::bits().max(1).to_be_bytes()
}
