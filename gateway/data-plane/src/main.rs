//! `agw`, the gateway on its own.

use agw::RunOptions;
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Parser)]
#[command(name = "agw", version, about = "A gateway in front of HTTP services", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  agw check proxy.yaml                 say everything that is wrong with a configuration
  agw run --config proxy.yaml          serve until SIGTERM, then finish what is in flight
  curl -X POST http://127.0.0.1:8082/reload-config     take over an edited configuration";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C.
    Run {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Log one JSON object a line.
        #[arg(long)]
        json_logs: bool,
    },
    /// Check a configuration and list everything that is wrong with it.
    Check {
        /// The configuration.
        #[arg(value_name = "FILE")]
        config: PathBuf,
    },
}

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to its user")]
fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { config, json_logs } => agw::run(RunOptions { config, json_logs }),
        Command::Check { config } => agw::check(&config).map(|summary| println!("{summary}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agw: {error:#}");
            ExitCode::FAILURE
        }
    }
}
