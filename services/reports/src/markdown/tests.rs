use super::{
    escape::{cell_code, code, fence, inline},
    render,
};
use crate::testing::{HOSTILE, completed, document, found, hostile, nothing};

#[test]
fn a_report_with_a_cause() {
    insta::assert_snapshot!(render(&document(completed(Some(found()), None))));
}

#[test]
fn a_report_that_found_nothing() {
    insta::assert_snapshot!(render(&document(completed(Some(nothing()), None))));
}

#[test]
fn a_report_on_a_task_that_failed() {
    insta::assert_snapshot!(render(&document(completed(
        None,
        Some("execution did not answer within 30000 ms")
    ))));
}

#[test]
fn a_report_with_a_claim_left_out() {
    let mut result = found();
    result
        .diagnosis
        .root_cause
        .as_mut()
        .unwrap()
        .evidence
        .iter_mut()
        .for_each(|e| e.excerpt = "made up".into());
    let text = render(&document(completed(Some(result), None)));
    assert!(text.contains("## No root cause") && text.contains("## Claims left out"), "{text}");
    assert!(!text.contains("does not exist") && !text.contains("made up"), "{text}");
}

/// What is left of a text when code spans, fenced blocks and escaped characters are taken out, as a reader of CommonMark does.
fn live(markdown: &str) -> String {
    let mut out = String::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        if ticks >= 3 {
            let closes = |l: &str| l.trim_end().chars().all(|c| c == '`') && l.trim_end().len() >= ticks;
            assert!(lines.by_ref().any(closes), "a block of code does not end");
            continue;
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let run = rest.chars().take_while(|c| *c == '`').count();
            if c == '\\' {
                rest = rest.get(2..).unwrap_or("");
            } else if run > 0 {
                let inside = &rest[run..];
                let end = (0..inside.len()).find(|&at| {
                    inside.is_char_boundary(at)
                        && inside[at..].chars().take_while(|c| *c == '`').count() == run
                        && !inside[..at].ends_with('`')
                });
                rest = &inside[end.expect("a code span does not end") + run..];
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn hostile_text_stays_text() {
    let live = live(&render(&document(hostile())));
    for markup in ["<", "](", "![", "javascript:alert(1))\n|", "`"] {
        let found = live.contains(markup);
        assert!(!found, "{markup} is live in\n{live}");
    }
    // Only our own headings, and tables with as many cells as they have columns.
    let headings: Vec<&str> = live.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings.len(), 4, "{headings:?}");
    for row in live.lines().filter(|line| line.starts_with('|')) {
        let bars = row.matches('|').count();
        assert!(bars == 3 || bars == 7, "{row}");
    }
}

#[test]
fn running_text_is_escaped_and_no_more_than_that() {
    for (text, escaped) in [
        ("plain text, with: some. marks?", "plain text, with: some. marks?"),
        (
            "[a](b) *c* _d_ `e` <f> #g h|i ~j~ &amp; ![k]",
            r"\[a\](b) \*c\* \_d\_ \`e\` \<f\> \#g h\|i \~j\~ \&amp; \!\[k\]",
        ),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("3) item", r"3\) item"),
        ("=== x", r"\=== x"),
        ("a - b = 1.", "a - b = 1."),
        ("https://e.vil www.e.vil a@b", r"https\://e.vil www\.e.vil a\@b"),
        ("back\\slash", r"back\\slash"),
        ("two\n\nlines\r\n# here", r"two lines \# here"),
    ] {
        assert_eq!(inline(text), escaped);
    }
}

#[test]
fn code_cannot_be_left() {
    assert_eq!(code("plain"), "`plain`");
    assert_eq!(code("a ` b"), "``a ` b``");
    assert_eq!(code("``x"), "``` ``x ```");
    assert_eq!(code("a\n\nb"), "`a b`");
    assert_eq!(code(""), "–");
    assert_eq!(cell_code("a|b"), "`a\\|b`");
    assert_eq!(fence("a\n```\n````x"), "`````text\na\n```\n````x\n`````");
    assert!(fence(HOSTILE).starts_with("````text\n"));
}
