//! The gateway as its users meet it: a real one on a port of its own, real origins over TCP and Unix sockets, real bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod strict_origin;
mod support;

mod admin;
mod authentication;
mod clusters;
mod conformance;
mod corpus;
mod ctl;
mod docs;
mod documentation;
mod drain;
mod early_answer;
mod event_streams;
mod explain;
mod faults;
mod frames;
mod framing;
mod grpc;
mod hop_by_hop;
mod http2_limits;
mod http2_upstream;
mod identity;
mod jwt;
mod lanes;
mod limits;
mod listeners;
mod negotiation;
mod no_drop;
mod observability;
mod operations;
mod process;
mod routes;
mod routing;
mod scripted;
mod security;
mod sent_once;
mod shared_limits;
mod streams;
mod tls;
mod upgrade;
mod upstream_h2;
mod upstream_tls;
mod upstreams;
mod websockets;
mod wire;
