use std::path::Path;

use serde::Deserialize;

use super::files::{self, COMMANDS_MAX};
use super::{LoadError, Recorded, RecordedOutput};

const CASE_FILE: &str = "case.yaml";
const CASE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;
const TOTAL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What was wrong in a case, for a measurement to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The root cause, e.g. `incorrect_image_reference`.
    pub root_cause: String,
    /// `kind/name` of the faulty object, with the kinds `app`, `node`, `namespace`.
    pub object: String,
    /// The class of the fault, e.g. `Startup_Fault`.
    pub taxonomy: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    namespace: String,
    #[serde(default)]
    description: String,
    commands: Vec<CaseCommand>,
    #[serde(default)]
    expect: Option<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseCommand {
    argv: Vec<String>,
    output: String,
    #[serde(default)]
    exit_code: i32,
}

/// Reads what a case of our own format says was wrong. Never call this on the way to a diagnosis.
pub fn expectation(dir: &Path) -> Result<Option<Expectation>, LoadError> {
    Ok(read_case(dir)?.expect)
}

pub(super) fn load(dir: &Path) -> Result<Recorded, LoadError> {
    let case = read_case(dir)?;
    let file = dir.join(CASE_FILE);
    let invalid = |field: String, reason: String| LoadError::Invalid { file: file.clone(), field, reason };
    if case.namespace.is_empty() {
        return Err(invalid("namespace".into(), "must not be empty".into()));
    }
    if case.commands.len() > COMMANDS_MAX {
        let reason = format!("{} commands are more than the {COMMANDS_MAX} allowed", case.commands.len());
        return Err(invalid("commands".into(), reason));
    }
    let mut recorded =
        Recorded { namespace: case.namespace, description: case.description, ..Recorded::default() };
    let mut bytes = 0;
    for (index, command) in case.commands.into_iter().enumerate() {
        let field = |name: &str| format!("commands[{index}].{name}");
        if command.argv.len() < 2 {
            return Err(invalid(field("argv"), "needs a tool and a verb".into()));
        }
        let output =
            files::inside(dir, &command.output).map_err(|reason| invalid(field("output"), reason))?;
        let stdout = files::read(&output, OUTPUT_BYTES_MAX)?;
        bytes += stdout.len();
        if bytes > TOTAL_BYTES_MAX {
            let reason = format!("all outputs together have more than {TOTAL_BYTES_MAX} bytes");
            return Err(invalid(field("output"), reason));
        }
        let answer = RecordedOutput { stdout, exit_code: command.exit_code };
        if recorded.outputs.insert(command.argv, answer).is_some() {
            return Err(invalid(field("argv"), "is recorded twice".into()));
        }
    }
    Ok(recorded)
}

fn read_case(dir: &Path) -> Result<Case, LoadError> {
    let file = dir.join(CASE_FILE);
    let text = files::read(&file, CASE_BYTES_MAX)?;
    serde_saphyr::from_str(&text).map_err(|error| LoadError::Invalid {
        file,
        field: "case".into(),
        reason: error.to_string(),
    })
}
