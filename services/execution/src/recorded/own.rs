use std::path::Path;

use serde::{Deserialize, de::IgnoredAny};

use super::files::{self, COMMANDS_MAX, OUTPUT_BYTES_MAX, TOTAL_BYTES_MAX};
use super::{CaseError, Recorded, RecordedOutput};

pub(super) const CASE_FILE: &str = "case.yaml";
pub(super) const CASE_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    namespace: Option<String>,
    #[serde(default)]
    description: String,
    commands: Vec<CaseCommand>,
    /// The answer is not even parsed here.
    #[serde(default, rename = "expect")]
    _expect: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseCommand {
    argv: Vec<String>,
    output: String,
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    error: String,
}

pub(super) fn load(dir: &Path) -> Result<Recorded, CaseError> {
    let file = dir.join(CASE_FILE);
    let case: Case = files::read_yaml(&file, CASE_BYTES_MAX)?;
    let invalid = |field: String, reason: String| CaseError::Invalid { file: file.clone(), field, reason };
    if case.namespace.as_deref() == Some("") {
        return Err(invalid(
            "namespace".into(),
            "must not be empty; leave it out for a whole cluster".into(),
        ));
    }
    if case.commands.len() > COMMANDS_MAX {
        let reason = format!("{} commands are more than the {COMMANDS_MAX} allowed", case.commands.len());
        return Err(invalid("commands".into(), reason));
    }
    let mut recorded = Recorded {
        namespace: case.namespace.unwrap_or_default(),
        description: case.description,
        ..Recorded::default()
    };
    let mut bytes = 0;
    for (index, command) in case.commands.into_iter().enumerate() {
        let field = |name: &str| format!("commands[{index}].{name}");
        if command.argv.len() < 2 {
            return Err(invalid(field("argv"), "needs a tool and a verb".into()));
        }
        let output =
            files::inside(dir, &command.output).map_err(|reason| invalid(field("output"), reason))?;
        let stdout = files::read(&output, OUTPUT_BYTES_MAX as u64)?;
        bytes += stdout.len();
        if bytes > TOTAL_BYTES_MAX {
            let reason = format!("all outputs together have more than {TOTAL_BYTES_MAX} bytes");
            return Err(invalid(field("output"), reason));
        }
        let answer = RecordedOutput { stdout, stderr: command.error, exit_code: command.exit_code };
        if recorded.outputs.insert(command.argv, answer).is_some() {
            return Err(invalid(field("argv"), "is recorded twice".into()));
        }
    }
    Ok(recorded)
}
