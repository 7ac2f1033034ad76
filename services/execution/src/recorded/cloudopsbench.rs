use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::files::{self, COMMANDS_MAX};
use super::{LoadError, Recorded, RecordedOutput};

const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The only field a diagnosis may know; the others hold the question and the answer and are skipped while parsing.
#[derive(Deserialize)]
struct Metadata {
    namespace: String,
}

pub(super) fn load(dir: &Path) -> Result<Recorded, LoadError> {
    let metadata: Metadata = read_json(dir.join("metadata.json"))?;
    let states_file = dir.join("k8s_states.json");
    let states: BTreeMap<String, String> = read_json(states_file.clone())?;
    let tools_file = dir.join("tools.json");
    let tools: Map<String, Value> =
        if tools_file.exists() { read_json(tools_file.clone())? } else { Map::new() };
    if states.len() + tools.len() > COMMANDS_MAX {
        let reason = format!("more than the {COMMANDS_MAX} commands allowed");
        return Err(LoadError::Invalid { file: states_file, field: "(whole file)".into(), reason });
    }
    let mut outputs = BTreeMap::new();
    // One command may be recorded whole and cut by a pipe; the longest output is the whole one.
    for (line, stdout) in states {
        let argv = command(&line).ok_or_else(|| LoadError::Invalid {
            file: states_file.clone(),
            field: line.clone(),
            reason: "is not a command line".into(),
        })?;
        let answer = RecordedOutput { stdout, exit_code: 0 };
        let longest = outputs.entry(argv).or_insert_with(|| answer.clone());
        if longest.stdout.len() < answer.stdout.len() {
            *longest = answer;
        }
    }
    for (call, answer) in tools {
        if let Some(argv) = probe(&call) {
            outputs.insert(argv, RecordedOutput { stdout: text(answer), exit_code: 0 });
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

fn read_json<T: DeserializeOwned>(file: PathBuf) -> Result<T, LoadError> {
    let text = files::read(&file, FILE_BYTES_MAX)?;
    let mut json = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        LoadError::Invalid { file, field, reason: error.into_inner().to_string() }
    })
}
