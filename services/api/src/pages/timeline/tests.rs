use super::{entries, timeline};
use crate::{
    incident::{Incident, Part},
    testing::{World, at, report, task},
};
use aetherius_contracts::tasks::TaskStatus;

fn incident(status: TaskStatus) -> Incident {
    let task = task("t1", status);
    let world = World::of(vec![task.clone()]);
    let report = match task.result {
        Some(_) => Part::Available { value: report(&task) },
        None => Part::Absent,
    };
    let notifications = Part::Available { value: world.notifications.unwrap() };
    Incident { task, report, notifications, audit: Part::Available { value: world.audit.unwrap() } }
}

fn words(incident: &Incident) -> Vec<&'static str> {
    entries(incident).iter().map(|entry| entry.what).collect()
}

#[test]
fn the_whole_way_is_told_in_its_order() {
    let expected = [
        "happened",
        "received",
        "task",
        "started",
        "step",
        "step",
        "denied",
        "step failed",
        "completed",
        "report",
        "not notified",
        "notified",
        "audited",
    ];
    let incident = incident(TaskStatus::Completed);
    assert_eq!(words(&incident), expected);
    assert_eq!(entries(&incident).iter().filter(|entry| entry.is_bad).count(), 3);
}

#[test]
fn while_a_task_runs_the_audit_tells_of_its_steps() {
    let expected = ["happened", "received", "task", "started", "step", "step", "audited"];
    assert_eq!(words(&incident(TaskStatus::Running)), expected);
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut incident = incident(TaskStatus::Failed);
    incident.audit = Part::Unavailable { reason: "away".into() };
    incident.notifications = Part::Unavailable { reason: "away".into() };
    assert_eq!(words(&incident), ["happened", "task", "started", "failed"]);
}

#[test]
fn a_day_is_named_where_it_begins() {
    let mut incident = incident(TaskStatus::Completed);
    incident.task.context.timestamp = at(-86_400_000);
    let page = timeline(&entries(&incident)).into_string();
    assert_eq!(page.matches("class=\"day\"").count(), 2, "{page}");
    assert!(page.contains("2026-03-03 UTC") && page.contains("2026-03-04 UTC"));
}
