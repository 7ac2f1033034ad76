//! `-o json`: a list of objects, or one.

use std::ops::Range;

use serde_json::Value;

use super::object;
use super::query::Kind;
use crate::objects::{Snapshot, Source};

pub(super) fn read(snapshot: &mut Snapshot<'_>, index: usize, asked: Option<Kind>) {
    let Some(output) = snapshot.outputs().get(index) else {
        return;
    };
    let text = output.step.output.as_str();
    let ranges: Vec<_> = objects(text, "items")
        .into_iter()
        .map(|bytes| (bytes.clone(), output.line_of(bytes.start)..output.line_of(bytes.end) + 1))
        .collect();
    for (bytes, lines) in ranges {
        let Some(Ok(value)) = text.get(bytes).map(serde_json::from_str::<Value>) else {
            continue;
        };
        object::add(snapshot, &value, asked, Source { output: index, lines });
    }
}

/// Where the objects stand: each item of the top-level list of this name, else the whole text. Found by brackets alone, in one pass,
/// so that a list which was cut off still gives its whole items, and so that each object knows its lines.
pub(super) fn objects(text: &str, list: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut in_items = false;
    let mut start = None;
    let mut last_string = "";
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let mut end = None;
                while let Some((at, byte)) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => {
                            end = Some(at);
                            break;
                        }
                        _ => {}
                    }
                }
                last_string = end.and_then(|end| text.get(at + 1..end)).unwrap_or("");
            }
            b'{' | b'[' => {
                if byte == b'[' && depth == 1 && last_string == list {
                    in_items = true;
                }
                if byte == b'{' && depth == 2 && in_items {
                    start = Some(at);
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if let Some(start) = start.take_if(|_| depth == 2 && in_items) {
                    found.push(start..at + 1);
                }
                if depth == 1 && byte == b']' && in_items {
                    return found;
                }
            }
            _ => {}
        }
    }
    if in_items {
        return found;
    }
    let trimmed = text.trim_end().len();
    std::iter::once(text.len() - text.trim_start().len()..trimmed).filter(|range| !range.is_empty()).collect()
}
