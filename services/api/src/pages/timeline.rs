//! What happened when, from the alert to the last link of the chain.

use super::text::{clean, clock, cut};
use crate::incident::{Incident, is_open};
use aetherius_contracts::{
    audit::AuditEvent,
    execution::{Decision, StepResult, StepStatus},
    messages::{EVENT_RECEIVED, STEP_EXECUTED},
    notifications::{DeliveryStatus, Notification},
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

#[cfg(test)]
mod tests;

const DETAIL_CHARS_MAX: usize = 140;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) what: &'static str,
    pub(crate) detail: String,
    pub(crate) is_bad: bool,
}

fn entry(at: Timestamp, what: &'static str, detail: impl Into<String>) -> Entry {
    Entry { at, what, detail: detail.into(), is_bad: false }
}

fn bad(at: Timestamp, what: &'static str, detail: impl Into<String>) -> Entry {
    Entry { is_bad: true, ..entry(at, what, detail) }
}

/// What is known to have happened, oldest first.
pub(crate) fn entries(incident: &Incident) -> Vec<Entry> {
    let task = &incident.task;
    let links = incident.audit.value().map_or(&[][..], Vec::as_slice);
    let mut all = vec![entry(task.context.timestamp, "happened", format!("as {} says", task.context.source))];
    all.extend(links.iter().find(|link| link.action == EVENT_RECEIVED).map(received));
    all.push(entry(task.created_at, "task", format!("made, priority {}", task.priority)));
    all.extend(task.started_at.map(|at| entry(at, "started", tries(task.retry_count))));
    match incident.result() {
        Some(result) => {
            all.extend(result.steps.iter().enumerate().map(|(index, step)| of_step(index + 1, step)));
        }
        None => all.extend(links.iter().filter(|link| link.action == STEP_EXECUTED).map(|link| {
            entry(link.recorded_at, "step", format!("a command has ended or was denied (link {})", link.seq))
        })),
    }
    if let Some(at) = task.completed_at.filter(|_| !is_open(task.status)) {
        let status = task.status.as_str();
        all.push(match &task.error_message {
            Some(error) => bad(at, status, error),
            None => entry(at, status, ""),
        });
    }
    all.extend(incident.report.value().map(|report| entry(report.created_at, "report", &report.title)));
    all.extend(incident.notifications.value().into_iter().flatten().map(of_notification));
    all.extend(links.last().map(|last| {
        entry(last.recorded_at, "audited", format!("{} links so far, the last is {}", links.len(), last.seq))
    }));
    // Stable: what has the same time stays in the order of its causes.
    all.sort_by_key(|entry| entry.at);
    all
}

fn received(link: &AuditEvent) -> Entry {
    entry(link.recorded_at, "received", "stored and recorded")
}

fn tries(retries: u32) -> String {
    match retries {
        0 => "a worker took it".to_owned(),
        n => format!("a worker took it, try {}", n + 1),
    }
}

fn of_step(number: usize, step: &StepResult) -> Entry {
    let detail = format!("{number}. {}", step.command);
    match step.status {
        _ if step.verdict.verdict == Decision::Deny => bad(step.timestamp, "denied", detail),
        StepStatus::Success => entry(step.timestamp, "step", detail),
        StepStatus::Failed => bad(step.timestamp, "step failed", detail),
        StepStatus::Timeout => bad(step.timestamp, "step timed out", detail),
    }
}

fn of_notification(one: &Notification) -> Entry {
    let Notification { channel, attempts, .. } = one;
    match (one.status, one.delivered_at) {
        (DeliveryStatus::Delivered, Some(at)) => entry(at, "notified", format!("{channel}, try {attempts}")),
        (DeliveryStatus::Failed, _) => {
            bad(one.created_at, "not notified", format!("{channel}, given up after {attempts} tries"))
        }
        _ => entry(one.created_at, "notifying", format!("{channel}, {attempts} tries so far")),
    }
}

/// The entries as a list. The day is shown where it changes.
pub(crate) fn timeline(entries: &[Entry]) -> Markup {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    html! {
        ol.timeline {
            @for (index, entry) in entries.iter().enumerate() {
                @let is_new_day = index == 0 || day(entries[index - 1].at) != day(entry.at);
                @if is_new_day { li.day { (entry.at.strftime("%Y-%m-%d")) " UTC" } }
                li class=[entry.is_bad.then_some("bad")] {
                    (clock(entry.at)) " "
                    b { (entry.what) } " "
                    span.detail { (cut(&clean(&entry.detail), DETAIL_CHARS_MAX)) }
                }
            }
        }
    }
}
