use foundation::settings::Problem;
use serde::{Deserialize, Serialize};

/// What a person writes under `services.reasoning` (002 section 2.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From this score on an entry of the knowledge base gives its strategy. Default 0.8, from 0 to 1.
    pub knowledge_threshold: f64,
    /// Bytes of all outputs of a task together. Default 67108864 (64 MiB).
    pub outputs_bytes_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { knowledge_threshold: 0.8, outputs_bytes_max: 64 << 20 }
    }
}

/// What the service trusts.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) knowledge_threshold: f64,
    pub(crate) outputs_bytes_max: usize,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        if !(0.0..=1.0).contains(&self.knowledge_threshold) {
            problems.push(Problem::new("knowledge_threshold", "must be from 0 to 1"));
        }
        if !(1 << 20..=1 << 30).contains(&self.outputs_bytes_max) {
            problems.push(Problem::new("outputs_bytes_max", "must be from 1048576 to 1073741824 bytes"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            knowledge_threshold: self.knowledge_threshold,
            outputs_bytes_max: usize::try_from(self.outputs_bytes_max).unwrap_or(usize::MAX),
        })
    }
}
