//! Measures Aetherius from outside, as its users meet it: over HTTP, on a real disk, with processes that are killed.
//!
//! In: the program to measure, or the URL of one that runs. Out: a table, and a list of `{name, value, unit, bar, holds}`.
//!
//! Invariants: load is open-loop, and a latency counts from the moment at which its request was due, so that a stall of the server
//! cannot hide by slowing its clients down; nothing counts as kept before it was read back.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal speaks there")]

mod cli;
mod events;
mod crash;
mod gateway;
mod subject;
mod server;
mod process;
mod load;
mod agenda;
mod alert;
mod client;
mod tasks;
mod rows;
#[cfg(test)]
mod stub;

use clap::Parser;
use std::process::ExitCode;

// One thread: the servers share the machine with us and need the rest of it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let measured = match cli::Cli::parse().command {
        cli::Command::Events(args) => events::run(&args).await?,
        cli::Command::Crash(args) => crash::run(&args).await?,
        cli::Command::Gateway(args) => gateway::run(&args).await?,
    };
    Ok(if measured.iter().all(rows::Row::holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
