use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::files::{self, COMMANDS_MAX};
use super::{CaseError, Recorded, RecordedOutput};

pub(super) const METADATA_FILE: &str = "metadata.json";
pub(super) const STATES_FILE: &str = "k8s_states.json";
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The only field a diagnosis may know; the others hold the question and the answer and are skipped while parsing.
#[derive(Deserialize)]
struct Metadata {
    namespace: String,
}

pub(super) fn load(dir: &Path) -> Result<Recorded, CaseError> {
    let metadata: Metadata = files::read_json(&dir.join(METADATA_FILE), FILE_BYTES_MAX)?;
    let states_file = dir.join(STATES_FILE);
    let states: BTreeMap<String, String> = files::read_json(&states_file, FILE_BYTES_MAX)?;
    let tools_file = dir.join("tools.json");
    let tools: Map<String, Value> =
        if tools_file.exists() { files::read_json(&tools_file, FILE_BYTES_MAX)? } else { Map::new() };
    if states.len() + tools.len() > COMMANDS_MAX {
        let reason = format!("more than the {COMMANDS_MAX} commands allowed");
        return Err(CaseError::Invalid { file: states_file, field: "(whole file)".into(), reason });
    }
    let mut outputs = BTreeMap::new();
    // One command may be recorded whole and cut by a pipe; the longest output is the whole one.
    for (line, stdout) in states {
        let argv = command(&line).ok_or_else(|| CaseError::Invalid {
            file: states_file.clone(),
            field: line.clone(),
            reason: "is not a command line".into(),
        })?;
        let answer = RecordedOutput { stdout, ..RecordedOutput::default() };
        let longest = outputs.entry(argv).or_insert_with(|| answer.clone());
        if longest.stdout.len() < answer.stdout.len() {
            *longest = answer;
        }
    }
    for (call, answer) in tools {
        if let Some(argv) = probe(&call) {
            outputs.insert(argv, RecordedOutput { stdout: text(answer), ..RecordedOutput::default() });
        }
    }
    Ok(Recorded { namespace: metadata.namespace, description: String::new(), outputs })
}

/// The command of a line. Some were recorded through `| tail -n 20`; the gate knows no pipes, so the command in front of the pipe
/// is answered with the part that was kept.
fn command(line: &str) -> Option<Vec<String>> {
    let bare = match line.split_once(" | ") {
        Some((bare, filter)) if filter.starts_with("tail ") => bare,
        _ => line,
    };
    shlex::split(bare).filter(|argv| argv.len() > 1)
}

/// `Name:{"key":"value"}` as `probe Name key=value`; nothing for entries that are no calls.
fn probe(call: &str) -> Option<Vec<String>> {
    let (name, arguments) = call.split_once(':')?;
    let arguments: Map<String, Value> = serde_json::from_str(arguments).ok()?;
    let mut argv = vec!["probe".to_owned(), name.to_owned()];
    for (key, value) in arguments {
        argv.push(format!("{key}={}", text(value)));
    }
    Some(argv)
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => format!("{other:#}"),
    }
}
