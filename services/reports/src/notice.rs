//! The few lines that people are sent.

use crate::{
    Document, Outcome,
    text::{clean, count, cut, one_line, short_hash},
};
use aetherius_contracts::{
    messages::NotificationSend,
    reasoning::{Evidence, Finding},
};

#[cfg(test)]
mod tests;

const LINE_CHARS_MAX: usize = 500;
const EXCERPT_CHARS_MAX: usize = 600;

/// What to tell people about a report.
pub(crate) fn notice(document: &Document) -> NotificationSend {
    let report = &document.report;
    NotificationSend {
        task_id: report.task_id.clone(),
        report_id: Some(report.id.clone()),
        title: report.title.clone(),
        text: text(document),
        severity: report.event.severity.as_str().to_owned(),
        trace_id: report.trace_id.clone(),
    }
}

fn text(document: &Document) -> String {
    if let Some(cause) = &document.report.result.diagnosis.root_cause {
        return of_cause(cause);
    }
    match (document.outcome(), &document.error) {
        (Outcome::Failed, Some(error)) => {
            format!("The task failed: {}\nNothing is known about the cause.", one_line(error, LINE_CHARS_MAX))
        }
        (Outcome::Unproven, _) => {
            let claims = count(document.left_out.len(), "claim");
            format!("Not shown, because no output bears it out: {claims}.\nNothing is known about the cause.")
        }
        _ => of_nothing(document),
    }
}

fn of_cause(cause: &Finding) -> String {
    let object = match cause.object.namespace.as_str() {
        "" => cause.object.to_string(),
        namespace => format!("{} in namespace {namespace}", cause.object),
    };
    let mut lines = vec![
        format!("Cause: {}", one_line(&cause.summary, LINE_CHARS_MAX)),
        format!("Object: {}", one_line(&object, LINE_CHARS_MAX)),
        format!("Remedy: {}", one_line(&cause.remedy, LINE_CHARS_MAX)),
    ];
    lines.extend(cause.evidence.first().map(of_evidence));
    lines.join("\n")
}

fn of_evidence(evidence: &Evidence) -> String {
    let command = one_line(&evidence.command, LINE_CHARS_MAX);
    let excerpt = cut(clean(&evidence.excerpt).trim(), EXCERPT_CHARS_MAX);
    format!(
        "Evidence: {command}, line {} of output {}:\n{excerpt}",
        evidence.line,
        short_hash(&evidence.output_hash)
    )
}

fn of_nothing(document: &Document) -> String {
    let result = &document.report.result;
    let looked = result.outputs_seen();
    if looked == 0 {
        let first = result.diagnosis.gaps.first().map_or("No command was known to run.", String::as_str);
        return format!(
            "Nothing could be looked at, so nothing is known about the cause.\n{}",
            one_line(first, LINE_CHARS_MAX)
        );
    }
    let gaps = match result.diagnosis.gaps.len() {
        0 => "Nothing was left unseen.".to_owned(),
        n => format!("{} could not be looked at.", count(n, "thing")),
    };
    format!("No fault was found in {}.\n{gaps}", count(looked, "output"))
}
