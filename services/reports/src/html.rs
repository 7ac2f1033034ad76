//! A report as one page of HTML: no scripts, nothing loaded from anywhere.

use crate::{
    Document,
    outline::{Answer, Citation, Cited, NOTHING_RUN, Outline, Step, outline},
    text::{clean, cut, duration, short_hash, time},
};
use aetherius_contracts::reasoning::ObjectRef;
use maud::{DOCTYPE, Markup, PreEscaped, html};

#[cfg(test)]
mod tests;

/// What a browser may do with the page: show it.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("html/style.css");
const EXCERPT_CHARS_MAX: usize = 4000;

/// The report as a page. maud escapes all text; nothing of a report is put in unescaped.
#[must_use]
pub fn render(document: &Document) -> String {
    let Outline { facts, answer, others, steps, gaps, left_out } = outline(document);
    let title = clean(&document.report.title);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        p.kind { "Report · " (time(document.report.created_at)) }
                        h1 { (title) }
                    }
                    dl.facts { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
                    (self::answer(&answer))
                    @if !others.is_empty() {
                        section aria-labelledby="others" {
                            h2 #others { "Other findings" }
                            p.note { "Most likely first; symptoms of the root cause may be among them." }
                            @for other in &others { (finding(other)) }
                        }
                    }
                    (what_was_run(&steps))
                    (list("gaps", "What could not be looked at", gaps))
                    (list("left-out", "Claims left out", left_out))
                }
                footer { "Each excerpt was compared with the output of its hash, line by line, when this report was written." }
            }
        }
    };
    page.into_string()
}

fn answer(answer: &Answer<'_>) -> Markup {
    html! {
        section.answer aria-labelledby="answer" {
            @match answer {
                Answer::Cause(cause) => { h2 #answer { "Root cause" } (finding(cause)) }
                Answer::None(why) => { h2 #answer { "No root cause" } p { (why) } }
                Answer::Failed(error) => {
                    h2 #answer { "The task failed" }
                    p { "There is no diagnosis. The reason:" }
                    pre { (clean(error)) }
                }
            }
        }
    }
}

fn finding(cited: &Cited<'_>) -> Markup {
    let finding = cited.finding;
    let confidence = (finding.confidence.clamp(0.0, 1.0) * 100.0).round();
    html! {
        article {
            p.summary {
                (clean(&finding.summary))
                @for citation in &cited.evidence { " " a.ref href={ "#e" (citation.number) } { "[" (citation.number) "]" } }
            }
            dl.finding {
                dt { "Object" } dd { (object(&finding.object)) }
                dt { "Remedy" } dd { (clean(&finding.remedy)) }
                dt { "Rule" } dd { code { (clean(&finding.rule)) } " (" (clean(&finding.taxonomy)) "), " (confidence) " % sure" }
            }
            @for citation in &cited.evidence { (evidence(citation)) }
        }
    }
}

fn object(object: &ObjectRef) -> Markup {
    html! {
        code { (clean(&object.to_string())) }
        @if !object.namespace.is_empty() { " in namespace " code { (clean(&object.namespace)) } }
    }
}

fn evidence(citation: &Citation<'_>) -> Markup {
    let evidence = citation.evidence;
    html! {
        figure id={ "e" (citation.number) } {
            figcaption { b { "[" (citation.number) "]" } " " (clean(&evidence.shows)) }
            pre { (cut(&clean(&evidence.excerpt), EXCERPT_CHARS_MAX)) }
            p.source {
                @match citation.step {
                    Some(number) => { a href={ "#s" (number) } { "Command " (number) } }
                    None => { "Command" }
                }
                ": " code { (clean(&evidence.command)) } ", line " (evidence.line)
                br;
                "Output " code { (short_hash(&evidence.output_hash)) } ", SHA-256 " code { (evidence.output_hash) }
            }
        }
    }
}

fn what_was_run(steps: &[Step<'_>]) -> Markup {
    html! {
        section aria-labelledby="run" {
            h2 #run { "What was run" }
            @if steps.is_empty() { p { (NOTHING_RUN) } } @else {
                div.wide tabindex="0" role="region" aria-labelledby="run" {
                    table {
                        thead { tr {
                            th scope="col" { "#" } th scope="col" { "Command" } th scope="col" { "Gate" }
                            th scope="col" { "Ended" } th scope="col" { "Took" } th scope="col" { "Output" }
                        } }
                        tbody { @for step in steps { (row(step)) } }
                    }
                }
            }
        }
    }
}

fn row(row: &Step<'_>) -> Markup {
    let step = row.step;
    html! {
        tr id={ "s" (row.number) } {
            td.number { (row.number) }
            td {
                code { (clean(&step.command)) }
                @if let Some(why) = &row.trouble { p.trouble { (why) } }
            }
            td class=(row.gate) { (row.gate) }
            td { (row.ended) }
            td.number { (duration(step.duration_ms)) }
            td {
                @if let Some(short) = &row.output { code title=(step.output_hash) { (short) } } @else { "none" }
                @if step.truncated { " (cut)" }
            }
        }
    }
}

fn list(id: &str, heading: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            section aria-labelledby=(id) {
                h2 id=(id) { (heading) }
                ul { @for item in items { li { (clean(item)) } } }
            }
        }
    }
}
