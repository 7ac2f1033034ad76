//! Does each excerpt really stand where its claim says?

use aetherius_contracts::{
    execution::StepResult,
    reasoning::{Evidence, Finding},
    reports::Report,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// Checks that every excerpt stands in the output of its hash, at its line, and that every finding cites at least one.
///
/// # Errors
/// What does not hold, one sentence for each.
pub fn check_grounded(report: &Report) -> Result<(), Vec<String>> {
    let (_, left_out) = keep_grounded(report.clone());
    if left_out.is_empty() { Ok(()) } else { Err(left_out) }
}

/// The report without the claims that do not hold, and what is wrong with those.
pub(crate) fn keep_grounded(mut report: Report) -> (Report, Vec<String>) {
    let mut left_out = Vec::new();
    let outputs = Outputs::of(&report.result.steps);
    let diagnosis = &mut report.result.diagnosis;
    diagnosis.root_cause = diagnosis.root_cause.take().and_then(|cause| outputs.keep(cause, &mut left_out));
    let others = std::mem::take(&mut diagnosis.other_findings);
    diagnosis.other_findings =
        others.into_iter().filter_map(|finding| outputs.keep(finding, &mut left_out)).collect();
    (report, left_out)
}

/// Outputs by hash. Two commands may have given the same.
struct Outputs<'a> {
    by_hash: HashMap<&'a str, Output<'a>>,
}

struct Output<'a> {
    lines: Vec<&'a str>,
    commands: Vec<&'a str>,
}

impl<'a> Outputs<'a> {
    /// A step whose output does not have its hash proves nothing and is not taken.
    fn of(steps: &'a [StepResult]) -> Self {
        let mut by_hash: HashMap<&str, Output<'_>> = HashMap::new();
        for step in steps {
            if hex::encode(Sha256::digest(step.output.as_bytes())) == step.output_hash {
                let output = by_hash.entry(step.output_hash.as_str()).or_insert_with(|| Output {
                    lines: step.output.split('\n').collect(),
                    commands: Vec::new(),
                });
                output.commands.push(&step.command);
            }
        }
        Self { by_hash }
    }

    /// The finding with the evidence that holds; nothing when none does.
    fn keep(&self, mut finding: Finding, left_out: &mut Vec<String>) -> Option<Finding> {
        let rule = finding.rule.clone();
        if finding.evidence.is_empty() {
            left_out.push(format!("`{rule}` cites no evidence"));
        }
        finding.evidence.retain(|evidence| match self.check(evidence) {
            Ok(()) => true,
            Err(reason) => {
                left_out.push(format!("`{rule}`: {reason}"));
                false
            }
        });
        (!finding.evidence.is_empty()).then_some(finding)
    }

    fn check(&self, evidence: &Evidence) -> Result<(), String> {
        let Evidence { output_hash, command, excerpt, line, .. } = evidence;
        let output = self
            .by_hash
            .get(output_hash.as_str())
            .ok_or_else(|| format!("no step of the task has an output with the hash {output_hash}"))?;
        if !output.commands.contains(&command.as_str()) {
            return Err(format!("the output {output_hash} is not of the command that is cited"));
        }
        if excerpt.trim().is_empty() {
            return Err(format!("the excerpt of the output {output_hash} at line {line} is empty"));
        }
        let first = line.checked_sub(1).ok_or_else(|| "a line is counted from 1, not from 0".to_owned())?;
        let wanted: Vec<&str> = excerpt.trim_end_matches('\n').split('\n').collect();
        let there = output.lines.get(first..).unwrap_or_default();
        let stands = wanted.len() <= there.len() && wanted.iter().zip(there).all(|(a, b)| same_line(a, b));
        if stands {
            Ok(())
        } else {
            Err(format!("the excerpt does not stand at line {line} of the output {output_hash}"))
        }
    }
}

/// Whole lines are compared: half a line can say the opposite of the whole. How a line ends does not matter.
fn same_line(a: &str, b: &str) -> bool {
    a.trim_end_matches('\r') == b.trim_end_matches('\r')
}
