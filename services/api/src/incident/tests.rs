use super::{Incident, Part};
use crate::testing::{finding, report, task};
use aetherius_contracts::tasks::TaskStatus;
use serde_json::json;

#[test]
fn parts_say_whether_they_are_there() {
    let shown = |part: Part<&str>| serde_json::to_value(part).unwrap();
    assert_eq!(shown(Part::Available { value: "x" }), json!({ "state": "available", "value": "x" }));
    assert_eq!(shown(Part::Absent), json!({ "state": "absent" }));
    let away = Part::Unavailable { reason: "away".into() };
    assert_eq!(shown(away), json!({ "state": "unavailable", "reason": "away" }));
}

#[test]
fn the_checked_findings_of_the_report_go_before_those_of_the_task() {
    let mut task = task("t1", TaskStatus::Completed);
    let checked = report(&task);
    task.result.as_mut().unwrap().diagnosis.root_cause = Some(finding("made_up", "made up", vec![]));
    let report = Part::Available { value: checked };
    let mut incident = Incident { task, report, notifications: Part::Absent, audit: Part::Absent };
    assert_eq!(incident.result().unwrap().diagnosis.root_cause.as_ref().unwrap().rule, "image_not_found");
    incident.task.status = TaskStatus::Running;
    assert!(
        incident.result().is_none(),
        "a task that is done again has no result yet, whatever an old report says"
    );
}
