//! What can be typed.

use clap::{Args, Parser, Subcommand};
use std::{num::NonZeroU32, path::PathBuf};

#[derive(Debug, Parser)]
#[command(name = "aetherius-bench", version, about = "Measures Aetherius from outside", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  aetherius-bench events --binary target/release/aetherius
  aetherius-bench events --url http://127.0.0.1:8080 --data ./data --rate 2000 --seconds 60
  aetherius-bench crash --binary target/release/aetherius --kills 50
  aetherius-bench gateway --only peers,memory --rounds 1

Ends with 0 when every bar holds, else with 1.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send alerts at a steady rate, measure their acknowledgements, and find the task of each.
    #[command(after_help = EVENTS_EXAMPLES)]
    Events(EventsArgs),
    /// Kill the processes at random moments under that load; no acknowledged alert may be lost or done twice.
    #[command(after_help = CRASH_EXAMPLES)]
    Crash(CrashArgs),
    /// Put `agw` beside nginx, HAProxy, Envoy and bare Pingora: CPU, latency, memory.
    Gateway(GatewayArgs),
}

const EVENTS_EXAMPLES: &str = "Examples:
  aetherius-bench events --binary target/release/aetherius
  aetherius-bench events --url http://127.0.0.1:8080 --token aeth_… --rate 2000 --seconds 60

Without --url a server of its own is started, with its data under $TMPDIR, which must be on a disk.";

const CRASH_EXAMPLES: &str = "Examples:
  aetherius-bench crash --binary target/release/aetherius
  aetherius-bench crash --kills 10 --seed 7          the same processes in the same order as every run with seed 7";

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How long alerts are sent.
    #[arg(long, default_value = "30", value_name = "N")]
    pub(crate) seconds: NonZeroU32,
}

#[derive(Debug, Args)]
pub(crate) struct CrashArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How often a process is killed.
    #[arg(long, default_value = "50", value_name = "N")]
    pub(crate) kills: NonZeroU32,
    /// Decides which process is killed when; a new one for each run by default.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    /// The gateway.
    #[arg(long, value_name = "FILE", default_value = "target/release/agw")]
    pub(crate) agw: PathBuf,
    /// Pingora with nothing around it: the example `bare_pingora` of the crate agw.
    #[arg(long, value_name = "FILE", default_value = "target/release/examples/bare_pingora")]
    pub(crate) bare_pingora: PathBuf,
    /// Envoy.
    #[arg(long, value_name = "FILE", default_value = "envoy")]
    pub(crate) envoy: PathBuf,
    /// How often each is measured; medians count.
    #[arg(long, default_value = "3", value_name = "N")]
    pub(crate) rounds: NonZeroU32,
    /// How long each load lasts.
    #[arg(long, default_value = "5", value_name = "N")]
    pub(crate) seconds: NonZeroU32,
    /// Only these: peers, latency, cores, routes, jwt, bodies, memory.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Where the results are written; rows of other measurements in it stay.
    #[arg(long, default_value = "bench/results/gateway.json", value_name = "FILE")]
    pub(crate) out: PathBuf,
}

impl GatewayArgs {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct SubjectArgs {
    /// A server that runs already, `http://HOST:PORT`; without it one is started.
    #[arg(long, conflicts_with_all = ["binary", "case", "keep"])]
    pub(crate) url: Option<String>,
    /// The token for --url; by default that in the data directory.
    #[arg(long, requires = "url")]
    pub(crate) token: Option<String>,
    /// The data directory of the server at --url; says which processes to weigh, and to kill.
    #[arg(long, value_name = "DIR", requires = "url")]
    pub(crate) data: Option<PathBuf>,
    /// The program to start.
    #[arg(long, value_name = "FILE", default_value = "target/release/aetherius")]
    pub(crate) binary: PathBuf,
    /// The recorded case that stands in for a cluster.
    #[arg(long, value_name = "DIR", default_value = "examples/cases/image-pull")]
    pub(crate) case: PathBuf,
    /// Keep the data directory of the started server.
    #[arg(long)]
    pub(crate) keep: bool,
}

/// What is sent.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Alerts a second, each in a request of its own. A little more than the bar, so that what is achieved can clear it.
    #[arg(long, default_value = "1050", value_name = "N")]
    pub(crate) rate: NonZeroU32,
    /// Connections, kept alive; as many requests can be under way.
    #[arg(long, default_value = "64", value_name = "N")]
    pub(crate) connections: NonZeroU32,
    /// The namespace that alerts name; the recorded case's own.
    #[arg(long, default_value = "bookshop")]
    pub(crate) namespace: String,
    /// How long tasks may lag behind the end of the load.
    #[arg(long, default_value = "300", value_name = "N")]
    pub(crate) catch_up_seconds: u32,
    /// Where the results are written; rows of other measurements in it stay.
    #[arg(long, default_value = "bench/results/events.json", value_name = "FILE")]
    pub(crate) out: PathBuf,
}
