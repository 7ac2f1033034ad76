use super::{Mark, Piece, output, pieces};

fn text(lines: usize) -> String {
    (1..=lines).map(|n| format!("line {n}\n")).collect()
}

fn mark(line: usize, excerpt: &str) -> Mark {
    Mark { number: 1, line, excerpt: excerpt.into() }
}

/// What is shown as ranges: `1-5 …90 96*`.
fn shape(pieces: &[Piece<'_>]) -> String {
    let words = pieces.iter().map(|piece| match piece {
        Piece::Gap(lines) => format!("…{lines}"),
        Piece::Line { number, marks, .. } => format!("{number}{}", "*".repeat(marks.len())),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_short_output_is_shown_whole() {
    assert_eq!(shape(&pieces(&text(3), &[mark(2, "line 2")])), "1 2* 3");
    assert!(!shape(&pieces(&text(60), &[])).contains('…'));
}

#[test]
fn of_a_long_output_its_ends_and_what_is_cited_are_shown() {
    assert_eq!(shape(&pieces(&text(61), &[])), "1 2 3 4 5 …51 57 58 59 60 61");
    let long = text(100);
    let cited = pieces(&long, &[mark(50, "line 50\nline 51")]);
    assert_eq!(shape(&cited), "1 2 3 4 5 …40 46 47 48 49 50* 51* 52 53 54 55 …40 96 97 98 99 100");
}

#[test]
fn what_does_not_stand_there_is_not_marked() {
    for wrong in [
        mark(2, "line 3"),
        mark(0, "line 1"),
        mark(99, "line 99"),
        mark(3, "line 3\nline 4"),
        mark(1, "line"),
    ] {
        assert_eq!(shape(&pieces(&text(3), std::slice::from_ref(&wrong))), "1 2 3", "{wrong:?}");
    }
    assert_eq!(shape(&pieces("a\r\nb", &[mark(1, "a")])), "1* 2");
}

#[test]
fn markup_and_endless_lines_are_harmless() {
    let hostile = format!("<script>\n{}", "x".repeat(100_000));
    let page = output(&hostile, &[mark(1, "<script>")]).into_string();
    assert!(page.contains("<mark>&lt;script&gt;</mark>"), "{page}");
    assert!(page.len() < 3_000);
}
