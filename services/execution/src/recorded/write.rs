//! Writing a case of our own format.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_saphyr::FlowSeq;

use super::own::CASE_FILE;
use super::{CaseError, Expectation, RecordedOutput};

const OUTPUTS: &str = "outputs";

/// A case to be written. The outputs must have been redacted.
#[derive(Clone, Debug, Default)]
pub struct NewCase {
    /// The namespace it plays in; empty for a whole cluster.
    pub namespace: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Argument vectors, tool first, each once, and what they gave.
    pub outputs: Vec<(Vec<String>, RecordedOutput)>,
    /// What was wrong, if that is known.
    pub expect: Option<Expectation>,
}

#[derive(Serialize)]
struct CaseFile<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    commands: Vec<CommandEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<&'a Expectation>,
}

#[derive(Serialize)]
struct CommandEntry<'a> {
    argv: FlowSeq<&'a [String]>,
    output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    error: &'a str,
}

/// Writes a case into a directory that is not there yet, or is empty. `case.yaml` comes last: without it there is no case.
pub fn write(dir: &Path, case: &NewCase) -> Result<(), CaseError> {
    let outputs = dir.join(OUTPUTS);
    let is_taken = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the directory is not empty");
        return Err(CaseError::Write { file: dir.to_owned(), source });
    }
    fs::create_dir_all(&outputs).map_err(|source| CaseError::Write { file: outputs, source })?;
    let mut commands = Vec::with_capacity(case.outputs.len());
    for (n, (argv, output)) in case.outputs.iter().enumerate() {
        let ending = if output.stdout.trim_start().starts_with('{') { "json" } else { "txt" };
        let name = format!("{OUTPUTS}/{:03}.{ending}", n + 1);
        put(&dir.join(&name), &output.stdout)?;
        commands.push(CommandEntry {
            argv: FlowSeq(argv),
            output: name,
            exit_code: (output.exit_code != 0).then_some(output.exit_code),
            error: &output.stderr,
        });
    }
    let file = dir.join(CASE_FILE);
    let text = serde_saphyr::to_string(&CaseFile {
        namespace: &case.namespace,
        description: &case.description,
        commands,
        expect: case.expect.as_ref(),
    });
    let text =
        text.map_err(|error| CaseError::Write { file: file.clone(), source: std::io::Error::other(error) })?;
    put(&file, &text)
}

fn put(file: &Path, text: &str) -> Result<(), CaseError> {
    fs::write(file, text).map_err(|source| CaseError::Write { file: file.to_owned(), source })
}
