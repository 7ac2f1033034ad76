//! A recorded case: the outputs of the commands of one moment, so that a diagnosis can be tried, tested and measured without a
//! cluster.
//!
//! A case carries no answer. What was wrong is read by [`expectation`], which only a measurement calls, so that it cannot reach
//! a diagnosis by accident.

mod answer;
mod cloudopsbench;
mod dump;
mod error;
mod files;
mod own;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use answer::{Expectation, HEALTHY, expectation};
pub use error::CaseError;
pub(crate) use files::OUTPUT_BYTES_MAX;
pub use write::{NewCase, write};

/// How a case is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A directory with `case.yaml` and a file per output.
    Own,
    /// A directory with `metadata.json`, `k8s_states.json` and `tools.json`, as the Cloud-OpsBench benchmark has them.
    CloudOpsBench,
    /// What `kubectl cluster-info dump --output-directory=DIR` writes, as JSON or YAML.
    Dump,
}

/// A loaded case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The namespace the case is about; empty when it is about a whole cluster.
    pub namespace: String,
    /// What the case is, for a person choosing one.
    pub description: String,
    outputs: BTreeMap<Vec<String>, RecordedOutput>,
}

/// What a recorded command gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedOutput {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit code.
    pub exit_code: i32,
}

/// Tells by its files how the case in a directory is stored.
pub fn detect(dir: &Path) -> Result<Format, CaseError> {
    std::fs::read_dir(dir).map_err(|source| CaseError::Read { file: dir.to_owned(), source })?;
    if dir.join(own::CASE_FILE).is_file() {
        Ok(Format::Own)
    } else if dir.join(cloudopsbench::METADATA_FILE).is_file()
        && dir.join(cloudopsbench::STATES_FILE).is_file()
    {
        Ok(Format::CloudOpsBench)
    } else if dump::is_dump(dir) {
        Ok(Format::Dump)
    } else {
        Err(CaseError::NoCase { dir: dir.to_owned() })
    }
}

/// Loads a case from its directory.
pub fn load(dir: &Path, format: Format) -> Result<Recorded, CaseError> {
    match format {
        Format::Own => own::load(dir),
        Format::CloudOpsBench => cloudopsbench::load(dir),
        Format::Dump if dump::is_dump(dir) => dump::load(dir),
        Format::Dump => Err(CaseError::NoCase { dir: dir.to_owned() }),
    }
}

impl Recorded {
    /// A case from answers that were checked before.
    pub(crate) fn new(
        namespace: String,
        description: String,
        outputs: impl IntoIterator<Item = (Vec<String>, RecordedOutput)>,
    ) -> Self {
        Self { namespace, description, outputs: outputs.into_iter().collect() }
    }

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

    /// Every argument vector with its answer.
    pub fn outputs(&self) -> impl Iterator<Item = (&[String], &RecordedOutput)> {
        self.outputs.iter().map(|(argv, output)| (argv.as_slice(), output))
    }

    /// The namespaces that commands were recorded of, one by one.
    #[must_use]
    pub fn namespaces(&self) -> BTreeSet<&str> {
        let of = |argv: &'_ [String]| argv.iter().position(|word| word == "-n" || word == "--namespace");
        self.outputs.keys().filter_map(|argv| Some(argv.get(of(argv)? + 1)?.as_str())).collect()
    }

    /// The case with every text that names objects rewritten: namespace, argument vectors and outputs.
    #[must_use]
    pub fn rewritten(&self, rewrite: impl Fn(&str) -> String) -> Self {
        let output = |output: &RecordedOutput| RecordedOutput {
            stdout: rewrite(&output.stdout),
            stderr: rewrite(&output.stderr),
            exit_code: output.exit_code,
        };
        let outputs = self
            .outputs
            .iter()
            .map(|(argv, answer)| (argv.iter().map(|word| rewrite(word)).collect(), output(answer)));
        Self {
            namespace: rewrite(&self.namespace),
            description: self.description.clone(),
            outputs: outputs.collect(),
        }
    }
}
