//! What is kept of a report, and what lists show of it.

use aetherius_contracts::reports::Report;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A report with what its contract has no field for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportDocument)]
pub struct Document {
    /// The report as others read it.
    #[serde(flatten)]
    pub report: Report,
    /// Why the task failed, if it did; its result is then empty.
    #[serde(default)]
    pub error: Option<String>,
    /// Claims that are not shown, and what is wrong with their evidence.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// When a person put it away.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
}

impl Document {
    /// What the report says, in a word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.report.result.diagnosis.root_cause.is_some() {
            Outcome::Found
        } else if self.error.is_some() {
            Outcome::Failed
        } else if !self.left_out.is_empty() {
            Outcome::Unproven
        } else if self.report.result.outputs_seen() == 0 {
            Outcome::NotLooked
        } else {
            Outcome::NothingFound
        }
    }
}

/// What a report says, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A root cause.
    Found,
    /// No fault, which is an answer too.
    NothingFound,
    /// Nothing could be looked at, so nothing is known.
    NotLooked,
    /// A root cause was named, but its evidence did not hold.
    Unproven,
    /// The task failed.
    Failed,
}

impl Outcome {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::NothingFound => "nothing_found",
            Self::NotLooked => "not_looked",
            Self::Unproven => "unproven",
            Self::Failed => "failed",
        }
    }
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportSummary {
    /// The report's id.
    pub id: String,
    /// The task's.
    pub task_id: String,
    /// The root cause in a sentence, or that none was found.
    pub title: String,
    /// What it says: `found`, `nothing_found`, `unproven`, `failed`.
    pub outcome: String,
    /// The event's.
    pub severity: String,
    /// The event's.
    pub alert_name: String,
    /// The event's.
    pub cluster_id: String,
    /// The event's.
    pub namespace: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When a person put it away.
    pub archived_at: Option<Timestamp>,
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportPage {
    /// The page.
    pub items: Vec<ReportSummary>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}
