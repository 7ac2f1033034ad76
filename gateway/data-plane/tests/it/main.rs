//! The gateway as its users meet it: a real one on a port of its own, real origins over TCP and Unix sockets, real bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod strict_origin;
mod support;

mod admin;
mod authentication;
mod docs;
mod corpus;
mod drain;
mod framing;
mod identity;
mod lanes;
mod limits;
mod no_drop;
mod negotiation;
mod process;
mod routes;
mod routing;
mod scripted;
mod shared_limits;
mod listeners;
mod streams;
mod tls;
mod upgrade;
mod upstreams;
mod wire;
