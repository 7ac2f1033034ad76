//! From single results to the report. Its JSON form is told in docs/measuring-diagnosis.md.

use super::case::Measured;
use aetherius_execution::recorded::{Expectation, HEALTHY};
use serde::Serialize;
use std::collections::BTreeMap;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

/// How well cases were diagnosed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// All cases with an answer.
    pub(super) total: Score,
    /// By the root cause that was expected.
    pub(super) classes: BTreeMap<String, Score>,
    pub(super) false_alarms: Tally,
    pub(super) groundedness: Tally,
    pub(super) milliseconds: Milliseconds,
    /// Cases with the same verdict after renaming; absent when that was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed: Option<Tally>,
    pub(super) misses: Vec<Miss>,
    pub(super) confusion: Vec<Confusion>,
    pub(super) renaming_changes: Vec<Told>,
    /// Cases that do not say what was wrong.
    pub(super) without_answer: Vec<String>,
    pub(super) errors: Vec<Told>,
}

/// How many of something hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Tally {
    pub(super) count: usize,
    pub(super) of: usize,
    /// `count / of`; 1 of nothing, of which nothing is wrong.
    pub(super) share: f64,
}

/// How many cases of a class are right, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Score {
    pub(super) cases: usize,
    pub(super) taxonomy: Tally,
    pub(super) object: Tally,
    pub(super) cause: Tally,
    pub(super) all: Tally,
}

#[derive(Debug, Serialize)]
pub(super) struct Milliseconds {
    /// The rules alone, with the case in memory.
    pub(super) rules: Spread,
    /// A whole case, from its files on.
    pub(super) case: Spread,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) p99: f64,
}

/// A case that is not right in every field.
#[derive(Debug, Serialize)]
pub(super) struct Miss {
    pub(super) case: String,
    pub(super) expected: Expectation,
    /// Null: nothing was found to be wrong.
    pub(super) answered: Option<Expectation>,
    pub(super) confidence: f64,
}

/// How often one cause was taken for another.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Confusion {
    pub(super) expected: String,
    pub(super) answered: String,
    pub(super) cases: usize,
}

/// What is to be said about a case.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub(super) case: String,
    pub(super) text: String,
}

impl Tally {
    fn new(count: usize, of: usize) -> Self {
        let share = if of == 0 { 1.0 } else { count as f64 / of as f64 };
        Self { count, of, share }
    }

    fn add(&mut self, holds: bool) {
        *self = Self::new(self.count + usize::from(holds), self.of + 1);
    }
}

impl Score {
    fn add(&mut self, right: Right) {
        self.cases += 1;
        self.taxonomy.add(right.taxonomy);
        self.object.add(right.object);
        self.cause.add(right.cause);
        self.all.add(right.all());
    }
}

/// Which fields of an answer are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Right {
    taxonomy: bool,
    object: bool,
    cause: bool,
}

impl Right {
    fn of(expected: &Expectation, answered: Option<&Expectation>) -> Self {
        match answered {
            None => Self {
                taxonomy: expected.is_healthy(),
                object: expected.is_healthy(),
                cause: expected.is_healthy(),
            },
            Some(answered) => Self {
                taxonomy: same(&expected.taxonomy, &answered.taxonomy),
                object: same(&expected.object, &answered.object),
                cause: same(&expected.root_cause, &answered.root_cause),
            },
        }
    }

    fn all(self) -> bool {
        self.taxonomy && self.object && self.cause
    }
}

/// Compared without regard to case, `-` as `_`.
fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(label: &str) -> String {
    label.trim().to_lowercase().replace('-', "_")
}

impl Report {
    pub(super) fn of(results: Vec<(String, anyhow::Result<Measured>)>) -> Self {
        let mut report = Self {
            total: Score::default(),
            classes: BTreeMap::new(),
            false_alarms: Tally::new(0, 0),
            groundedness: Tally::new(0, 0),
            milliseconds: Milliseconds { rules: Spread::default(), case: Spread::default() },
            renamed: None,
            misses: Vec::new(),
            confusion: Vec::new(),
            renaming_changes: Vec::new(),
            without_answer: Vec::new(),
            errors: Vec::new(),
        };
        let (mut rules_ms, mut case_ms) = (Vec::new(), Vec::new());
        for (case, result) in results {
            match result {
                Ok(measured) => {
                    rules_ms.push(measured.rules_ms);
                    case_ms.push(measured.case_ms);
                    report.add(case, measured);
                }
                Err(error) => report.errors.push(Told { case, text: format!("{error:#}") }),
            }
        }
        report.milliseconds = Milliseconds { rules: Spread::of(rules_ms), case: Spread::of(case_ms) };
        report.confusion = confusion(&report.misses);
        report
    }

    fn add(&mut self, case: String, measured: Measured) {
        let Measured { expected, answered, confidence, excerpts, grounded, renamed, .. } = measured;
        let known = self.groundedness;
        self.groundedness = Tally::new(known.count + grounded, known.of + excerpts);
        if let Some(same) = renamed {
            self.renamed.get_or_insert_default().add(same.is_ok());
            if let Err(text) = same {
                self.renaming_changes.push(Told { case: case.clone(), text });
            }
        }
        let Some(expected) = expected else {
            self.without_answer.push(case);
            return;
        };
        let right = Right::of(&expected, answered.as_ref());
        self.total.add(right);
        self.classes.entry(plain(&expected.root_cause)).or_default().add(right);
        if expected.is_healthy() {
            self.false_alarms.add(answered.is_some());
        }
        if !right.all() {
            self.misses.push(Miss { case, expected, answered, confidence });
        }
    }
}

/// The misses of the cause, the most frequent first.
fn confusion(misses: &[Miss]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for miss in misses {
        let answered =
            miss.answered.as_ref().map_or_else(|| HEALTHY.to_owned(), |answer| plain(&answer.root_cause));
        let expected = plain(&miss.expected.root_cause);
        if expected != answered {
            *counts.entry((expected, answered)).or_default() += 1;
        }
    }
    let mut confusion: Vec<Confusion> = counts
        .into_iter()
        .map(|((expected, answered), cases)| Confusion { expected, answered, cases })
        .collect();
    confusion.sort_by_key(|pair| std::cmp::Reverse(pair.cases));
    confusion
}

impl Spread {
    /// By nearest rank, in microseconds' precision; 0 of nothing.
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let rank = |share: f64| {
            let at = (share * values.len() as f64).ceil() as usize;
            let value = values.get(at.saturating_sub(1)).copied().unwrap_or(0.0);
            (value * 1000.0).round() / 1000.0
        };
        Self { median: rank(0.5), p99: rank(0.99) }
    }
}
