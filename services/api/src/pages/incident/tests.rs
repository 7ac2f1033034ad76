use super::page;
use crate::{
    incident::{Incident, Part},
    pages::layout::Refresh,
    testing::{HOSTILE, World, at, finding, notification, ran, report, task},
};
use aetherius_contracts::{
    notifications::DeliveryStatus,
    tasks::{TaskResult, TaskStatus},
};
use maud::Markup;

fn incident(status: TaskStatus) -> Incident {
    let task = task("t1", status);
    let world = World::of(vec![task.clone()]);
    let report = match &task.result {
        Some(_) => Part::Available { value: report(&task) },
        None => Part::Absent,
    };
    let notifications = Part::Available { value: world.notifications.unwrap() };
    Incident { task, report, notifications, audit: Part::Available { value: world.audit.unwrap() } }
}

fn away<T>() -> Part<T> {
    Part::Unavailable { reason: "reports cannot be reached".into() }
}

/// A line for each tag that begins a block.
fn lines(body: Markup) -> String {
    let mut text = body.into_string();
    for tag in [
        "h1", "h2", "p", "div", "section", "dt", "dd", "dl", "li", "ol", "ul", "figure", "pre", "details",
        "summary", "tr", "td", "table",
    ] {
        text = text
            .replace(&format!("<{tag} "), &format!("\n<{tag} "))
            .replace(&format!("<{tag}>"), &format!("\n<{tag}>"));
    }
    text
}

#[test]
fn an_incident_whose_cause_was_found() {
    insta::assert_snapshot!(lines(page(&incident(TaskStatus::Completed), at(60_000)).body));
}

#[test]
fn an_incident_in_work() {
    insta::assert_snapshot!(lines(page(&incident(TaskStatus::Running), at(60_000)).body));
}

#[test]
fn an_incident_whose_side_services_are_away() {
    let mut incident = incident(TaskStatus::Failed);
    (incident.report, incident.notifications, incident.audit) = (away(), away(), away());
    let body = page(&incident, at(60_000)).body.into_string();
    assert_eq!(body.matches("Unavailable.").count(), 3, "{body}");
    assert!(body.contains("Not diagnosed") && body.contains("execution did not answer"));
}

#[test]
fn nothing_found_is_an_answer() {
    let mut incident = incident(TaskStatus::Completed);
    incident.report = Part::Absent;
    incident.task.result.as_mut().unwrap().diagnosis.root_cause = None;
    let shown = page(&incident, at(60_000));
    assert_eq!(shown.title, "No fault found for DeploymentNotReady");
    assert!(shown.body.into_string().contains("This is an answer too"));
}

#[test]
fn a_page_stands_still_once_nothing_moves() {
    let refresh = |incident: &Incident, ms| page(incident, at(ms)).refresh;
    assert_eq!(refresh(&incident(TaskStatus::Running), 86_400_000), Refresh::WhileSomethingHappens);
    let mut ended = incident(TaskStatus::Completed);
    assert_eq!(refresh(&ended, 4_000), Refresh::Never);
    ended.notifications =
        Part::Available { value: vec![notification("t1", "chat", DeliveryStatus::Pending)] };
    assert_eq!(refresh(&ended, 4_000), Refresh::WhileSomethingHappens);
    assert_eq!(refresh(&ended, 60_000), Refresh::Never, "a retry can take minutes");
}

#[test]
fn text_of_others_stays_text() {
    let mut incident = incident(TaskStatus::Completed);
    let step = ran("ffff", HOSTILE, HOSTILE, 2_000);
    let evidence = aetherius_contracts::reasoning::Evidence {
        output_hash: step.output_hash.clone(),
        command: HOSTILE.into(),
        excerpt: HOSTILE.into(),
        line: 1,
        shows: HOSTILE.into(),
    };
    let mut cause = finding(HOSTILE, HOSTILE, vec![evidence]);
    cause.remedy = HOSTILE.into();
    cause.object.name = HOSTILE.into();
    let mut result: TaskResult = incident.task.result.take().unwrap();
    result.diagnosis.root_cause = Some(cause);
    result.diagnosis.gaps = vec![HOSTILE.into()];
    result.steps = vec![step];
    incident.task.result = Some(result);
    incident.task.alert_name = HOSTILE.into();
    incident.task.namespace = HOSTILE.into();
    incident.task.error_message = Some(HOSTILE.into());
    incident.report = Part::Available { value: report(&incident.task) };
    incident.notifications =
        Part::Available { value: vec![notification("t1", HOSTILE, DeliveryStatus::Failed)] };
    let body = page(&incident, at(60_000)).body.into_string();
    for markup in ["<script", "<img", "\u{202e}"] {
        assert!(!body.contains(markup), "{markup} is live in {body}");
    }
    assert!(body.contains("<mark>&lt;script&gt;"), "{body}");
}
