//! The report as people read it.

use super::report::{Report, Score, Spread, Tally};
use aetherius_execution::recorded::Expectation;
use std::fmt::Write;

#[cfg(test)]
mod tests;

pub(super) fn for_people(report: &Report) -> String {
    let mut text = scores(report);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\nfalse alarms on healthy cases: {}", ratio(report.false_alarms));
    let _ = writeln!(text, "excerpts that stand in their output: {}", ratio(report.groundedness));
    if let Some(renamed) = report.renamed {
        let _ = writeln!(text, "renamed: same verdict {}/{}", renamed.count, renamed.of);
    }
    let spread = |spread: Spread| format!("median {:.3} ms, p99 {:.3} ms", spread.median, spread.p99);
    let _ = writeln!(text, "rules alone: {}", spread(report.milliseconds.rules));
    let _ = writeln!(text, "whole case: {}", spread(report.milliseconds.case));
    let misses = report.misses.iter().map(|miss| {
        let answered = miss.answered.as_ref().map_or_else(
            || "nothing".to_owned(),
            |answer| format!("{} ({:.2} sure)", label(answer), miss.confidence),
        );
        format!("{}: expected {}, answered {answered}", miss.case, label(&miss.expected))
    });
    list(&mut text, "misses", misses);
    let confusion = report
        .confusion
        .iter()
        .map(|pair| format!("{} times {} instead of {}", pair.cases, pair.answered, pair.expected));
    list(&mut text, "confused causes", confusion);
    let changes = report.renaming_changes.iter().map(|told| format!("{}: {}", told.case, told.text));
    list(&mut text, "changed by renaming", changes);
    list(&mut text, "without an answer to compare with", report.without_answer.iter().cloned());
    list(
        &mut text,
        "could not be measured",
        report.errors.iter().map(|told| format!("{}: {}", told.case, told.text)),
    );
    text
}

fn scores(report: &Report) -> String {
    let classes = report.classes.iter().map(|(class, score)| (class.as_str(), score));
    let rows: Vec<(&str, &Score)> = classes.chain([("all together", &report.total)]).collect();
    let width = rows.iter().map(|(class, _)| class.len()).max().unwrap_or(0);
    let mut text = format!(
        "{:width$}  {:>5}  {:>10}  {:>10}  {:>10}  {:>10}\n",
        "ROOT CAUSE", "CASES", "TAXONOMY", "OBJECT", "CAUSE", "ALL THREE"
    );
    let cell = |tally: Tally| format!("{} {:.2}", tally.count, tally.share);
    for (class, score) in rows {
        let _ = writeln!(
            text,
            "{class:width$}  {:>5}  {:>10}  {:>10}  {:>10}  {:>10}",
            score.cases,
            cell(score.taxonomy),
            cell(score.object),
            cell(score.cause),
            cell(score.all)
        );
    }
    text
}

fn ratio(tally: Tally) -> String {
    format!("{} of {}", tally.count, tally.of)
}

fn label(answer: &Expectation) -> String {
    if answer.object.is_empty() {
        return answer.root_cause.clone();
    }
    format!("{} {} {}", answer.taxonomy, answer.object, answer.root_cause)
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (n, line) in lines.enumerate() {
        if n == 0 {
            let _ = writeln!(text, "\n{title}:");
        }
        let _ = writeln!(text, "  {line}");
    }
}
