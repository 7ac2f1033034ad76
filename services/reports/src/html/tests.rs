use super::render;
use crate::testing::{HOSTILE, completed, document, found, hostile, nothing};

/// The page without its stylesheet, which would drown what a snapshot is to show; a line for each tag that begins a block.
fn body(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let mut text = format!("{head}{rest}");
    for tag in [
        "<main", "<h1", "<h2", "<section", "<article", "<figure", "<pre", "<tr", "<td", "<p", "<div", "<dt",
        "<dd", "<dl", "<footer",
    ] {
        text = text
            .replace(&format!("{tag} "), &format!("\n{tag} "))
            .replace(&format!("{tag}>"), &format!("\n{tag}>"));
    }
    text
}

#[test]
fn a_report_with_a_cause() {
    insta::assert_snapshot!(body(&render(&document(completed(Some(found()), None)))));
}

#[test]
fn a_report_that_found_nothing() {
    insta::assert_snapshot!(body(&render(&document(completed(Some(nothing()), None)))));
}

#[test]
fn a_report_on_a_task_that_failed() {
    insta::assert_snapshot!(body(&render(&document(completed(
        None,
        Some("execution did not answer within 30000 ms")
    )))));
}

#[test]
fn hostile_text_stays_text() {
    let page = render(&document(hostile()));
    for markup in ["<script", "<img", "onerror=a>", "href=\"javascript", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup} is live in\n{page}");
    }
    let escaped = HOSTILE.replace('<', "&lt;").replace('>', "&gt;");
    assert!(page.matches(&escaped).count() > 8);
    let mut failed = completed(None, Some(HOSTILE));
    failed.event.namespace = "\"><script>".into();
    assert!(!render(&document(failed)).contains("<script"));
}

#[test]
fn every_number_leads_to_its_excerpt_and_every_excerpt_to_its_command() {
    let page = render(&document(completed(Some(found()), None)));
    for id in ["e1", "e2", "e3", "s1", "s2"] {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "{id}");
    }
}
