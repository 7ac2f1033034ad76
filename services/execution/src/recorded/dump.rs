//! What `kubectl cluster-info dump --output-directory=DIR` writes, as the commands that would have given it.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{self, COMMANDS_MAX, TOTAL_BYTES_MAX};
use super::{CaseError, Recorded, RecordedOutput};

/// A list of one kind in one namespace.
const LIST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A dump has the whole log of every container; the end of it is what tells.
const LOG_BYTES_MAX: u64 = 256 * 1024;

/// The files of a namespace, and the kinds they list.
const LISTS: [(&str, &str); 7] = [
    ("pods", "pods"),
    ("events", "events"),
    ("deployments", "deployments"),
    ("replicasets", "replicasets"),
    ("services", "services"),
    ("daemonsets", "daemonsets"),
    ("replication-controllers", "replicationcontrollers"),
];

/// True when the directory looks like a dump: its nodes are there, or the pods of a namespace.
pub(super) fn is_dump(dir: &Path) -> bool {
    list_file(dir, "nodes").is_some()
        || folders(dir).is_ok_and(|folders| folders.iter().any(|folder| list_file(folder, "pods").is_some()))
}

/// Loads all namespaces of a dump; it is about none of them in particular.
pub(super) fn load(dir: &Path) -> Result<Recorded, CaseError> {
    let mut dump = Dump::default();
    if let Some(file) = list_file(dir, "nodes") {
        dump.list(&file, &["get", "nodes"])?;
    }
    let folders = folders(dir)?;
    for folder in &folders {
        for (name, kind) in LISTS {
            if let Some(file) = list_file(folder, name) {
                dump.list(&file, &["get", kind, "-n", name_of(folder)])?;
            }
        }
    }
    // Last, so that logs never take the place of objects.
    for folder in &folders {
        for pod in self::folders(folder)? {
            dump.logs(&pod, name_of(folder))?;
        }
    }
    Ok(dump.recorded)
}

#[derive(Default)]
struct Dump {
    recorded: Recorded,
    bytes: usize,
}

impl Dump {
    fn list(&mut self, file: &Path, words: &[&str]) -> Result<(), CaseError> {
        let stdout = as_json(file)?;
        self.bytes += stdout.len();
        if self.bytes > TOTAL_BYTES_MAX {
            let reason = format!(
                "with this file the dump has more than {TOTAL_BYTES_MAX} bytes; dump fewer namespaces"
            );
            return Err(CaseError::Invalid { file: file.to_owned(), field: "(whole file)".into(), reason });
        }
        self.answer(
            [words, &["-o", "json"]].concat(),
            RecordedOutput { stdout, ..RecordedOutput::default() },
        );
        Ok(())
    }

    fn logs(&mut self, pod: &Path, namespace: &str) -> Result<(), CaseError> {
        let file = pod.join("logs.txt");
        if !file.is_file() || self.recorded.outputs.len() >= COMMANDS_MAX || self.bytes >= TOTAL_BYTES_MAX {
            return Ok(());
        }
        let text = end_of(&file).map_err(|source| CaseError::Read { file, source })?;
        for (container, log) in logs_of(&text) {
            self.bytes += log.len();
            self.answer(vec!["logs", name_of(pod), "-n", namespace, "-c", container], log_output(log));
        }
        Ok(())
    }

    fn answer(&mut self, words: Vec<&str>, output: RecordedOutput) {
        let argv = std::iter::once("kubectl").chain(words).map(str::to_owned).collect();
        self.recorded.outputs.insert(argv, output);
    }
}

/// The file of a list, in either form that dumps are written in.
fn list_file(dir: &Path, name: &str) -> Option<PathBuf> {
    ["json", "yaml"]
        .into_iter()
        .map(|ending| dir.join(format!("{name}.{ending}")))
        .find(|file| file.is_file())
}

/// The folders whose names could be those of objects, in order.
fn folders(dir: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let failed = |source| CaseError::Read { file: dir.to_owned(), source };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        if path.is_dir() && name_of(&path).bytes().all(fits) && !name_of(&path).starts_with(['-', '.']) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The last part of a path; empty, which is the name of nothing, when it is no text.
fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}

/// A list as `-o json` prints it: that is the form whose lines a report can cite, and that rules read.
fn as_json(file: &Path) -> Result<String, CaseError> {
    if file.extension().is_some_and(|ending| ending == "json") {
        return files::read(file, LIST_BYTES_MAX);
    }
    let list: Value = files::read_yaml(file, LIST_BYTES_MAX)?;
    Ok(format!("{list:#}\n"))
}

/// The last lines of a file, as text.
fn end_of(file: &Path) -> std::io::Result<String> {
    let mut opened = std::fs::File::open(file)?;
    let skipped = opened.metadata()?.len().saturating_sub(LOG_BYTES_MAX);
    opened.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    opened.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match text.split_once('\n') {
        Some((_, whole)) if skipped > 0 => Ok(whole.to_owned()),
        _ => Ok(text),
    }
}

/// The logs of each container: a mark with its name stands before and after them. The one after counts, because the one before
/// may have been cut off; it stands behind the last words of a log that does not end its last line.
fn logs_of(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut log = String::new();
    for line in text.split_inclusive('\n') {
        if mark(line, "==== START logs for container ").is_some_and(|(before, _)| before.is_empty()) {
            log.clear();
        } else if let Some((before, container)) = mark(line, "==== END logs for container ") {
            log.push_str(before);
            found.push((container, std::mem::take(&mut log)));
        } else {
            log.push_str(line);
        }
    }
    found
}

/// What stands before a mark, and the container that it names.
fn mark<'a>(line: &'a str, beginning: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = line.trim_end().split_once(beginning)?;
    let (container, rest) = rest.split_once(" of pod ")?;
    rest.ends_with(" ====").then_some((before, container))
}

/// What `kubectl logs` would have given: where a log could not be read, a dump has the reason in its place.
fn log_output(log: String) -> RecordedOutput {
    let reason = ["Request log error: ", "Create log request error: "]
        .iter()
        .find_map(|error| log.strip_prefix(error));
    match reason {
        Some(reason) => {
            RecordedOutput { stderr: reason.to_owned(), exit_code: 1, ..RecordedOutput::default() }
        }
        None => RecordedOutput { stdout: log, ..RecordedOutput::default() },
    }
}
