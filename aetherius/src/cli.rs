//! What can be typed.

use crate::incidents::{AuditArgs, IncidentsArgs, KnowledgeArgs, QueueArgs};
use aetherius_execution::recorded::Expectation;
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
  aetherius demo                                     see what it does, without a cluster
  aetherius services                                 what there is to select, and what each needs
  aetherius diagnose -n shop                         the root cause of what is wrong in a namespace of your cluster
  aetherius diagnose examples/cases/image-pull       the same for a recorded case or a dump
  aetherius users add ann --role admin               let somebody sign in with a password
  aetherius config check aetherius.yaml              say everything that is wrong with a configuration";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve until SIGTERM or Ctrl-C, then finish what is in flight.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Serve in a directory of its own with a demonstration: alerts about recorded incidents come by themselves.
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(DemoArgs),
    /// The services' process; `serve` starts it.
    #[command(hide = true)]
    Platform(ServeArgs),
    /// The gateway's process; `serve` starts it.
    #[command(hide = true)]
    Agw(AgwArgs),
    /// List the services, their other names, and what each needs.
    Services,
    /// Print the OpenAPI document of all services.
    Openapi,
    /// Find the root cause of what is wrong in a cluster, a dump or a recorded case, and print it with its evidence.
    #[command(after_help = DIAGNOSE_EXAMPLES, override_usage = "aetherius diagnose [OPTIONS] <DIR | -n NAMESPACE | -A>")]
    Diagnose(DiagnoseArgs),
    /// Keep what a diagnosis sees of a cluster as a recorded case, to replay it later.
    #[command(after_help = RECORD_EXAMPLES, override_usage = "aetherius record [OPTIONS] --out <DIR> <DIR | -n NAMESPACE | -A>")]
    Record(RecordArgs),
    /// Diagnose many recorded cases whose answers are known, and say how many are right.
    #[command(after_help = EVAL_EXAMPLES)]
    Eval(EvalArgs),
    /// See and handle the incidents of a running installation.
    Incidents(IncidentsArgs),
    /// See how many incidents of a running installation wait.
    Queue(QueueArgs),
    /// See and change what a running installation has learnt.
    Knowledge(KnowledgeArgs),
    /// Check the audit chain of a running installation.
    Audit(AuditArgs),
    /// Ask the gate about commands, without running any.
    #[command(subcommand, name = "command")]
    Gate(CommandAction),
    /// Check or print a configuration.
    #[command(subcommand)]
    Config(ConfigAction),
    /// Add people, give them new passwords, keep them out. Needs no sign-in but the right to read the data directory.
    #[command(after_help = USERS_EXAMPLES)]
    Users(UsersArgs),
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

const DEMO_EXAMPLES: &str = "Examples:
  aetherius demo
  aetherius demo --speed 1                                  as slowly as it happened: ten minutes
  aetherius demo --listen 127.0.0.1:9000 --data /tmp/demo";

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many times faster than it happened, 0.1 to 1000.
    #[arg(long, value_name = "NUMBER", default_value_t = aetherius_api::demo::SPEED_DEFAULT, value_parser = speed)]
    pub(crate) speed: f64,
    /// The one public address, `IP:port` [default: 127.0.0.1:8080].
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) listen: Option<String>,
    /// Where all state is kept; delete it to begin anew.
    #[arg(long, value_name = "DIR", default_value = "data-demo")]
    pub(crate) data: PathBuf,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| aetherius_api::demo::SPEEDS.contains(speed));
    speed.ok_or_else(|| "must be a number from 0.1 to 1000".to_owned())
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
  aetherius diagnose -n shop                                the current context of your kubeconfig
  aetherius diagnose --context production -A
  aetherius diagnose examples/cases/crash-loop
  aetherius diagnose examples/cases/crash-loop --json | jq .root_cause
  kubectl cluster-info dump --namespaces shop --output-directory=dump && aetherius diagnose dump -n shop";

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Print JSON: root_cause, object, taxonomy, confidence, evidence.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to look at: a directory, or else a living cluster.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// A recorded case, or what `kubectl cluster-info dump --output-directory=DIR` wrote.
    #[arg(value_name = "DIR", conflicts_with_all = ["case", "context", "kubeconfig"])]
    pub(crate) dir: Option<PathBuf>,
    /// The same as DIR.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["context", "kubeconfig"])]
    pub(crate) case: Option<PathBuf>,
    /// How DIR was written down [default: what its files say].
    #[arg(long, value_enum)]
    pub(crate) format: Option<CaseFormat>,
    /// Ask the cluster of this context [default: the current one].
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The kubeconfig [default: the first file in KUBECONFIG that is there, else ~/.kube/config, else the pod's service account].
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Look into this namespace [default: all; of a recorded case its own].
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "all_namespaces")]
    pub(crate) namespace: Option<String>,
    /// Look into all namespaces.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
}

