use foundation::settings::Problem;
use serde::{Deserialize, Serialize};

/// What a person writes under `services.knowledge` (002 section 2.5).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Entries of one project. Default 10000: a search looks at each.
    pub entries_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { entries_max: 10_000 }
    }
}

/// What the service trusts.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) entries_max: u32,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        if (1..=100_000).contains(&self.entries_max) {
            return Ok(Config { entries_max: self.entries_max });
        }
        Err(vec![Problem::new("entries_max", "must be from 1 to 100000 entries")])
    }
}
