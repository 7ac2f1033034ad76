//! The service from outside: clusters that are watched, played by an API server that can be told to misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking and says why")]

mod api_server;
mod harness;
mod events;
mod states;
mod faults;
mod rights;
