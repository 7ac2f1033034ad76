//! Health, in the shape of the seed's `HealthStatus` (002 section 5.1).

use serde::{Deserialize, Serialize};

/// The health of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthStatus {
    /// `healthy` when every check is, else `unhealthy`.
    pub status: String,
    /// What was checked.
    pub checks: Vec<CheckResult>,
    /// The program's version.
    pub version: String,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What was checked: `database`, `gateway` …
    pub name: String,
    /// Whether it works.
    pub healthy: bool,
    /// How long the check took, in milliseconds.
    pub duration_ms: u64,
    /// Why not, if not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl HealthStatus {
    /// The sum of `checks`.
    #[must_use]
    pub fn of(checks: Vec<CheckResult>) -> Self {
        let healthy = checks.iter().all(|check| check.healthy);
        let status = if healthy { "healthy" } else { "unhealthy" }.to_owned();
        Self { status, checks, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// Whether every check passed.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.status == "healthy"
    }
}
