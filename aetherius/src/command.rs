//! `aetherius command check`: the gate's word on commands, one a line, without running any.

use crate::cli::CommandAction;
use aetherius_contracts::execution::Decision;
use aetherius_execution::gate::{Policy, Scope, judge, split_raw};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};

/// A line longer than this is no honest command.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A command to judge: a tool and its arguments, or, for the tool `raw`, one command line, which is split without a shell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tool: String,
    args: Args,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Args {
    Vector(Vec<String>),
    Line(String),
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Answer {
    verdict: Decision,
    reason: String,
}

/// Reads JSON lines from standard input and prints a verdict for each.
pub(crate) fn run(action: &CommandAction) -> anyhow::Result<()> {
    let CommandAction::Check { namespace } = action;
    let scope = namespace.clone().map_or(Scope::Cluster, Scope::Namespace);
    let policy = Policy::viewer("default", scope);
    let mut input = BufReader::new(std::io::stdin().lock());
    let mut output = std::io::stdout().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read =
            (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).context("cannot read a line")?;
        if read == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = serde_json::to_string(&check(&policy, &line))?;
        match writeln!(output, "{answer}") {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
}

/// A line that is no command is denied like one that may not run.
fn check(policy: &Policy, line: &[u8]) -> Answer {
    let deny = |reason: String| Answer { verdict: Decision::Deny, reason };
    let asked: Asked = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(error) => return deny(format!("not a command: expected {{\"tool\": …, \"args\": …}} ({error})")),
    };
    let judged = match (asked.tool.as_str(), asked.args) {
        ("raw", Args::Line(line)) => split_raw(&line).and_then(|(tool, argv)| judge(policy, &tool, &argv)),
        ("raw", Args::Vector(_)) => return deny("`raw` takes one command line as a string".to_owned()),
        (tool, Args::Vector(argv)) => judge(policy, tool, &argv),
        (_, Args::Line(_)) => {
            return deny("`args` must be an array; for a command line use the tool `raw`".to_owned());
        }
    };
    match judged {
        Ok(_) => Answer { verdict: Decision::Allow, reason: "reads only".to_owned() },
        Err(denial) => deny(denial.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, check};
    use aetherius_contracts::execution::Decision;
    use aetherius_execution::gate::{Policy, Scope};

    fn verdict(line: &str) -> Decision {
        let Answer { verdict, reason } = check(&Policy::viewer("default", Scope::Cluster), line.as_bytes());
        assert!(!reason.is_empty());
        verdict
    }

    #[test]
    fn arrays_and_command_lines_are_judged_by_the_same_rules() {
        for (line, expected) in [
            (r#"{"tool":"kubectl","args":["get","pods"]}"#, Decision::Allow),
            (r#"{"tool":"raw","args":"kubectl get pods -l 'app in (a, b)'"}"#, Decision::Allow),
            (r#"{"tool":"kubectl","args":["delete","pods","--all"]}"#, Decision::Deny),
            (r#"{"tool":"raw","args":"kubectl get pods; id"}"#, Decision::Deny),
            (r#"{"tool":"raw","args":["kubectl","get","pods"]}"#, Decision::Deny),
            (r#"{"tool":"kubectl","args":"get pods"}"#, Decision::Deny),
            (r#"{"tool":"kubectl"}"#, Decision::Deny),
            ("nonsense", Decision::Deny),
            ("\u{0}", Decision::Deny),
        ] {
            assert_eq!(verdict(line), expected, "{line}");
        }
    }
}