/// How a case was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaseFormat {
    /// Ours: case.yaml and a file for each output.
    Aetherius,
    /// That of the public benchmark of this name; answers carry its labels.
    #[value(name = "cloudopsbench")]
    CloudOpsBench,
    /// What `kubectl cluster-info dump --output-directory=DIR` writes.
    Dump,
}

const RECORD_EXAMPLES: &str = "Examples:
  aetherius record -n shop --out incident-42
  aetherius record -n shop --out cart-oom --expect oom_killed,deployment/cart,runtime
  aetherius diagnose incident-42                            replay it";

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Where the case is written; must be empty or not there yet.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// What was wrong, if you know it, as `aetherius diagnose` prints it, or `none`; for `aetherius eval`.
    #[arg(long, value_name = "CAUSE,OBJECT,TAXONOMY", value_parser = expectation)]
    pub(crate) expect: Option<Expectation>,
    /// One sentence about the case, for people.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) description: String,
}

fn expectation(text: &str) -> Result<Expectation, String> {
    let mut words = text.split(',').map(|word| word.trim().to_owned());
    let mut next = || words.next().unwrap_or_default();
    let expected = Expectation { root_cause: next(), object: next(), taxonomy: next() };
    match (words.next(), expected.problem()) {
        (Some(_), _) => Err("is more than a cause, an object and a taxonomy".to_owned()),
        (None, Some(problem)) => Err(problem.to_owned()),
        (None, None) => Ok(expected),
    }
}

const EVAL_EXAMPLES: &str = "Examples:
  aetherius eval --cases examples/cases
  aetherius eval --cases examples/cases --renamed --min-all 1
  aetherius eval --cases benchmark --format cloudopsbench --json > eval.json

A directory below DIR with a case.yaml, or with a metadata.json and a k8s_states.json, is a case. It ends with 1 when a case cannot be
loaded or less is right than --min-all asks for. What --json prints is told in docs/measuring-diagnosis.md.";

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// The directory that holds the cases, at any depth.
    #[arg(long, value_name = "DIR")]
    pub(crate) cases: PathBuf,
    /// Only cases that were written down like this [default: all].
    #[arg(long, value_enum)]
    pub(crate) format: Option<CaseFormat>,
    /// Also diagnose each case with all its objects renamed, and say whether the verdict is the same.
    #[arg(long)]
    pub(crate) renamed: bool,
    /// End with 1 when the share of cases of which all three fields are right is less than this, 0 to 1.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) min_all: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be a number from 0 to 1".to_owned())
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

const USERS_EXAMPLES: &str = "Examples:
  aetherius users add ann --role admin                      asks for a password
  printf %s \"$PASSWORD\" | aetherius users add ben --role operator --data /var/lib/aetherius
  aetherius users passwd ann                                when ann has forgotten hers; signs her out everywhere
  aetherius users disable ben                               within seconds, also where ben is signed in
  aetherius users ls

It works on the data directory, whether Aetherius runs or not.";

#[derive(Debug, Args)]
pub(crate) struct UsersArgs {
    #[command(subcommand)]
    pub(crate) action: UsersAction,
    /// Where all state is kept.
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersAction {
    /// List everybody.
    Ls {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add somebody. The password is asked for, or read from standard input if that is no terminal.
    Add {
        /// 1 to 64 of a-z, 0-9, `.`, `_`, `-`, `@`.
        name: String,
        /// For people to read [default: the name].
        #[arg(long, value_name = "TEXT", default_value = "")]
        display_name: String,
        /// viewer reads, operator also acts, admin also decides who may do what.
        #[arg(long = "role", value_name = "ROLE", value_parser = ["viewer", "operator", "admin"], default_value = "viewer")]
        role: String,
    },
    /// Give somebody a new password.
    Passwd {
        /// Whom.
        name: String,
    },
    /// Give somebody another role.
    Role {
        /// Whom.
        name: String,
        /// Which.
        #[arg(value_parser = ["viewer", "operator", "admin"])]
        role: String,
    },
    /// Keep somebody out.
    Disable {
        /// Whom.
        name: String,
    },
    /// Let somebody in again.
    Enable {
        /// Whom.
        name: String,
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
