use super::is_grounded;
use aetherius_contracts::{
    execution::{Decision, StepResult, StepStatus, Verdict},
    reasoning::Evidence,
};
use sha2::{Digest, Sha256};

fn step(output: &str) -> StepResult {
    StepResult {
        step_id: "s".into(),
        command: "kubectl get pods".into(),
        argv: Vec::new(),
        verdict: Verdict { verdict: Decision::Allow, reason: String::new(), checks_passed: Vec::new() },
        status: StepStatus::Success,
        output: output.into(),
        output_hash: hex::encode(Sha256::digest(output)),
        truncated: false,
        error: String::new(),
        exit_code: 0,
        duration_ms: 1,
        timestamp: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn an_excerpt_is_whole_lines_at_its_line_of_the_very_output() {
    let output = "one\n  two\nthree";
    let steps = [step(output), StepResult { output: "other".into(), ..step("else") }];
    let evidence = |excerpt: &str, line: usize, hash: &str| Evidence {
        output_hash: hash.into(),
        command: String::new(),
        excerpt: excerpt.into(),
        line,
        shows: String::new(),
    };
    let hash = steps[0].output_hash.as_str();
    for (excerpt, line, hash, holds) in [
        ("  two", 2, hash, true),
        ("one\n  two", 1, hash, true),
        ("three", 3, hash, true),
        ("two", 2, hash, false),
        ("  tw", 2, hash, false),
        ("  two", 1, hash, false),
        ("one", 0, hash, false),
        ("", 1, hash, false),
        ("three", 4, hash, false),
        ("  two", 2, "0000", false),
        ("other", 1, steps[1].output_hash.as_str(), false),
    ] {
        assert_eq!(is_grounded(&evidence(excerpt, line, hash), &steps), holds, "{excerpt:?} at {line}");
    }
}
