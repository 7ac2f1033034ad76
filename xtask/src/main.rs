//! What is longer than a line of the Makefile: `cargo run -p xtask -- tidy` checks what neither the compiler nor clippy can.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal speaks there")]

mod tidy;
mod generate;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "xtask", about = "The chores of this repository")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the layers, the heavy dependencies, file sizes, words that do not belong, and the paths that documents name.
    Tidy,
    /// Write anew what is in `schema/`: the OpenAPI document, and the JSON Schema of the gateway's configuration.
    Generate,
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Tidy => tidy::run(),
        Command::Generate => generate::run(),
    }
}
