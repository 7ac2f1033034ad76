//! The answers of cases, for measurements. Nothing on the way to a diagnosis calls this.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::own::{CASE_BYTES_MAX, CASE_FILE};
use super::{CaseError, Format, cloudopsbench, files};

/// The root cause of a case in which nothing is wrong.
pub const HEALTHY: &str = "none";

/// What was wrong in a case, for a measurement to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The root cause: the id of a cause (`incorrect_image_reference`), or [`HEALTHY`].
    pub root_cause: String,
    /// `kind/name` of the faulty object (`deployment/catalog`); empty when nothing is wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The class of the fault (`startup`); empty when nothing is wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub taxonomy: String,
}

impl Expectation {
    /// Whether the right answer is that nothing is wrong.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.root_cause == HEALTHY
    }

    /// What is wrong with the answer itself, if something is.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let is_named = !self.object.is_empty() && !self.taxonomy.is_empty();
        match (self.is_healthy(), self.root_cause.is_empty()) {
            (_, true) => Some("root_cause must not be empty; it is `none` when nothing is wrong"),
            (false, _) if !is_named => Some("a fault has an object and a taxonomy too"),
            (true, _) if !self.object.is_empty() || !self.taxonomy.is_empty() => {
                Some("where nothing is wrong there is neither object nor taxonomy")
            }
            _ => None,
        }
    }
}

/// Reads what a case says was wrong, in the labels of its format; nothing when it does not say. A dump never says. Never call
/// this on the way to a diagnosis.
pub fn expectation(dir: &Path, format: Format) -> Result<Option<Expectation>, CaseError> {
    let (file, expected) = match format {
        Format::Own => (CASE_FILE, own(dir)?),
        Format::CloudOpsBench => (cloudopsbench::METADATA_FILE, Some(benchmark(dir)?)),
        Format::Dump => return Ok(None),
    };
    match expected.as_ref().and_then(Expectation::problem) {
        Some(reason) => {
            Err(CaseError::Invalid { file: dir.join(file), field: "expect".into(), reason: reason.into() })
        }
        None => Ok(expected),
    }
}

fn own(dir: &Path) -> Result<Option<Expectation>, CaseError> {
    #[derive(Deserialize)]
    struct Case {
        expect: Option<Expectation>,
    }
    let case: Case = files::read_yaml(&dir.join(CASE_FILE), CASE_BYTES_MAX)?;
    Ok(case.expect)
}

fn benchmark(dir: &Path) -> Result<Expectation, CaseError> {
    #[derive(Deserialize)]
    struct Metadata {
        result: Answer,
    }
    #[derive(Deserialize)]
    struct Answer {
        fault_taxonomy: String,
        fault_object: String,
        root_cause: String,
    }
    let metadata: Metadata = files::read_json(&dir.join(cloudopsbench::METADATA_FILE), CASE_BYTES_MAX)?;
    let Answer { fault_taxonomy, fault_object, root_cause } = metadata.result;
    Ok(Expectation { root_cause, object: fault_object, taxonomy: fault_taxonomy })
}
