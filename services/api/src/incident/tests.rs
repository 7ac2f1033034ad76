use super::{Incident, IncidentView, Part};
use crate::testing::{finding, report, task};
use aetherius_contracts::tasks::TaskStatus;
use serde_json::json;

#[test]
fn parts_say_whether_they_are_there() {
    let task = task("t1", TaskStatus::Completed);
    let report = Part::Available { value: report(&task) };
    let incident = Incident {
        task,
        report,
        notifications: Part::Absent,
        audit: Part::Unavailable { reason: "away".into() },
    };
    let view = serde_json::to_value(IncidentView::from(incident)).unwrap();
    assert_eq!(view["report_id"], json!({ "state": "available", "value": "report-t1" }));
    assert_eq!(view["notifications"], json!({ "state": "absent" }));
    assert_eq!(view["audit"], json!({ "state": "unavailable", "reason": "away" }));
    assert_eq!(view["task"]["id"], "t1");
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
    assert_eq!(IncidentView::from(incident).task.result, None);
}
