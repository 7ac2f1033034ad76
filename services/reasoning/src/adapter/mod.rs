//! From outputs to objects: one file for each form in which `kubectl` answers.
//!
//! All forms lead to the same objects, so that a rule serves a live cluster, a dump and a recording alike. Text that
//! cannot be read is skipped, never an error: a cut output still gives every object that stands in it whole.

mod query;
mod json;
mod yaml;
mod object;
mod rows;
mod table;
mod describe;
mod text;
mod probe;
mod monitoring;
mod logs;

use aetherius_contracts::execution::StepResult;

pub(crate) use logs::LogQuery;
pub(crate) use probe::Probe;
pub(crate) use query::{Form, Kind, Query};

use crate::objects::Snapshot;

/// Reads every output by the command that gave it and joins what they tell of the same objects.
#[must_use]
pub(crate) fn observe(outputs: &[StepResult]) -> Snapshot<'_> {
    let mut snapshot = Snapshot::new(outputs);
    for (index, step) in outputs.iter().enumerate() {
        if let Some(probe) = Probe::parse(&step.argv) {
            probe.read(&mut snapshot, index);
            continue;
        }
        if let Some(query) = LogQuery::parse(&step.argv) {
            query.read(&mut snapshot, index);
            continue;
        }
        let Some(query) = Query::parse(&step.argv) else {
            continue;
        };
        // What begins like JSON is JSON, whatever was asked for.
        let form = if step.output.trim_start().starts_with('{') { Form::Json } else { query.form };
        match form {
            Form::Json => json::read(&mut snapshot, index, query.only_kind()),
            Form::Yaml => yaml::read(&mut snapshot, index, query.only_kind()),
            Form::Table => rows::read(&mut snapshot, index, &query),
            Form::Description => describe::read(&mut snapshot, index, &query),
            Form::Unread => {}
        }
    }
    snapshot.settle();
    snapshot
}

#[cfg(test)]
mod tests;
