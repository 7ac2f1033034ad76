//! What was found, each claim with the numbers of its evidence.

use super::{
    output::Mark,
    text::{clean, cut},
};
use aetherius_contracts::{
    execution::StepResult,
    reasoning::{Evidence, Finding, ObjectRef},
    tasks::TaskResult,
};
use maud::{Markup, html};

const EXCERPT_CHARS_MAX: usize = 1200;

/// All excerpts that are cited, numbered as the report numbers them.
pub(crate) struct Citations<'a> {
    cited: Vec<&'a Evidence>,
    steps: &'a [StepResult],
}

impl<'a> Citations<'a> {
    /// In the order in which the findings stand; one that is cited twice has one number.
    pub(crate) fn of(result: &'a TaskResult) -> Self {
        let diagnosis = &result.diagnosis;
        let mut cited: Vec<&Evidence> = Vec::new();
        for evidence in
            diagnosis.root_cause.iter().chain(&diagnosis.other_findings).flat_map(|finding| &finding.evidence)
        {
            if !cited.contains(&evidence) {
                cited.push(evidence);
            }
        }
        Self { cited, steps: &result.steps }
    }

    fn number(&self, evidence: &Evidence) -> usize {
        self.cited.iter().position(|cited| *cited == evidence).map_or(0, |index| index + 1)
    }

    /// The number of the command that gave the output which is cited.
    fn step(&self, evidence: &Evidence) -> Option<usize> {
        self.steps.iter().position(|step| is_source(step, evidence)).map(|index| index + 1)
    }

    /// What is cited of a step's output.
    pub(crate) fn marks(&self, step: &StepResult) -> Vec<Mark> {
        let cited = self.cited.iter().enumerate().filter(|(_, evidence)| is_source(step, evidence));
        cited
            .map(|(index, evidence)| Mark {
                number: index + 1,
                line: evidence.line,
                excerpt: evidence.excerpt.clone(),
            })
            .collect()
    }
}

fn is_source(step: &StepResult, evidence: &Evidence) -> bool {
    step.output_hash == evidence.output_hash && step.command == evidence.command
}

/// A finding without its summary: what to mend and how, how sure we are, and why.
pub(crate) fn details(finding: &Finding, citations: &Citations<'_>) -> Markup {
    let confidence = (finding.confidence.clamp(0.0, 1.0) * 100.0).round();
    html! {
        dl.pairs {
            dt { "Object" } dd { (object(&finding.object)) }
            dt { "Remedy" } dd.remedy { (clean(&finding.remedy)) }
            dt { "Rule" } dd { code { (clean(&finding.rule)) } span.soft { " · " (clean(&finding.taxonomy)) " · " (confidence) " % sure" } }
        }
        @for evidence in &finding.evidence { (excerpt(evidence, citations)) }
    }
}

fn object(object: &ObjectRef) -> Markup {
    html! {
        code { (clean(&object.to_string())) }
        @if !object.namespace.is_empty() { span.soft { " in " } code { (clean(&object.namespace)) } }
    }
}

fn excerpt(evidence: &Evidence, citations: &Citations<'_>) -> Markup {
    let number = citations.number(evidence);
    html! {
        figure id={ "e" (number) } {
            figcaption { b { "[" (number) "]" } " " (clean(&evidence.shows)) }
            pre { (cut(&clean(&evidence.excerpt), EXCERPT_CHARS_MAX)) }
            p.soft.small {
                @match citations.step(evidence) {
                    Some(step) => { a href={ "#s" (step) } { "command " (step) } }
                    None => { "command" }
                }
                ", line " (evidence.line) " of output " code title=(evidence.output_hash) { (super::text::short(&evidence.output_hash)) }
            }
        }
    }
}
