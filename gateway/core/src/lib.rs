//! What the gateway does with a request, without doing it.
//!
//! In go resources ([`resource`]: routes, clusters, consumers) and the facts of one request; out comes a [`decide::Decision`].
//! Time, sockets and files belong to the data plane.
//!
//! Invariants:
//! - nothing here reads a clock, opens a socket or knows tokio; the time is passed in;
//! - a [`routing::Routing`] never changes once compiled, save for its counters; a request keeps the one it began with;
//! - whatever is refused is refused with a [`refusal::Code`] of a closed set.
//!
//! Reading order: [`decide`], then its steps [`route`], [`auth`], [`lane`], [`limit`], and [`cluster`] for what comes after.

pub mod alert;
pub mod attachment;
pub mod auth;
pub mod balance;
pub mod base64;
pub mod breaker;
pub mod cluster;
pub mod caller;
pub mod cors;
pub mod decide;
pub mod explain;
pub mod facts;
pub mod forwarded;
pub mod framing;
pub mod health;
pub mod histogram;
pub mod hop_by_hop;
pub mod host;
pub mod injection;
pub mod ip;
pub mod jwt;
pub mod lane;
pub mod limit;
pub mod outlier;
pub mod mask;
pub mod listener;
pub mod message;
pub mod network;
pub mod path;
pub mod pattern;
pub mod redirect;
pub mod refusal;
pub mod resource;
pub mod retry;
pub mod route;
pub mod routing;
pub mod split;
pub mod websocket;
