//! Measuring one case.

use super::{find::Found, names, rename::Renaming};
use crate::{cloudopsbench, one_shot};
use aetherius_contracts::{
    execution::StepResult,
    reasoning::{Diagnosis, Evidence, Finding},
    tasks::TaskResult,
};
use aetherius_execution::{
    recorded::{self, Expectation, Recorded, expectation},
    runner::Cluster,
};
use sha2::{Digest, Sha256};
use std::{hint::black_box, sync::Arc, time::Instant};

#[cfg(test)]
mod tests;

/// How a case is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// As it was recorded.
    AsRecorded,
    /// And once more with all its objects renamed.
    AlsoRenamed,
}

/// What came out for a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// In the labels of the case's format; nothing when the case does not say.
    pub(super) expected: Option<Expectation>,
    /// In the same labels; nothing when nothing was found to be wrong.
    pub(super) answered: Option<Expectation>,
    /// How sure the answer is; 0 without one.
    pub(super) confidence: f64,
    /// Excerpts of all findings.
    pub(super) excerpts: usize,
    /// Excerpts that stand where they say.
    pub(super) grounded: usize,
    /// Milliseconds of the rules alone, from outputs in memory to the diagnosis.
    pub(super) rules_ms: f64,
    /// Milliseconds from the files to the diagnosis.
    pub(super) case_ms: f64,
    /// Whether the verdict survived the renaming, or else the other verdict; nothing when it was not tried.
    pub(super) renamed: Option<Result<(), String>>,
}

/// Diagnoses a case, then reads its answer.
pub(super) fn measure(found: &Found, plan: Plan) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let case = recorded::load(&found.dir, found.format)?;
    let result = diagnose(&case)?;
    let case_ms = milliseconds(begun);

    let begun = Instant::now();
    black_box(aetherius_reasoning::diagnose(black_box(&result.steps)));
    let rules_ms = milliseconds(begun);

    let renamed = match plan {
        Plan::AsRecorded => None,
        Plan::AlsoRenamed => Some(survives_renaming(&case, &result.diagnosis)?),
    };
    let cause = result.diagnosis.root_cause.as_ref();
    let answered = cause.map(|finding| {
        let (root_cause, object, taxonomy) = cloudopsbench::labels_for(Some(found.format), finding);
        Expectation { root_cause, object, taxonomy }
    });
    let excerpts: Vec<&Evidence> =
        findings(&result.diagnosis).flat_map(|finding| &finding.evidence).collect();
    Ok(Measured {
        expected: expectation(&found.dir, found.format)?,
        answered,
        confidence: cause.map_or(0.0, |finding| finding.confidence),
        excerpts: excerpts.len(),
        grounded: excerpts.iter().filter(|excerpt| is_grounded(excerpt, &result.steps)).count(),
        rules_ms,
        case_ms,
        renamed,
    })
}

fn diagnose(case: &Recorded) -> anyhow::Result<TaskResult> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let cluster = Cluster::Recorded(Arc::new(case.clone()));
    Ok(runtime.block_on(one_shot::diagnose(cluster, &case.namespace, Arc::default()))?.result)
}

fn findings(diagnosis: &Diagnosis) -> impl Iterator<Item = &Finding> {
    diagnosis.root_cause.iter().chain(&diagnosis.other_findings)
}

/// Whether the excerpt stands, byte for byte, at its line of the output of its hash, and that hash is the output's.
fn is_grounded(evidence: &Evidence, steps: &[StepResult]) -> bool {
    let mut cited = steps.iter().filter(|step| step.output_hash == evidence.output_hash);
    cited.any(|step| {
        let before =
            step.output.split_inclusive('\n').take(evidence.line.saturating_sub(1)).map(str::len).sum();
        let rest =
            step.output.get(before..).and_then(|rest: &str| rest.strip_prefix(evidence.excerpt.as_str()));
        let is_there = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['\n', '\r']));
        evidence.line > 0
            && !evidence.excerpt.trim().is_empty()
            && is_there
            && hex::encode(Sha256::digest(&step.output)) == step.output_hash
    })
}

/// Diagnoses the case with other names. The verdict must be the same, about the same object under its new name.
fn survives_renaming(case: &Recorded, diagnosis: &Diagnosis) -> anyhow::Result<Result<(), String>> {
    let renaming = Renaming::of(names::collect(case));
    let other = diagnose(&case.rewritten(|text| renaming.apply(text)))?.diagnosis;
    let before = verdict(diagnosis, |name| renaming.apply(name));
    let after = verdict(&other, str::to_owned);
    let told = |verdict: &str| if verdict.is_empty() { "nothing".to_owned() } else { verdict.to_owned() };
    Ok(if before == after { Ok(()) } else { Err(format!("{} instead of {}", told(&after), told(&before))) })
}

fn verdict(diagnosis: &Diagnosis, name: impl Fn(&str) -> String) -> String {
    let told = |cause: &Finding| {
        let object = &cause.object;
        format!(
            "{} ({}): {}/{} in `{}`, {:.2} sure",
            cause.rule,
            cause.taxonomy,
            object.kind,
            name(&object.name),
            name(&object.namespace),
            cause.confidence
        )
    };
    diagnosis.root_cause.as_ref().map(told).unwrap_or_default()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
