//! Results: a table for the eye, a list of `{name, value, unit, bar, holds}` for programs.

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use std::{fmt, fs, path::Path};

#[cfg(test)]
mod tests;

/// One result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    name: String,
    value: Value,
    unit: &'static str,
    /// What was promised, such as `<= 50`; nothing for what is only told.
    bar: Option<String>,
    holds: bool,
}

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    AtLeast(f64),
    AtMost(f64),
    Exactly(f64),
    /// Nothing.
    Told,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str, bar: Bar) -> Self {
        let (name, holds) = (name.into(), bar.is_held_by(value));
        let bar = (bar != Bar::Told).then(|| bar.to_string());
        Self { name, value: number(value), unit, bar, holds }
    }

    pub(crate) fn count(name: impl Into<String>, value: usize, unit: &'static str, bar: Bar) -> Self {
        Self::new(name, value as f64, unit, bar)
    }

    /// Whether the promise was kept.
    pub(crate) fn holds(&self) -> bool {
        self.holds
    }
}

impl Bar {
    fn is_held_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bar) => value >= bar,
            Self::AtMost(bar) => value <= bar,
            Self::Exactly(bar) => (value - bar).abs() < f64::EPSILON,
            Self::Told => true,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bar) => write!(f, ">= {bar}"),
            Self::AtMost(bar) => write!(f, "<= {bar}"),
            Self::Exactly(bar) => write!(f, "{bar}"),
            Self::Told => Ok(()),
        }
    }
}

/// To three places, and without them when it is whole.
fn number(value: f64) -> Value {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.fract() == 0.0 { Value::from(rounded as i64) } else { Value::from(rounded) }
}

/// As a table.
pub(crate) fn table(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        let verdict = if row.holds { "holds" } else { "BROKEN" };
        let (bar, verdict) = row.bar.as_ref().map_or(("", ""), |bar| (bar.as_str(), verdict));
        [row.name.clone(), row.value.to_string(), row.unit.to_owned(), bar.to_owned(), verdict.to_owned()]
    };
    let lines: Vec<[String; 5]> = rows.iter().map(cells).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let [name_width, value_width, unit_width, bar_width] = [0, 1, 2, 3].map(width);
    let line = |[name, value, unit, bar, verdict]: &[String; 5]| {
        let text = format!(
            "  {name:name_width$}  {value:>value_width$} {unit:unit_width$}  {bar:>bar_width$}  {verdict}"
        );
        text.trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

/// Writes the rows into a file in the place of those whose names begin with `prefix`; others stay.
pub(crate) fn write(path: &Path, prefix: &str, rows: &[Row]) -> anyhow::Result<()> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "[]".to_owned(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let merged = merge(&before, prefix, rows)
        .with_context(|| format!("{} is not a list of results; move it away", path.display()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, merged).with_context(|| format!("cannot write {}", path.display()))
}

fn merge(before: &str, prefix: &str, rows: &[Row]) -> anyhow::Result<String> {
    let mut all: Vec<Value> = serde_json::from_str(before)?;
    all.retain(|row| !row.get("name").and_then(Value::as_str).is_some_and(|name| name.starts_with(prefix)));
    for row in rows {
        all.push(serde_json::to_value(row)?);
    }
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}
