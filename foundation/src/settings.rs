//! Reading what a person wrote, and telling them everything that is wrong with it at once.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

#[cfg(test)]
mod tests;

/// One thing wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, e.g. `routes[2].timeout_ms`; empty for the document as a whole.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// The problems as a list for a person, one a line.
#[must_use]
pub fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n")
}

/// A span of time as people write it: `250ms`, `30s`, `5m`, `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(pub std::time::Duration);

impl HumanDuration {
    /// So many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }
}

impl<'de> serde::Deserialize<'de> for HumanDuration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span: Result<jiff::SignedDuration, _> = text.parse();
        let duration = span.ok().and_then(|span| std::time::Duration::try_from(span).ok());
        duration.map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is not a span of time; write `250ms`, `30s`, `5m` or `1h`"
            ))
        })
    }
}

impl serde::Serialize for HumanDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::SignedDuration::try_from(self.0) {
            Ok(span) => write!(f, "{span:#}"),
            Err(_) => write!(f, "{}s", self.0.as_secs()),
        }
    }
}

/// A person does not mend more than this at a time, and a hostile file shall not keep us busy.
const PROBLEMS_MAX: usize = 50;

/// Reads YAML (JSON is YAML too) into `T`.
///
/// # Errors
/// Every wrong type and unknown field of the document, each with its path, at most 50. Fields of `T` should have defaults: a
/// missing one can only be reported for its parent.
pub fn load<T: DeserializeOwned>(text: &str) -> Result<T, Vec<Problem>> {
    let mut document: Value = if text.trim().is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_saphyr::from_str(text)
            .map_err(|error| vec![Problem::new("", format!("not valid YAML: {error}"))])?
    };
    if document.is_null() {
        document = Value::Object(serde_json::Map::new());
    }
    let mut problems = Vec::new();
    loop {
        match serde_path_to_error::deserialize::<_, T>(&document) {
            Ok(settings) if problems.is_empty() => return Ok(settings),
            Ok(_) => return Err(problems),
            Err(error) => {
                let path = error.path().clone();
                let message = error.inner().to_string();
                let shown = match path.to_string() {
                    root if root == "." => String::new(),
                    path => path,
                };
                problems.push(Problem::new(shown, message));
                // serde stops at the first error; cut the wrong value out and look for the next one.
                if problems.len() >= PROBLEMS_MAX || !prune(&mut document, &path) {
                    return Err(problems);
                }
            }
        }
    }
}

/// Removes the value at `path`; false when there is nothing to remove.
fn prune(document: &mut Value, path: &serde_path_to_error::Path) -> bool {
    use serde_path_to_error::Segment;
    let segments: Vec<_> = path.iter().collect();
    let Some((last, parents)) = segments.split_last() else {
        return false;
    };
    let mut at = document;
    for segment in parents {
        let next = match segment {
            Segment::Map { key } => at.get_mut(key.as_str()),
            Segment::Seq { index } => at.get_mut(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        let Some(next) = next else { return false };
        at = next;
    }
    match (last, at) {
        (Segment::Map { key }, Value::Object(map)) => map.shift_remove(key.as_str()).is_some(),
        // Removing an element would shift the paths of those behind it.
        (Segment::Seq { index }, Value::Array(list)) => match list.get_mut(*index) {
            Some(element) if !element.is_object() => {
                *element = Value::Object(serde_json::Map::new());
                true
            }
            _ => false,
        },
        _ => false,
    }
}
