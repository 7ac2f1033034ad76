use super::report_id;
use crate::{
    Outcome,
    testing::{completed, document, found, nothing},
};

#[test]
fn each_end_of_a_task_has_its_title() {
    let mut unproven = found();
    unproven.diagnosis.root_cause.as_mut().unwrap().evidence.iter_mut().for_each(|e| e.line += 1);
    for (completed, outcome, title) in [
        (
            completed(Some(found()), None),
            Outcome::Found,
            "The image shop/cart:2.4.1-rc9 of deployment/cart does not exist.",
        ),
        (
            completed(Some(nothing()), None),
            Outcome::NothingFound,
            "No fault found for DeploymentNotReady in shop",
        ),
        (completed(None, Some("cancelled")), Outcome::Failed, "Not diagnosed: DeploymentNotReady in shop"),
        (completed(None, None), Outcome::Failed, "Not diagnosed: DeploymentNotReady in shop"),
        (
            completed(Some(unproven), None),
            Outcome::Unproven,
            "No proven root cause for DeploymentNotReady in shop",
        ),
    ] {
        let document = document(completed);
        assert_eq!((document.outcome(), document.report.title.as_str()), (outcome, title));
    }
}

#[test]
fn a_task_has_one_report_id() {
    assert_eq!(report_id("t1"), report_id("t1"));
    assert_ne!(report_id("t1"), report_id("t2"));
    assert_eq!(report_id("t1").len(), 36);
}

#[test]
fn a_title_is_one_short_line() {
    let mut result = found();
    result.diagnosis.root_cause.as_mut().unwrap().summary = "a\r\n\u{1b}[2J b ".repeat(500);
    let title = document(completed(Some(result), None)).report.title;
    assert_eq!(title.chars().count(), 200);
    assert!(!title.contains(['\n', '\r', '\u{1b}']), "{title:?}");
}
