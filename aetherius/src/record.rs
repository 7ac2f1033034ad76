//! `aetherius record`: what a diagnosis sees of a cluster, kept as a case.

use crate::{
    cli::{self, RecordArgs},
    one_shot::Outcome,
    source::{self, Source},
};
use aetherius_contracts::{
    execution::{Decision, StepResult, StepStatus},
    reasoning::{Diagnosis, Finding},
};
use aetherius_execution::{
    recorded::{self, Format, NewCase, RecordedOutput},
    runner::Cluster,
};
use anyhow::Context;
use std::{collections::BTreeSet, fmt::Write, sync::Arc};

/// Diagnoses, writes down what was seen, and makes sure that it leads to the same answer when it is replayed.
pub(crate) fn run(args: &RecordArgs) -> anyhow::Result<()> {
    let source = source::open(&args.source)?;
    let outcome = source.diagnose()?;
    let (outputs, left_out) = outputs(&outcome);
    let case = NewCase {
        namespace: source.namespace,
        description: args.description.clone(),
        outputs,
        expect: args.expect.clone(),
    };
    recorded::write(&args.out, &case)?;
    let replayed = replay(&args.out).context("the case was written, but cannot be replayed")?;

    let mut text = format!("{} commands recorded in {}\n", case.outputs.len(), args.out.display());
    for command in left_out {
        let _ = writeln!(text, "Left out, because it gave nothing: {command}");
    }
    let (before, after) = (answer(&outcome.result.diagnosis), answer(&replayed));
    let _ = writeln!(text, "Today's answer: {before}");
    if before != after {
        let _ = writeln!(text, "Replayed, the answer is another: {after}");
    }
    let _ = writeln!(
        text,
        "Credentials are masked. Names, addresses and images are as in the cluster: look through the files before you share them."
    );
    cli::print(&text)
}

/// What each command gave, under the words in which it was planned, and the commands that gave nothing to keep.
fn outputs(outcome: &Outcome) -> (Vec<(Vec<String>, RecordedOutput)>, Vec<&str>) {
    let mut known = BTreeSet::new();
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for step in &outcome.result.steps {
        if step.verdict.verdict == Decision::Deny || step.status == StepStatus::Timeout || step.exit_code < 0
        {
            left_out.push(step.command.as_str());
            continue;
        }
        let argv = planned(outcome, step);
        if known.insert(argv.clone()) {
            let output = RecordedOutput {
                stdout: step.output.clone(),
                stderr: step.error.clone(),
                exit_code: step.exit_code,
            };
            kept.push((argv, output));
        }
    }
    (kept, left_out)
}

fn planned(outcome: &Outcome, step: &StepResult) -> Vec<String> {
    match outcome.commands.get(&step.step_id) {
        Some(command) => std::iter::once(command.tool.clone()).chain(command.argv()).collect(),
        None => step.argv.clone(),
    }
}

fn replay(dir: &std::path::Path) -> anyhow::Result<Diagnosis> {
    let case = recorded::load(dir, Format::Own)?;
    let source = Source {
        namespace: case.namespace.clone(),
        cluster: Cluster::Recorded(Arc::new(case)),
        format: Some(Format::Own),
    };
    Ok(source.diagnose()?.result.diagnosis)
}

fn answer(diagnosis: &Diagnosis) -> String {
    let told = |finding: &Finding| format!("{},{},{}", finding.rule, finding.object, finding.taxonomy);
    diagnosis.root_cause.as_ref().map_or_else(|| recorded::HEALTHY.to_owned(), told)
}
