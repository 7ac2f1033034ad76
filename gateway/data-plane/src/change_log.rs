//! Which routes and clusters came, went and changed: when, by whom, from where.

use agw_config::Settings;
use diff::Item;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::VecDeque,
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Mutex, PoisonError},
};

pub(crate) mod diff;
#[cfg(test)]
mod tests;

/// How many changes are kept in memory; the file has them all.
const KEPT_MAX: usize = 1000;

/// One route or cluster that came, went or changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    /// `route`, `proxy_route` or `cluster`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) change: What,
    /// With `changed`: what of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<FieldChange>,
    /// Who had the configuration taken over.
    pub(crate) by: String,
    /// The configuration file.
    pub(crate) from: String,
    pub(crate) config_sha256: String,
    /// From the route's `meta`; of a removed one, what it was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) owner: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Added,
    Changed,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

/// When, by whom, from where, and which configuration.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) from: String,
    pub(crate) config_sha256: String,
}

/// The changes from one configuration to the next, in the order of the file, what is gone last.
pub(crate) fn changes(before: &Settings, after: &Settings, occasion: &Occasion) -> Vec<Change> {
    diff::items(before, after)
        .into_iter()
        .map(|Item { kind, name, what, fields, meta }| Change {
            at: occasion.at,
            kind,
            name,
            change: what,
            fields,
            by: occasion.by.clone(),
            from: occasion.from.clone(),
            config_sha256: occasion.config_sha256.clone(),
            version: meta.version,
            owner: meta.owner,
            tags: meta.tags,
        })
        .collect()
}

/// The last changes, oldest first.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    kept: Mutex<VecDeque<Change>>,
}

impl ChangeLog {
    pub(crate) fn record(&self, changes: Vec<Change>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(changes);
        let too_many = kept.len().saturating_sub(KEPT_MAX);
        kept.drain(..too_many);
    }

    /// The last so many, oldest first.
    pub(crate) fn last(&self, count: usize) -> Vec<Change> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().skip(kept.len().saturating_sub(count)).cloned().collect()
    }
}

/// Appends values to a file, one JSON object a line. A file that is not there is made for our user alone.
pub(crate) fn append<T: Serialize>(file: &Path, values: &[T]) -> io::Result<()> {
    let mut lines = Vec::new();
    for value in values {
        serde_json::to_writer(&mut lines, value)?;
        lines.push(b'\n');
    }
    // One write, so that lines of two writers do not mix.
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)?.write_all(&lines)
}
