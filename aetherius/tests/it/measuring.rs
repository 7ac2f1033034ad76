//! `eval`: the shipped cases are the regression suite of the rules.

use crate::instance::{PATIENCE, run, run_within};
use serde_json::Value;
use std::{fs, path::Path};

/// Those for people, and those that were recorded from the scenarios.
const SHIPPED: [(&str, u64); 2] = [("examples/cases", 3), ("testing/cases", 60)];

#[test]
fn every_shipped_case_is_right_grounded_and_the_same_under_other_names() {
    for (cases, at_least) in SHIPPED {
        let args = ["eval", "--cases", cases, "--renamed", "--json", "--min-all", "1"];
        let output = run_within(4 * PATIENCE, &args, &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        let report: Value = serde_json::from_slice(&output.stdout).expect(&told);
        let wrong = wrong(&report);
        assert!(wrong.is_empty(), "{cases}:\n{}", wrong.join("\n"));
        assert!(output.status.success(), "{told}");
        let count = &report["total"]["cases"];
        assert!(count.as_u64().unwrap() >= at_least, "{cases}: {count}");
        assert_eq!(report["renamed"]["count"], *count);
        assert_eq!(report["groundedness"]["share"], 1.0, "{cases}: {:#}", report["groundedness"]);
        assert_eq!(report["false_alarms"]["count"], 0);
    }
}

/// A sentence for each case that is not as it should be.
fn wrong(report: &Value) -> Vec<String> {
    let list = |field: &str| report[field].as_array().cloned().unwrap_or_default();
    let told = |labels: &Value| match labels.is_null() {
        true => "nothing".to_owned(),
        false => {
            format!("{} {} {}", labels["taxonomy"], labels["object"], labels["root_cause"]).replace('"', "")
        }
    };
    let misses = list("misses").into_iter().map(|it| {
        format!("{}: expected {}, answered {}", it["case"], told(&it["expected"]), told(&it["answered"]))
    });
    let renamed = list("renaming_changes")
        .into_iter()
        .map(|it| format!("{}: under other names {}", it["case"], it["text"]));
    let errors = list("errors").into_iter().map(|it| format!("{}: {}", it["case"], it["text"]));
    let silent =
        list("without_answer").into_iter().map(|it| format!("{it}: does not say what is wrong in it"));
    misses.chain(renamed).chain(errors).chain(silent).collect()
}

fn case(at: &Path, expect: &str) {
    fs::create_dir_all(at).unwrap();
    let commands = "commands:\n  - {argv: [kubectl, get, pods, -n, shop], output: pods.txt}\n";
    fs::write(at.join("case.yaml"), format!("namespace: shop\n{commands}{expect}")).unwrap();
    fs::write(
        at.join("pods.txt"),
        "NAME    READY   STATUS    RESTARTS   AGE\ntill    1/1     Running   0          9d\n",
    )
    .unwrap();
}

#[test]
fn a_threshold_or_a_broken_case_fails_and_the_rest_is_told_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().display().to_string();
    case(&dir.path().join("healthy"), "expect: {root_cause: none}\n");
    case(
        &dir.path().join("deep/down/missed"),
        "expect: {root_cause: oom_killed, object: pod/till, taxonomy: runtime}\n",
    );
    case(&dir.path().join("unknown"), "");
    let output = run(&["eval", "--cases", &at]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        text.contains("deep/down/missed: expected runtime pod/till oom_killed, answered nothing"),
        "{text}"
    );
    assert!(text.contains("without an answer to compare with:\n  unknown"), "{text}");
    assert!(run(&["eval", "--cases", &at, "--min-all", "0.5"]).status.success());
    let short = run(&["eval", "--cases", &at, "--min-all", "0.6"]);
    assert_eq!(short.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&short.stderr).contains("0.500 of the cases are right, less than 0.6"));

    fs::write(dir.path().join("healthy/case.yaml"), "colour: red\n").unwrap();
    let broken = run(&["eval", "--cases", &at]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("1 of 3 cases could not be measured"));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("could not be measured:\n  healthy: "));
    assert_eq!(run(&["eval", "--cases", "docs"]).status.code(), Some(1));
}
