//! Lines for people: aligned, coloured on a terminal only.

use jiff::Timestamp;
use std::io::IsTerminal;

/// Whether and how words are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Colours,
}

impl Paint {
    /// Colours, where a terminal shows them and nobody asked for none (`NO_COLOR`).
    pub(crate) fn of_stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && std::io::stdout().is_terminal() { Self::Colours } else { Self::Plain }
    }

    /// A severity or a status in its colour.
    pub(crate) fn word(self, word: &str) -> String {
        let colour = match word {
            "critical" | "failed" | "timeout" | "broken" => "31;1",
            "high" => "31",
            "medium" | "running" | "scheduled" => "33",
            "completed" | "intact" | "right" => "32",
            "low" | "cancelled" | "pending" => "2",
            _ => return word.to_owned(),
        };
        self.with(colour, word)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colours => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Rows under a head.
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(head: [&str; N]) -> Self {
        Self { rows: vec![head.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| printable(&cell)));
    }

    /// Aligned by what is seen, so that colours do not count.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                let shown = if n == 0 { paint.bold(cell) } else { paint.word(cell) };
                line.push_str(&shown);
                line.push_str(&" ".repeat(width - cell.chars().count() + 2));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// What others wrote, without what would move the cursor or change the colours of a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// How long ago, in its largest unit: `3m`. Nothing for what is no time.
pub(crate) fn age(time: &str, now: Timestamp) -> String {
    let Ok(time) = time.parse::<Timestamp>() else {
        return String::new();
    };
    let seconds = now.duration_since(time).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{Paint, Table, age, cut};

    #[test]
    fn rows_are_aligned_by_what_is_seen() {
        let mut table = Table::new(["SEVERITY", "WHAT"]);
        table.row(["critical".into(), "größer".into()]);
        table.row(["low".into(), "a\u{1b}[2Jb".into()]);
        let plain = table.render(Paint::Plain);
        assert_eq!(plain, "SEVERITY  WHAT\ncritical  größer\nlow       a [2Jb\n");
        let coloured = table.render(Paint::Colours);
        assert!(coloured.contains("\x1b[31;1mcritical\x1b[0m  größer\n"), "{coloured:?}");
        assert!(coloured.contains("\x1b[2mlow\x1b[0m       a"), "{coloured:?}");
    }

    #[test]
    fn an_age_has_one_unit() {
        let now = "2026-03-04T05:06:07Z".parse().unwrap();
        for (time, expected) in [
            ("2026-03-04T05:06:07Z", "0s"),
            ("2026-03-04T05:06:10Z", "0s"),
            ("2026-03-04T05:02:08Z", "3m"),
            ("2026-03-03T06:06:07Z", "23h"),
            ("2026-01-01T00:00:00Z", "62d"),
            ("yesterday", ""),
        ] {
            assert_eq!(age(time, now), expected, "{time}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("äöüß", 4), "äöüß");
        assert_eq!(cut("äöüßx", 4), "äöü…");
    }
}
