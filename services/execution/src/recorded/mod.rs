//! A recorded case: the outputs of the commands of one moment, so that a diagnosis can be tried, tested and measured without a
//! cluster.
//!
//! A case carries no answer. What was wrong is read by [`expectation`], which only a measurement calls, so that it cannot reach
//! a diagnosis by accident.

mod cloudopsbench;
mod error;
mod files;
mod own;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::LoadError;
pub use own::{Expectation, expectation};

/// How a case is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A directory with `case.yaml` and a file per output.
    Own,
    /// A directory with `metadata.json`, `k8s_states.json` and `tools.json`, as the Cloud-OpsBench benchmark has them.
    CloudOpsBench,
}

/// A loaded case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The namespace the case is about.
    pub namespace: String,
    /// What the case is, for a person choosing one.
    pub description: String,
    outputs: BTreeMap<Vec<String>, RecordedOutput>,
}

/// What a recorded command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedOutput {
    /// Its standard output.
    pub stdout: String,
    /// Its exit code.
    pub exit_code: i32,
}

/// Loads a case from its directory.
pub fn load(dir: &Path, format: Format) -> Result<Recorded, LoadError> {
    match format {
        Format::Own => own::load(dir),
        Format::CloudOpsBench => cloudopsbench::load(dir),
    }
}

impl Recorded {
    /// Every argument vector that has an answer, tool first, in order.
    #[must_use]
    pub fn catalog(&self) -> Vec<Vec<String>> {
        self.outputs.keys().cloned().collect()
    }

    /// The answer to exactly this argument vector, tool first.
    #[must_use]
    pub fn get(&self, argv: &[String]) -> Option<&RecordedOutput> {
        self.outputs.get(argv)
    }
}
