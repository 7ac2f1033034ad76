//! `agw`, the gateway on its own.

use agw::{CtlCommand, CtlOptions, RunOptions};
use clap::{Parser, Subcommand};
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Requests make many small allocations of a short life, each on one thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(name = "agw", version, about = "A gateway in front of HTTP services", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  agw check proxy.yaml                 say everything that is wrong with a configuration
  agw run --config proxy.yaml          serve until SIGTERM, then finish what is in flight
  agw ctl get-status                   show what runs
  agw ctl explain /api/orders          say which route a request would take, and why
  agw ctl update-config new.yaml       check it, put it in place, take it over; what is refused is undone
  agw schema > agw.schema.json         the JSON Schema of a configuration, for editors";

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
    /// Talk to a running gateway.
    Ctl {
        #[command(flatten)]
        options: CtlOptions,
        #[command(subcommand)]
        command: CtlCommand,
    },
    /// Print the JSON Schema of a configuration.
    Schema,
}

#[allow(clippy::print_stderr, reason = "a command line speaks to its user")]
fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { config, json_logs } => agw::run(RunOptions { config, json_logs }),
        Command::Check { config } => agw::check(&config).and_then(|summary| say(&summary)),
        Command::Ctl { options, command } => agw::ctl(&options, &command).and_then(|answer| say(&answer)),
        Command::Schema => say(&format!("{:#}", agw_config::schema())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agw: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints it. A reader that has seen enough, as `head` has, is no failure.
fn say(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
