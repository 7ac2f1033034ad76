use super::notice;
use crate::testing::{completed, document, found, hostile, nothing};

#[test]
fn a_cause_is_told_with_object_remedy_and_first_excerpt() {
    let document = document(completed(Some(found()), None));
    let notice = notice(&document);
    assert_eq!(notice.report_id.as_ref(), Some(&document.report.id));
    assert_eq!(
        (notice.severity.as_str(), notice.trace_id.as_str()),
        ("critical", "4bf92f3577b34da6a3ce929d0e0e4736")
    );
    insta::assert_snapshot!(notice.text);
}

#[test]
fn nothing_found_and_failed_are_told_too() {
    let nothing = notice(&document(completed(Some(nothing()), None)));
    assert_eq!(nothing.text, "No fault was found in 1 output.\nNothing was left unseen.");
    let failed = notice(&document(completed(None, Some("execution is\nnot there"))));
    assert_eq!(failed.text, "The task failed: execution is not there\nNothing is known about the cause.");
    let mut unproven = found();
    unproven.steps.clear();
    let unproven = notice(&document(completed(Some(unproven), None)));
    assert_eq!(
        unproven.text,
        "Not shown, because no output bears it out: 3 claims.\nNothing is known about the cause."
    );
}

#[test]
fn the_text_stays_short_whatever_it_is_about() {
    let mut completed = hostile();
    let cause = completed.result.as_mut().unwrap().diagnosis.root_cause.as_mut().unwrap();
    cause.summary = "x ".repeat(10_000);
    let text = notice(&document(completed)).text;
    assert!(text.chars().count() < 4000 && text.lines().count() < 10, "{text}");
    assert!(!text.contains('\u{1b}'));
}
