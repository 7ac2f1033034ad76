//! The whole, from outside: the real binary, a real Prometheus and Alertmanager, real signals, a real full disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why"
)]

mod instance;
mod way_of_an_alert;
mod incidents;
mod watched_cluster;
mod supervision;
mod durability;
mod bad_input;
mod refusals;
mod signing_in;
mod roles;
mod command_line;
mod remote;
mod demonstration;
mod clusters;
mod one_shot;
mod live_faults;
mod measuring;
mod documentation;
mod api_reference;
