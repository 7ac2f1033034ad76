//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{io::Write, path::PathBuf};

#[derive(Debug, Parser)]
#[command(name = "aetherius", version, about = "A gateway, an agent platform and an on-call SRE agent", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  aetherius serve                                    serve on 127.0.0.1:8080 with all state under ./data
  aetherius serve --listen 0.0.0.0:8080 --config aetherius.yaml
  aetherius services                                 what there is to select, and what each needs
  aetherius diagnose --case examples/cases/image-pull
  aetherius config check aetherius.yaml              say everything that is wrong with a configuration";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve until SIGTERM or Ctrl-C, then finish what is in flight.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// The services' process; `serve` starts it.
    #[command(hide = true)]
    Platform(ServeArgs),
    /// The gateway's process; `serve` starts it.
    #[command(hide = true)]
    Agw(AgwArgs),
    /// List the services, their other names, and what each needs.
    Services,
    /// Find the root cause of a recorded case, and print it with its evidence.
    #[command(after_help = DIAGNOSE_EXAMPLES)]
    Diagnose(DiagnoseArgs),
    /// Ask the gate about commands, without running any.
    #[command(subcommand, name = "command")]
    Gate(CommandAction),
    /// Check or print a configuration.
    #[command(subcommand)]
    Config(ConfigAction),
}

const SERVE_EXAMPLES: &str = "Examples:
  aetherius serve
  aetherius serve --listen 0.0.0.0:8080 --data /var/lib/aetherius
  aetherius serve --services reasoning,knowledge --config split.yaml";

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// The one public address, `IP:port` [default: 127.0.0.1:8080].
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) listen: Option<String>,
    /// The services to run: `all`, or a list as `aetherius services` names them [default: all].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) services: Option<Vec<String>>,
    /// The configuration; none is needed.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where all state is kept [default: ./data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AgwArgs {
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[arg(long)]
    json_logs: bool,
}

impl From<AgwArgs> for agw::RunOptions {
    fn from(args: AgwArgs) -> Self {
        Self { config: args.config, json_logs: args.json_logs }
    }
}

const DIAGNOSE_EXAMPLES: &str = "Examples:
  aetherius diagnose --case examples/cases/crash-loop
  aetherius diagnose --case examples/cases/crash-loop --json | jq .root_cause";

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    /// The directory of the recorded case.
    #[arg(long, value_name = "DIR")]
    pub(crate) case: PathBuf,
    /// How the case was written down.
    #[arg(long, value_enum, default_value_t = CaseFormat::Aetherius)]
    pub(crate) format: CaseFormat,
    /// Print JSON: root_cause, object, taxonomy, confidence, evidence.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a case was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaseFormat {
    /// Ours: case.yaml and a file for each output.
    Aetherius,
    /// That of the public benchmark of this name; answers carry its labels.
    #[value(name = "cloudopsbench")]
    CloudOpsBench,
}

const CHECK_EXAMPLES: &str = r#"Examples:
  echo '{"tool":"kubectl","args":["get","pods","-A"]}' | aetherius command check
  echo '{"tool":"raw","args":"kubectl delete ns shop"}' | aetherius command check --namespace shop"#;

#[derive(Debug, Subcommand)]
pub(crate) enum CommandAction {
    /// Read JSON lines {"tool","args"} from standard input, print {"verdict","reason"} for each.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Judge as for a caller whose scope is this namespace [default: the whole cluster].
        #[arg(long, value_name = "NAMESPACE")]
        namespace: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// List everything that is wrong with a configuration, each with its path.
    Check {
        /// The configuration.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the configuration with all defaults filled in; secrets are hidden.
    Print {
        /// The configuration; without one, the defaults.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Prints what was asked for; a reader that stops reading (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
