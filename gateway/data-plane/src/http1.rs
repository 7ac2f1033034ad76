//! HTTP/1 on both sides of a request, without the engine.
//!
//! Most requests come over HTTP/1 and go to an upstream that speaks it. For them the engine's sessions, tasks and channels cost more
//! than the work itself. They are served with what is here, the client's side of a request ([`client`]) and the upstream's
//! ([`upstream`]), whose connection was perhaps used before ([`pool`]). The hooks are the same.
//!
//! Invariants:
//! - what is read from one side is bounded by what the other side takes;
//! - where a message ends is decided once, from a head with one reading, and written anew for the other side;
//! - an upstream's connection is kept only when both messages on it ended where their heads said.

mod body;
pub(crate) mod client;
mod date;
pub(crate) mod head;
pub(crate) mod pool;
pub(crate) mod scratch;
pub(crate) mod upstream;

pub(crate) use client::Client;
pub(crate) use pool::Pool;
