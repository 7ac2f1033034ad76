//! From findings to one root cause.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aetherius_contracts::execution::{Decision, StepResult, StepStatus};
use aetherius_contracts::reasoning::{Diagnosis, Finding};

use crate::adapter::observe;
use crate::rules::{self, Nature, cause};

/// Reads the outputs, asks every rule, and puts what they found in order.
#[must_use]
pub fn diagnose(outputs: &[StepResult]) -> Diagnosis {
    let snapshot = observe(outputs);
    let findings = rules::all().flat_map(|rule| (rule.check)(&snapshot)).collect();
    let mut ranked = rank(findings).into_iter();
    Diagnosis {
        root_cause: ranked.next(),
        other_findings: ranked.collect(),
        strategy: "rule_based".to_owned(),
        gaps: outputs.iter().filter_map(gap).collect(),
    }
}

/// Most likely first, and the same fault of the same object once. In order of weight: a cause that says what to mend
/// before a broad one before a symptom; then the surer; then what more evidence shows; the rest keeps the order stable.
#[must_use]
pub(crate) fn rank(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.retain(|finding| !finding.evidence.is_empty());
    findings.sort_by(|a, b| {
        nature(a)
            .cmp(&nature(b))
            .then_with(|| b.confidence.partial_cmp(&a.confidence).unwrap_or(Ordering::Equal))
            .then_with(|| b.evidence.len().cmp(&a.evidence.len()))
            .then_with(|| a.object.cmp(&b.object))
            .then_with(|| a.rule.cmp(&b.rule))
    });
    let mut known = BTreeSet::new();
    findings.retain(|finding| known.insert((finding.object.clone(), finding.rule.clone())));
    findings
}

/// A finding of an unknown cause can only come from elsewhere; it is heard, but never before our own.
fn nature(finding: &Finding) -> Nature {
    cause(&finding.rule).map_or(Nature::Symptom, |cause| cause.nature)
}

/// What a step leaves unknown, in a sentence.
fn gap(step: &StepResult) -> Option<String> {
    let command = &step.command;
    if step.verdict.verdict == Decision::Deny {
        return Some(format!("`{command}` was denied: {}", sentence(&step.verdict.reason)));
    }
    match step.status {
        StepStatus::Timeout => Some(format!("`{command}` did not finish in time.")),
        StepStatus::Failed => {
            Some(format!("`{command}` failed with exit code {}: {}", step.exit_code, sentence(&step.error)))
        }
        StepStatus::Success if step.truncated => {
            Some(format!("The output of `{command}` was cut; its end was not looked at."))
        }
        StepStatus::Success => None,
    }
}

/// The first line, as the end of a sentence.
fn sentence(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    format!("{}.", line.trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
