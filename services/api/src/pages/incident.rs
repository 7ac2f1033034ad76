//! One incident, from the alert to the audit.

use super::{
    findings::{Citations, details},
    layout::{Page, Refresh, Visitor},
    list::{severity, status},
    output::output,
    text::{age, clean, cut, duration, short, time},
    timeline::{entries, timeline},
};
use crate::incident::{Incident, Part, is_open};
use aetherius_contracts::{
    audit::AuditEvent,
    execution::{Decision, StepResult, StepStatus},
    notifications::{DeliveryStatus, Notification},
    tasks::TaskResult,
};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

#[cfg(test)]
mod tests;

/// How long after its end a task's report and notifications are waited for before the page stands still: one that loads itself
/// again closes what its reader has opened.
const SETTLES_WITHIN: SignedDuration = SignedDuration::from_secs(30);
const TROUBLE_CHARS_MAX: usize = 600;

/// The page of an incident.
pub(crate) fn page(incident: &Incident, now: Timestamp) -> Page {
    let title = title(incident);
    let body = html! {
        (header(incident, &title, now))
        div.columns {
            div.main {
                @if let Some(result) = incident.result() { (findings(incident, result)) (commands(result)) }
                @else { (nothing_yet(incident)) }
            }
            div.side {
                section aria-labelledby="timeline" { h2 #timeline { "Timeline" } (timeline(&entries(incident))) }
                (report(incident))
                (notifications(&incident.notifications))
            }
        }
        (audit(&incident.audit))
    };
    let refresh = if is_moving(incident, now) { Refresh::WhileSomethingHappens } else { Refresh::Never };
    Page { title, refresh, visitor: Visitor::Known, body }
}

fn is_moving(incident: &Incident, now: Timestamp) -> bool {
    if is_open(incident.task.status) {
        return true;
    }
    let has_just_ended = incident.task.completed_at.is_some_and(|at| now.duration_since(at) < SETTLES_WITHIN);
    let is_delivered = match &incident.notifications {
        Part::Available { value } => {
            !value.is_empty() && value.iter().all(|one| one.status != DeliveryStatus::Pending)
        }
        _ => false,
    };
    has_just_ended && !(is_delivered && incident.report.value().is_some())
}

fn title(incident: &Incident) -> String {
    let task = &incident.task;
    if is_open(task.status) {
        return format!("{} is being looked into", task.alert_name);
    }
    if let Some(report) = incident.report.value() {
        return report.title.clone();
    }
    match incident.result() {
        Some(result) => match &result.diagnosis.root_cause {
            Some(cause) => cause.summary.clone(),
            None if result.outputs_seen() == 0 => {
                format!("Nothing could be looked at for {}", task.alert_name)
            }
            None => format!("No fault found for {}", task.alert_name),
        },
        None => format!("Not diagnosed: {}", task.alert_name),
    }
}

fn header(incident: &Incident, title: &str, now: Timestamp) -> Markup {
    let task = &incident.task;
    let took = task.completed_at.map(|end| end.duration_since(task.created_at));
    let took = took.and_then(|took| u64::try_from(took.as_millis()).ok()).map(duration);
    let namespace = if task.namespace.is_empty() { "the whole cluster" } else { &task.namespace };
    html! {
        p.kind { (status(task.status.as_str())) (severity(task.severity.as_str())) span { (clean(&task.alert_name)) } }
        h1 { (cut(&clean(title), 300)) }
        dl.facts {
            div { dt { "Namespace" } dd { (clean(namespace)) } }
            div { dt { "Cluster" } dd { (clean(&task.cluster_id)) } }
            div { dt { "Priority" } dd { (task.priority) } }
            div { dt { "Arrived" } dd { (time(task.created_at)) " · " (age(task.created_at, now)) " ago" } }
            @if let Some(took) = took { div { dt { "Answered in" } dd { (took) } } }
            div { dt { "Task" } dd { code { (task.id) } } }
            div { dt { "Trace" } dd { code { (task.trace_id) } } }
        }
    }
}

fn nothing_yet(incident: &Incident) -> Markup {
    let task = &incident.task;
    html! {
        section.answer aria-labelledby="answer" {
            @if is_open(task.status) {
                h2 #answer { "In work" }
                p { "There is no answer yet. This page loads itself again every 5 s until there is one." }
            } @else {
                h2 #answer { "No diagnosis" }
                @match &task.error_message {
                    Some(error) => { p { "The task ended without one:" } pre { (cut(&clean(error), TROUBLE_CHARS_MAX)) } }
                    None => { p { "The task ended without one, and without a reason." } }
                }
            }
        }
    }
}

fn findings(incident: &Incident, result: &TaskResult) -> Markup {
    let citations = Citations::of(result);
    let diagnosis = &result.diagnosis;
    html! {
        @if incident.report.value().is_none() {
            p.notice { "The report is not at hand, so the evidence below was not checked again." }
        }
        section.answer aria-labelledby="answer" {
            @if let Some(cause) = &diagnosis.root_cause {
                h2 #answer { "Root cause" }
                (details(cause, &citations))
            } @else {
                h2 #answer { "No root cause" }
                p { "Nothing that was looked at shows a fault. This is an answer too: it has passed, or it lies where these commands do not look." }
            }
        }
        @if !diagnosis.gaps.is_empty() {
            section aria-labelledby="gaps" {
                h2 #gaps { "What could not be looked at" }
                ul { @for gap in &diagnosis.gaps { li { (cut(&clean(gap), TROUBLE_CHARS_MAX)) } } }
            }
        }
        @if !diagnosis.other_findings.is_empty() {
            section aria-labelledby="others" {
                h2 #others { "Other findings" }
                @for other in &diagnosis.other_findings {
                    details { summary { (clean(&other.summary)) } div.inside { (details(other, &citations)) } }
                }
            }
        }
    }
}

fn commands(result: &TaskResult) -> Markup {
    let citations = Citations::of(result);
    html! {
        section aria-labelledby="commands" {
            h2 #commands { "What was run" }
            @for (index, step) in result.steps.iter().enumerate() { (command(index + 1, step, &citations)) }
            @if result.steps.is_empty() { p.soft { "Nothing." } }
        }
    }
}

/// What is cited is open: it is what a reader wants to see.
fn command(number: usize, step: &StepResult, citations: &Citations<'_>) -> Markup {
    let marks = citations.marks(step);
    let denied = step.verdict.verdict == Decision::Deny;
    let (word, class) = match step.status {
        _ if denied => ("denied".to_owned(), "bad"),
        StepStatus::Success => ("ok".to_owned(), "good"),
        StepStatus::Failed => (format!("exit {}", step.exit_code), "bad"),
        StepStatus::Timeout => ("timed out".to_owned(), "bad"),
    };
    let gate = if denied { "Denied" } else { "Allowed" };
    html! {
        details.command id={ "s" (number) } open[marks.iter().any(|mark| mark.number == 1)] {
            summary {
                span.no { (number) }
                code { (clean(&step.command)) }
                span.end {
                    @for mark in &marks { span.ref { "[" (mark.number) "]" } " " }
                    span class=(class) { (word) }
                    @if !denied { span.soft { " " (duration(step.duration_ms)) } }
                }
            }
            div.inside {
                p.small {
                    b { (gate) ": " } (clean(&step.verdict.reason))
                    @if !step.verdict.checks_passed.is_empty() {
                        span.soft { " · passed " (clean(&step.verdict.checks_passed.join(", "))) }
                    }
                }
                @if !step.error.is_empty() && !denied { pre.bad { (cut(&clean(&step.error), TROUBLE_CHARS_MAX)) } }
                @if step.output.is_empty() { p.soft.small { "No output." } } @else {
                    (output(&step.output, &marks))
                    p.soft.small {
                        "SHA-256 " code { (step.output_hash) }
                        @if step.truncated { " · cut at the size that execution keeps" }
                    }
                }
            }
        }
    }
}

fn report(incident: &Incident) -> Markup {
    html! {
        section aria-labelledby="report" {
            h2 #report { "Report" }
            @match &incident.report {
                Part::Available { value } => {
                    p { "Written " (time(value.created_at)) ". Each excerpt was compared with the output that it cites." }
                    ul.inline {
                        @for (format, name) in [("html", "Page"), ("markdown", "Markdown"), ("json", "JSON")] {
                            li { a href={ "/api/reports/v1/reports/" (value.id) "/render?format=" (format) } { (name) } }
                        }
                    }
                }
                Part::Absent => { p.soft { "None yet." } }
                Part::Unavailable { reason } => { (unavailable(reason)) }
            }
        }
    }
}

fn notifications(part: &Part<Vec<Notification>>) -> Markup {
    html! {
        section aria-labelledby="notifications" {
            h2 #notifications { "Notifications" }
            @match part {
                Part::Available { value } if !value.is_empty() => { ul.plain { @for one in value { (notification(one)) } } }
                Part::Available { .. } | Part::Absent => { p.soft { "None yet." } }
                Part::Unavailable { reason } => { (unavailable(reason)) }
            }
        }
    }
}

fn notification(one: &Notification) -> Markup {
    let (word, class) = match one.status {
        DeliveryStatus::Pending => ("pending", "soft"),
        DeliveryStatus::Delivered => ("delivered", "good"),
        DeliveryStatus::Failed => ("failed", "bad"),
    };
    let tries = if one.attempts == 1 { "1 try".to_owned() } else { format!("{} tries", one.attempts) };
    html! {
        li {
            b { (clean(&one.channel)) } " " span class=(class) { (word) } span.soft { " · " (tries) }
            @if let Some(at) = one.delivered_at { span.soft { " · " } (time(at)) }
            @if let Some(error) = &one.error { div.small.bad { (cut(&clean(error), TROUBLE_CHARS_MAX)) } }
        }
    }
}

fn audit(part: &Part<Vec<AuditEvent>>) -> Markup {
    html! {
        section aria-labelledby="audit" {
            h2 #audit { "Audit" }
            @match part {
                Part::Available { value } if !value.is_empty() => { (links(value)) }
                Part::Available { .. } | Part::Absent => { p.soft { "Nothing was recorded yet." } }
                Part::Unavailable { reason } => { (unavailable(reason)) }
            }
        }
    }
}

fn links(links: &[AuditEvent]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="audit" {
            table {
                thead { tr { @for name in ["Link", "Action", "Recorded", "Hash", "Follows"] { th scope="col" { (name) } } } }
                tbody { @for link in links {
                    tr {
                        td.number { (link.seq) }
                        td { (clean(&link.action)) }
                        td { (time(link.recorded_at)) }
                        td { code title=(link.hash) { (short(&link.hash)) } }
                        td { code title=(link.previous_hash) { (short(&link.previous_hash)) } }
                    }
                } }
            }
        }
        p.soft.small { "Each link holds the hash of the one before; " code { "GET /api/audit/v1/audit/verify" } " checks the whole chain." }
    }
}

fn unavailable(reason: &str) -> Markup {
    html! { p.notice { b { "Unavailable. " } (cut(&clean(reason), TROUBLE_CHARS_MAX)) } }
}
