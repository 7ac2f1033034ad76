use super::{check_grounded, keep_grounded};
use crate::testing::{at, cite, event, finding, found, ran, sha};
use aetherius_contracts::{
    reasoning::{Diagnosis, Evidence},
    reports::Report,
    tasks::TaskResult,
};

fn report(result: TaskResult) -> Report {
    Report {
        id: "r".into(),
        task_id: "t".into(),
        project_id: "p".into(),
        title: String::new(),
        created_at: at("2026-01-01T00:00:00Z"),
        event: event(),
        result,
        trace_id: String::new(),
    }
}

const OUTPUT: &str = "one\ntwo\r\n  three\n\nfive";

/// A report with one finding whose only evidence is `change`d.
fn with(change: impl Fn(&mut Evidence)) -> Report {
    let step = ran("s", "kubectl get x", OUTPUT);
    let mut evidence = cite(&step, 1, "shows");
    change(&mut evidence);
    let diagnosis = Diagnosis {
        root_cause: Some(finding("rule", "summary", vec![evidence])),
        other_findings: vec![],
        strategy: String::new(),
        gaps: vec![],
    };
    report(TaskResult { diagnosis, steps: vec![step] })
}

#[test]
fn what_stands_there_holds() {
    check_grounded(&report(found())).unwrap();
    for (line, excerpt) in
        [(1, "one"), (2, "two"), (2, "two\r"), (1, "one\ntwo"), (3, "  three\n\nfive"), (5, "five\n")]
    {
        let report = with(|evidence| (evidence.line, evidence.excerpt) = (line, excerpt.into()));
        assert_eq!(check_grounded(&report), Ok(()), "{excerpt:?}");
    }
}

#[test]
fn what_does_not_stand_there_is_left_out() {
    let hash = sha(OUTPUT);
    let command = "kubectl get x";
    for (name, hash, command, line, excerpt) in [
        ("another line", hash.as_str(), command, 2, "one"),
        ("line 0", &hash, command, 0, "one"),
        ("a line behind the end", &hash, command, usize::MAX, "one"),
        ("half a line", &hash, command, 1, "on"),
        ("more than is there", &hash, command, 5, "five\nsix"),
        ("nothing", &hash, command, 4, ""),
        ("other words", &hash, command, 1, "uno"),
        ("an unknown hash", &sha("else"), command, 1, "one"),
        ("another command", &hash, "kubectl get y", 1, "one"),
    ] {
        let report = with(|evidence| {
            (evidence.output_hash, evidence.command) = (hash.to_owned(), command.to_owned());
            (evidence.line, evidence.excerpt) = (line, excerpt.to_owned());
        });
        assert_eq!(check_grounded(&report).unwrap_err().len(), 1, "{name}");
        assert!(keep_grounded(report).0.result.diagnosis.root_cause.is_none(), "{name}");
    }
}

#[test]
fn an_output_that_does_not_have_its_hash_proves_nothing() {
    let mut report = with(|_| {});
    report.result.steps[0].output.push('x');
    assert!(check_grounded(&report).is_err());
}

#[test]
fn a_finding_without_evidence_is_left_out() {
    let mut report = with(|_| {});
    report.result.diagnosis.root_cause.as_mut().unwrap().evidence.clear();
    assert_eq!(check_grounded(&report).unwrap_err(), ["`rule` cites no evidence"]);
}

#[test]
fn a_finding_stays_with_the_evidence_that_holds() {
    let mut result = found();
    result.diagnosis.root_cause.as_mut().unwrap().evidence[0].line = 1;
    result.diagnosis.other_findings[0].evidence[0].excerpt = "made up".into();
    let (report, left_out) = keep_grounded(report(result));
    assert_eq!(left_out.len(), 2);
    assert_eq!(report.result.diagnosis.root_cause.unwrap().evidence.len(), 1);
    assert!(report.result.diagnosis.other_findings.is_empty());
}
