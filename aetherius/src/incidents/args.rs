use crate::client::RemoteArgs;
use clap::{Args, Subcommand, ValueEnum};

const INCIDENTS_EXAMPLES: &str = "Examples:
  aetherius incidents ls                                    the newest first
  aetherius incidents ls --status completed --severity critical -n shop
  aetherius incidents ls --json | jq -r '.items[].task_id'
  aetherius incidents show 01a1fa95-e513-7439-b650-eb69cfc7561d
  aetherius incidents ack 01a1fa95-e513-7439-b650-eb69cfc7561d
  aetherius incidents silence 01a1fa95-e513-7439-b650-eb69cfc7561d --for 2h --reason 'mended tonight'
  aetherius incidents feedback 01a1fa95-e513-7439-b650-eb69cfc7561d wrong --cause oom_killed

It ends with 0 when it was done, and else with
  1  it failed                    4  the token is not known, or may not do it
  2  the command line is wrong    5  there is no such thing
  3  nobody answers               6  the thing is in a state that does not allow it";

#[derive(Debug, Args)]
#[command(after_help = INCIDENTS_EXAMPLES)]
pub(crate) struct IncidentsArgs {
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    #[command(subcommand)]
    pub(crate) action: IncidentsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentsAction {
    /// List incidents, newest first.
    Ls(Filter),
    /// Show one: its cause, evidence, commands, timeline and comments.
    Show {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
    /// Say that you have seen it and take care.
    Ack {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
    /// Take that back.
    Unack {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
    /// Give it to somebody.
    Assign {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
        /// Who takes care of it.
        #[arg(value_name = "USER", required_unless_present = "nobody")]
        assignee: Option<String>,
        /// Give it to nobody.
        #[arg(long, conflicts_with = "assignee")]
        nobody: bool,
    },
    /// Write something under it.
    Comment {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
        /// What; `-` reads it from standard input.
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Have nobody told of it for a while.
    Silence {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
        /// For how long, such as `30m` or `2h`.
        #[arg(long = "for", value_name = "SPAN", value_parser = minutes, default_value = "1h", conflicts_with = "end")]
        minutes: u64,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "", conflicts_with = "end")]
        reason: String,
        /// End the silence now.
        #[arg(long)]
        end: bool,
    },
    /// Say whether the diagnosis is right.
    Feedback {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
        /// Whether it is.
        #[arg(value_enum)]
        verdict: Verdict,
        /// What it was instead, such as `oom_killed`.
        #[arg(long, value_name = "CAUSE")]
        cause: Option<String>,
        /// What the next who reads it should know.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Diagnose it once more.
    Retry {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
    /// Stop diagnosing it.
    Cancel {
        /// As `ls` shows it.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdict {
    Right,
    Wrong,
}

/// Which incidents.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// `pending`, `scheduled`, `running`, `completed`, `failed`, `timeout` or `cancelled`.
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// `critical`, `high`, `medium` or `low`.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<String>,
    /// Of this namespace.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// That have this text in their name, cause or object.
    #[arg(short, long = "query", value_name = "TEXT")]
    pub(crate) q: Option<String>,
    /// That were given to this person.
    #[arg(long, value_name = "USER")]
    pub(crate) assignee: Option<String>,
    /// That somebody has acknowledged, or, with `false`, nobody.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) acknowledged: Option<bool>,
    /// How many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,
    /// Begin after this one: the `next` of the list before.
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KnowledgeArgs {
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    #[command(subcommand)]
    pub(crate) action: KnowledgeAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KnowledgeAction {
    /// List what is known.
    Ls {
        /// How many at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Add an entry.
    Add(NewEntry),
    /// Remove an entry.
    Rm {
        /// As `ls` shows it.
        #[arg(value_name = "ENTRY")]
        id: String,
    },
    /// Find the entries most like a text.
    Search(Search),
}

#[derive(Debug, Args)]
pub(crate) struct NewEntry {
    /// What it is about.
    #[arg(value_name = "TITLE")]
    pub(crate) title: String,
    /// What to know and do; `-` reads it from standard input.
    #[arg(value_name = "TEXT")]
    pub(crate) content: String,
    /// `runbook`, `incident` …
    #[arg(long, value_name = "NAME", default_value = "runbook")]
    pub(crate) category: String,
    /// For filters; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// In words.
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// How many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub(crate) top: u32,
    /// Nothing that is less alike, 0 to 1.
    #[arg(long, value_name = "SCORE", default_value_t = 0.2)]
    pub(crate) threshold: f64,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    #[command(subcommand)]
    pub(crate) action: AuditAction,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum AuditAction {
    /// Say whether anything that was recorded was changed or removed; ends with 1 if so.
    Verify,
}

/// A span in whole minutes, at least one.
fn minutes(text: &str) -> Result<u64, String> {
    let span: Result<jiff::SignedDuration, _> = text.parse();
    let seconds =
        span.ok().and_then(|span| u64::try_from(span.as_secs()).ok()).filter(|&seconds| seconds > 0);
    seconds
        .map(|seconds| seconds.div_ceil(60))
        .ok_or_else(|| "is not a span of time; write `30m` or `2h`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn a_silence_is_counted_in_minutes() {
        assert_eq!((minutes("30m"), minutes("2h"), minutes("10s")), (Ok(30), Ok(120), Ok(1)));
        for wrong in ["", "2", "-5m", "0s", "soon"] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }
}
