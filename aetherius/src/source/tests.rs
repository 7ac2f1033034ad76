use super::{nothing_seen, refusal, within};
use crate::one_shot::Outcome;
use aetherius_contracts::{
    execution::{Command, Decision, StepResult, StepStatus, Verdict},
    reasoning::Diagnosis,
    tasks::TaskResult,
};
use aetherius_execution::recorded::{Format, load};
use std::path::Path;

fn outcome(steps: &[(&str, StepStatus, &str, &str)]) -> Outcome {
    let step = |(n, (_, status, output, error)): (usize, &(&str, StepStatus, &str, &str))| StepResult {
        step_id: n.to_string(),
        command: String::new(),
        argv: Vec::new(),
        verdict: Verdict { verdict: Decision::Allow, reason: String::new(), checks_passed: Vec::new() },
        status: *status,
        output: (*output).to_owned(),
        output_hash: String::new(),
        truncated: false,
        error: (*error).to_owned(),
        exit_code: 0,
        duration_ms: 1,
        timestamp: jiff::Timestamp::UNIX_EPOCH,
    };
    let command =
        |line: &str| Command { args: line.split(' ').map(str::to_owned).collect(), ..Command::default() };
    let diagnosis =
        Diagnosis { root_cause: None, other_findings: Vec::new(), strategy: String::new(), gaps: Vec::new() };
    Outcome {
        commands: steps.iter().enumerate().map(|(n, (line, ..))| (n.to_string(), command(line))).collect(),
        result: TaskResult { diagnosis, steps: steps.iter().enumerate().map(step).collect() },
    }
}

#[test]
fn an_empty_namespace_is_not_a_healthy_one() {
    use StepStatus::{Failed, Success};
    let (none, some) = ("{\n    \"items\": []\n}", "{\"items\": [{}]}");
    let pods = |output| ("pods -n shop -o json", Success, output, "");
    let nodes = ("nodes -o json", Success, some, "");
    let told = nothing_seen(&outcome(&[pods(none), nodes]), "shop").unwrap();
    assert!(told.starts_with("there is nothing in the namespace `shop`"), "{told}");
    assert_eq!(nothing_seen(&outcome(&[pods(some), nodes]), "shop"), None);
    assert_eq!(nothing_seen(&outcome(&[nodes]), "shop"), None);
    assert_eq!(nothing_seen(&outcome(&[("pods -A -o json", Success, none, ""), nodes]), ""), None);
    let failed = |error| ("pods -n shop -o json", Failed, "", error);
    assert_eq!(nothing_seen(&outcome(&[failed("Forbidden"), nodes]), "shop"), None);
    let silent = outcome(&[
        failed("not asked: the cluster did not answer 0 s ago (x)"),
        failed("dial tcp: i/o timeout"),
    ]);
    assert!(nothing_seen(&silent, "shop").unwrap().contains("does not answer: dial tcp"));
}

#[test]
fn what_kubectl_says_is_told_with_what_to_do() {
    let told = [
        "Error in configuration: context was not found for specified context: nope",
        "error: context \"nope\" does not exist",
        "E1120 21:48:37.055294   13037 memcache.go:265] \"Unhandled Error\" err=\"couldn't get\"\nThe connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n",
        "Unable to connect to the server: dial tcp: lookup api.example on 10.0.0.2:53: no such host",
        "Error from server (Forbidden): pods is forbidden: User \"reader\" cannot list resource \"pods\" in API group \"\" in the namespace \"shop\"",
        "error: You must be logged in to the server (Unauthorized)",
        "denied: `shop!` is no namespace",
        "",
    ]
    .map(refusal);
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_recording_knows_its_namespaces() {
    let case = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cases/image-pull"), Format::Own)
        .unwrap();
    assert_eq!(within(&case, "bookshop".into()).unwrap(), "bookshop");
    assert_eq!(within(&case, String::new()).unwrap(), "");
    let refused = within(&case, "teashop".into()).unwrap_err().to_string();
    assert_eq!(refused, "nothing was recorded of the namespace `teashop`; there is: bookshop");
}
