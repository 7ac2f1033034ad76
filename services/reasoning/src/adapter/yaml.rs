//! `-o yaml` and manifests: one object, a list of them, or several documents.

use std::ops::Range;

use serde_json::Value;

use super::object;
use super::query::Kind;
use crate::objects::{Output, Snapshot, Source};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, asked: Option<Kind>) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    let mut found = Vec::new();
    for document in documents(output) {
        for lines in items(output, document) {
            let text: Vec<&str> = lines.clone().map(|number| output.line(number)).collect();
            // An item of a list stands behind a dash, which makes it a list of one.
            match serde_saphyr::from_str::<Value>(&text.join("\n")) {
                Ok(Value::Array(values)) => found.extend(values.into_iter().map(|it| (it, lines.clone()))),
                Ok(value @ Value::Object(_)) => found.push((value, lines)),
                _ => {}
            }
        }
    }
    for (value, lines) in found {
        object::add(snapshot, &value, asked, Source { output: index, lines });
    }
}

/// Documents are set apart by a line of dashes.
fn documents(output: &Output<'_>) -> Vec<Range<usize>> {
    let breaks = (0..output.line_count()).filter(|number| output.line(*number).trim_end() == "---");
    let mut documents = Vec::new();
    let mut start = 0;
    for at in breaks.chain(std::iter::once(output.line_count())) {
        documents.push(start..at);
        start = at + 1;
    }
    documents
}

/// The items of a list as `kubectl` writes it: `items:`, then each behind a dash in the first column. Anything else is one
/// object.
fn items(output: &Output<'_>, document: Range<usize>) -> Vec<Range<usize>> {
    let Some(items) = document.clone().find(|number| output.line(*number).trim_end() == "items:") else {
        return vec![document];
    };
    let is_item = |number: &usize| output.line(*number).starts_with("- ");
    let is_end = |number: &usize| {
        let line = output.line(*number);
        !line.is_empty() && !line.starts_with([' ', '-'])
    };
    let end = (items + 1..document.end).find(is_end).unwrap_or(document.end);
    let starts: Vec<usize> = (items + 1..end).filter(is_item).collect();
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(end));
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

#[cfg(test)]
mod tests;
