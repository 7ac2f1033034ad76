//! Both ends of a call between services: what a service wraps around its router, and the channel by which another calls it.
//!
//! A channel is either the other service's router, called in memory without a socket, or a base URL called over HTTP. Both speak
//! the same requests, so that one process and many cannot drift apart.
//!
//! Invariants: every request but health, metrics and those by which one becomes somebody proves its caller by a signed token, in
//! memory too; no page of another site changes anything; every error is an RFC 9457
//! problem with a code of a closed set; bodies are bounded; a deadline travels with the call.

pub mod problem;
pub mod caller;
pub mod context;
pub mod extract;
pub mod kit;
pub mod origin;
pub mod serve;
pub mod channel;
pub mod backoff;
pub mod openapi;

pub use caller::{Caller, CallerKey};
pub use channel::{CallError, Channel};
pub use context::CallContext;
pub use extract::{Json, Query};
pub use problem::{Code, Problem};
