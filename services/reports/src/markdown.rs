//! A report as Markdown (CommonMark with GitHub's tables).

mod escape;

use crate::{
    Document,
    outline::{Answer, Citation, Cited, NOTHING_RUN, Outline, Step, outline},
    text::{clean, cut, duration, short_hash},
};
use aetherius_contracts::reasoning::ObjectRef;
use escape::{cell_code, code, fence, inline};
use std::fmt::Write as _;

#[cfg(test)]
mod tests;

/// A line of `kubectl` can be long, a report shall stay one that is read.
const EXCERPT_CHARS_MAX: usize = 4000;

/// The report as Markdown. What others wrote stands in code or is escaped.
#[must_use]
pub fn render(document: &Document) -> String {
    let Outline { facts, answer, others, steps, gaps, left_out } = outline(document);
    let mut out = String::new();
    line(&mut out, &format!("# {}", inline(&document.report.title)));
    facts_table(&mut out, &facts);
    self::answer(&mut out, &answer);
    if !others.is_empty() {
        line(&mut out, "## Other findings");
        line(&mut out, "Most likely first; symptoms of the root cause may be among them.");
        for other in &others {
            finding(&mut out, other);
        }
    }
    what_was_run(&mut out, &steps);
    list(&mut out, "What could not be looked at", gaps);
    list(&mut out, "Claims left out", left_out);
    out.push_str(FOOTER);
    out
}

const FOOTER: &str = "---\n\nEach excerpt was compared with the output of its hash, line by line, when this report was written.\n";

/// A block and the empty line after it. Writing to a String cannot fail, here and below.
fn line(out: &mut String, block: &str) {
    let _ = writeln!(out, "{block}\n");
}

fn facts_table(out: &mut String, facts: &[(&'static str, String)]) {
    let _ = writeln!(out, "| | |\n| --- | --- |");
    for (name, value) in facts {
        let _ = writeln!(out, "| {name} | {} |", inline(value));
    }
    out.push('\n');
}

fn answer(out: &mut String, answer: &Answer<'_>) {
    match answer {
        Answer::Cause(cause) => {
            line(out, "## Root cause");
            finding(out, cause);
        }
        Answer::None(why) => {
            line(out, "## No root cause");
            line(out, &inline(why));
        }
        Answer::Failed(error) => {
            line(out, "## The task failed");
            line(out, "There is no diagnosis. The reason:");
            line(out, &fence(&clean(error)));
        }
    }
}

fn finding(out: &mut String, cited: &Cited<'_>) {
    let finding = cited.finding;
    let numbers: String = cited.evidence.iter().map(|citation| format!(" [{}]", citation.number)).collect();
    line(out, &format!("**{}**{numbers}", inline(&finding.summary)));
    let _ = writeln!(out, "- Object: {}", object(&finding.object));
    let _ = writeln!(out, "- Remedy: {}", inline(&finding.remedy));
    let confidence = (finding.confidence.clamp(0.0, 1.0) * 100.0).round();
    let _ = writeln!(
        out,
        "- Rule: {} ({}), {confidence} % sure\n",
        code(&finding.rule),
        inline(&finding.taxonomy)
    );
    for citation in &cited.evidence {
        evidence(out, citation);
    }
}

fn object(object: &ObjectRef) -> String {
    let name = code(&object.to_string());
    if object.namespace.is_empty() {
        name
    } else {
        format!("{name} in namespace {}", code(&object.namespace))
    }
}

fn evidence(out: &mut String, citation: &Citation<'_>) {
    let evidence = citation.evidence;
    line(out, &format!("**[{}]** {}", citation.number, inline(&evidence.shows)));
    line(out, &fence(&cut(&clean(&evidence.excerpt), EXCERPT_CHARS_MAX)));
    let step = citation.step.map(|number| format!(" (command {number})")).unwrap_or_default();
    let _ = writeln!(out, "- from {}{step}, line {}", code(&evidence.command), evidence.line);
    let _ = writeln!(
        out,
        "- output {}, SHA-256 {}\n",
        code(&short_hash(&evidence.output_hash)),
        code(&evidence.output_hash)
    );
}

fn what_was_run(out: &mut String, steps: &[Step<'_>]) {
    line(out, "## What was run");
    if steps.is_empty() {
        return line(out, NOTHING_RUN);
    }
    let _ = writeln!(
        out,
        "| # | Command | Gate | Ended | Took | Output |\n| ---: | --- | --- | --- | ---: | --- |"
    );
    for Step { number, step, gate, ended, output, .. } in steps {
        let output = output.as_deref().map_or_else(|| "none".to_owned(), cell_code);
        let cut = if step.truncated { ", cut" } else { "" };
        let _ = writeln!(
            out,
            "| {number} | {} | {gate} | {ended} | {} | {output}{cut} |",
            cell_code(&step.command),
            duration(step.duration_ms),
        );
    }
    out.push('\n');
    let troubles: Vec<_> =
        steps.iter().filter_map(|step| step.trouble.as_ref().map(|why| (step, why))).collect();
    for (step, why) in &troubles {
        let verb = if step.gate == "denied" { "was denied" } else { "failed" };
        let _ = writeln!(out, "- Command {} {verb}: {}", step.number, inline(why));
    }
    if !troubles.is_empty() {
        out.push('\n');
    }
}

fn list(out: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    line(out, &format!("## {heading}"));
    for item in items {
        let _ = writeln!(out, "- {}", inline(item));
    }
    out.push('\n');
}
