//! What every rendering shows, in the order in which it is read; only the markup differs.

use crate::{
    Document, Outcome,
    text::{count, one_line, short_hash, time},
};
use aetherius_contracts::{
    execution::{Decision, StepResult, StepStatus},
    reasoning::{Evidence, Finding},
};

/// A task that failed hands over no steps, even if it has run some.
pub(crate) const NOTHING_RUN: &str = "No command is known to have been run.";

/// A report, numbered and sorted.
pub(crate) struct Outline<'a> {
    /// Name and value of what the report is about.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) answer: Answer<'a>,
    pub(crate) others: Vec<Cited<'a>>,
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) gaps: &'a [String],
    pub(crate) left_out: &'a [String],
}

/// The answer that the task asked for.
pub(crate) enum Answer<'a> {
    Cause(Cited<'a>),
    /// Why there is no cause, in a few sentences of ours.
    None(String),
    /// Why the task failed, as others told it.
    Failed(&'a str),
}

/// A finding with its citations.
pub(crate) struct Cited<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) evidence: Vec<Citation<'a>>,
}

/// One excerpt under its number.
pub(crate) struct Citation<'a> {
    pub(crate) number: usize,
    pub(crate) evidence: &'a Evidence,
    /// The number of the command in "What was run".
    pub(crate) step: Option<usize>,
}

/// One command that was run or refused.
pub(crate) struct Step<'a> {
    pub(crate) number: usize,
    pub(crate) step: &'a StepResult,
    pub(crate) gate: &'static str,
    pub(crate) ended: String,
    /// The first digits of the output's hash, if there is an output.
    pub(crate) output: Option<String>,
    /// Why it was denied or failed.
    pub(crate) trouble: Option<String>,
}

/// Sorts a report.
pub(crate) fn outline(document: &Document) -> Outline<'_> {
    let result = &document.report.result;
    let mut numbers = Numbers { steps: &result.steps, cited: Vec::new() };
    let answer = answer(document, &mut numbers);
    let others = result.diagnosis.other_findings.iter().map(|finding| numbers.cite(finding)).collect();
    Outline {
        facts: facts(document),
        answer,
        others,
        steps: result.steps.iter().enumerate().map(|(index, result)| step(index + 1, result)).collect(),
        gaps: &result.diagnosis.gaps,
        left_out: &document.left_out,
    }
}

/// The reason of a failed command may be a page of standard error.
const TROUBLE_CHARS_MAX: usize = 400;

fn answer<'a>(document: &'a Document, numbers: &mut Numbers<'a>) -> Answer<'a> {
    let result = &document.report.result;
    if let Some(cause) = &result.diagnosis.root_cause {
        return Answer::Cause(numbers.cite(cause));
    }
    match (document.outcome(), &document.error) {
        (Outcome::Failed, Some(error)) => Answer::Failed(error),
        (Outcome::Unproven, _) => Answer::None(
            "A root cause was named, but its evidence does not stand in the outputs that it cites, so it is not shown. \
             This says nothing about whether there is a fault."
                .to_owned(),
        ),
        (Outcome::NotLooked, _) => Answer::None(
            "No command gave anything to look at, so nothing is known about the cause. The reasons are listed below; \
             mend them and retry the task."
                .to_owned(),
        ),
        _ => Answer::None(nothing_found(result.outputs_seen(), &result.diagnosis.gaps)),
    }
}

fn nothing_found(outputs_seen: usize, gaps: &[String]) -> String {
    let looked = count(outputs_seen, "output");
    let but = if gaps.is_empty() { "" } else { " What could not be looked at is listed below." };
    format!(
        "No fault was found in {looked}. This is an answer too: the fault has passed, or it lies where these commands do \
         not look.{but}"
    )
}

fn facts(document: &Document) -> Vec<(&'static str, String)> {
    let report = &document.report;
    let event = &report.event;
    let namespace = if event.namespace.is_empty() { "(the whole cluster)" } else { &event.namespace };
    let mut facts = vec![
        ("Alert", event.alert_name().to_owned()),
        ("Severity", event.severity.as_str().to_owned()),
        ("Cluster", event.cluster_id.clone()),
        ("Namespace", namespace.to_owned()),
        ("Happened", time(event.timestamp)),
        ("Reported", time(report.created_at)),
    ];
    if !report.result.diagnosis.strategy.is_empty() {
        facts.push(("Strategy", strategy(&report.result.diagnosis.strategy).to_owned()));
    }
    facts.push(("Task", report.task_id.clone()));
    facts.push(("Event", event.id.clone()));
    facts.push(("Trace", report.trace_id.clone()));
    facts.into_iter().map(|(name, value)| (name, one_line(&value, 300))).collect()
}

fn strategy(kind: &str) -> &str {
    match kind {
        "rule_based" => "rules",
        "knowledge_based" => "knowledge of earlier incidents",
        "ai_generated" => "a language model",
        other => other,
    }
}

fn step(number: usize, step: &StepResult) -> Step<'_> {
    let denied = step.verdict.verdict == Decision::Deny;
    let gate = if denied { "denied" } else { "allowed" };
    let (ended, trouble) = match step.status {
        _ if denied => ("not run".to_owned(), Some(step.verdict.reason.as_str())),
        StepStatus::Success => (format!("exit {}", step.exit_code), None),
        StepStatus::Timeout => ("timed out".to_owned(), Some(step.error.as_str())),
        StepStatus::Failed => (format!("exit {}", step.exit_code), Some(step.error.as_str())),
    };
    let trouble = trouble.map(|text| match one_line(text, TROUBLE_CHARS_MAX) {
        silent if silent.is_empty() => "no reason was given".to_owned(),
        reason => reason,
    });
    let output = (!step.output.is_empty()).then(|| short_hash(&step.output_hash));
    Step { number, step, gate, ended, output, trouble }
}

/// Gives numbers to excerpts as they come; one that is cited twice keeps its number.
struct Numbers<'a> {
    steps: &'a [StepResult],
    cited: Vec<&'a Evidence>,
}

impl<'a> Numbers<'a> {
    fn cite(&mut self, finding: &'a Finding) -> Cited<'a> {
        let evidence = finding.evidence.iter().map(|evidence| self.citation(evidence)).collect();
        Cited { finding, evidence }
    }

    fn citation(&mut self, evidence: &'a Evidence) -> Citation<'a> {
        let known = self.cited.iter().position(|cited| *cited == evidence);
        let number = known.map_or_else(
            || {
                self.cited.push(evidence);
                self.cited.len()
            },
            |index| index + 1,
        );
        let is_source =
            |step: &StepResult| step.output_hash == evidence.output_hash && step.command == evidence.command;
        Citation { number, evidence, step: self.steps.iter().position(is_source).map(|index| index + 1) }
    }
}
