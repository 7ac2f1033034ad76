//! Which lines of a long output are shown: its beginning, its end, and what is cited with some lines around it.

use super::text::{clean, cut};
use maud::{Markup, html};

#[cfg(test)]
mod tests;

/// An output of as many lines is shown whole.
const WHOLE_LINES_MAX: usize = 60;
const EDGE_LINES: usize = 5;
const AROUND_LINES: usize = 4;
const LINE_CHARS_MAX: usize = 1000;

/// An excerpt that a claim cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The number of the evidence.
    pub(crate) number: usize,
    /// The first line, from 1.
    pub(crate) line: usize,
    /// Its lines, as they are cited.
    pub(crate) excerpt: String,
}

/// A part of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Line {
        number: usize,
        text: &'a str,
        marks: Vec<usize>,
    },
    /// So many lines that are not shown.
    Gap(usize),
}

/// The parts of an output that are shown, in order.
pub(crate) fn pieces<'a>(output: &'a str, marks: &[Mark]) -> Vec<Piece<'a>> {
    let lines: Vec<&str> = output.trim_end_matches('\n').split('\n').collect();
    let marked = marked_lines(&lines, marks);
    let mut pieces = Vec::new();
    let mut skipped = 0;
    for (index, text) in lines.iter().enumerate() {
        let number = index + 1;
        if !is_shown(number, lines.len(), &marked) {
            skipped += 1;
            continue;
        }
        if skipped > 0 {
            pieces.push(Piece::Gap(skipped));
            skipped = 0;
        }
        let marks = marked.iter().filter(|(line, _)| *line == number).map(|(_, mark)| *mark).collect();
        pieces.push(Piece::Line { number, text, marks });
    }
    pieces
}

/// Line and evidence of everything that is cited and really stands there.
fn marked_lines(lines: &[&str], marks: &[Mark]) -> Vec<(usize, usize)> {
    let mut marked = Vec::new();
    for mark in marks {
        let cited: Vec<&str> = mark.excerpt.trim_end_matches('\n').split('\n').collect();
        let there = lines.get(mark.line.saturating_sub(1)..).unwrap_or_default();
        let same = |(a, b): (&&str, &&str)| a.trim_end_matches('\r') == b.trim_end_matches('\r');
        if mark.line > 0 && cited.len() <= there.len() && cited.iter().zip(there).all(same) {
            marked.extend((0..cited.len()).map(|offset| (mark.line + offset, mark.number)));
        }
    }
    marked
}

fn is_shown(number: usize, total: usize, marked: &[(usize, usize)]) -> bool {
    total <= WHOLE_LINES_MAX
        || number <= EDGE_LINES
        || number > total - EDGE_LINES
        || marked.iter().any(|(line, _)| line.abs_diff(number) <= AROUND_LINES)
}

/// An output with what is cited highlighted.
pub(crate) fn output(output: &str, marks: &[Mark]) -> Markup {
    let pieces = pieces(output, marks);
    let hidden: usize =
        pieces.iter().map(|piece| if let Piece::Gap(lines) = piece { *lines } else { 0 }).sum();
    html! {
        @if hidden > 0 {
            p.soft.small { (hidden) " lines are not shown here; the report in JSON has them all." }
        }
        div.output tabindex="0" role="region" aria-label="Output" {
            @for piece in &pieces {
                @match piece {
                    Piece::Gap(lines) => { div.gap { "⋯ " (lines) " lines" } }
                    Piece::Line { number, text, marks } => { (line(*number, text, marks)) }
                }
            }
        }
    }
}

/// The numbers of the evidence stand before the line: at its end they would be out of sight.
fn line(number: usize, text: &str, marks: &[usize]) -> Markup {
    let text = cut(&clean(text.trim_end_matches('\r')), LINE_CHARS_MAX);
    html! {
        div.line {
            span.gutter {
                @for mark in marks { a.ref href={ "#e" (mark) } { "[" (mark) "]" } " " }
                span.no aria-hidden="true" { (number) }
            }
            code { @if marks.is_empty() { (text) } @else { mark { (text) } } }
        }
    }
}
