//! Knowledge: what was learnt before, found again by meaning.

use aetherius_rpc::{CallContext, CallError, Channel};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An entry as the seed defines it (002 section 2.5), without its embedding, which never leaves the service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeEntry {
    /// Ours; empty in a request to add one.
    #[serde(default)]
    pub id: String,
    /// What it is about.
    #[schema(pattern = "\\S")]
    pub title: String,
    /// What to know and do.
    pub content: String,
    /// `runbook`, `incident` …
    #[serde(default)]
    pub category: String,
    /// For filters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// 0–1, moved by feedback.
    #[serde(default = "half")]
    #[schema(minimum = 0.0, maximum = 1.0, default = 0.5)]
    pub confidence: f64,
    /// How often it was used.
    #[serde(default, deserialize_with = "crate::lenient::whole")]
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    pub usage_count: u64,
    /// 0–1: how often it was right when used.
    #[serde(default)]
    pub success_rate: f64,
    /// When it was added; set by the service.
    #[serde(default = "Timestamp::now")]
    pub created_at: Timestamp,
    /// When it was last changed; set by the service.
    #[serde(default = "Timestamp::now")]
    pub updated_at: Timestamp,
    /// Anything else.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

fn half() -> f64 {
    0.5
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchQuery {
    /// In words.
    pub text: String,
    /// Only of this category, if given.
    #[serde(default)]
    pub category: String,
    /// Only with all of these tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How many at most, 1–50.
    #[serde(default = "five", deserialize_with = "crate::lenient::whole")]
    #[schema(minimum = 1, maximum = 50, default = 5)]
    pub top_k: u32,
    /// 0–1: nothing that scores less.
    #[serde(default = "threshold")]
    #[schema(minimum = 0.0, maximum = 1.0, default = 0.7)]
    pub threshold: f64,
}

fn five() -> u32 {
    5
}

fn threshold() -> f64 {
    0.7
}

/// An entry that fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeMatch {
    /// The entry.
    pub entry: KnowledgeEntry,
    /// 0–1.
    pub score: f64,
}

/// The way to the knowledge service.
#[derive(Clone)]
pub struct KnowledgeClient {
    channel: Channel,
}

impl KnowledgeClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// The entries that fit, best first.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn search(
        &self,
        query: &SearchQuery,
        context: &CallContext,
    ) -> Result<Vec<KnowledgeMatch>, CallError> {
        self.channel.post("/v1/search", query, context).await
    }
}
