use foundation::settings::Problem;
use serde::{Deserialize, Serialize};

/// What a person writes under `services.identity`. Nothing yet: how long a token is good and how a password is hashed is better
/// chosen once than by everybody.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {}

/// What the service trusts.
#[derive(Clone, Debug, Default)]
pub struct Config {}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        Ok(Config {})
    }
}
