use crate::watch::{ClusterAccess, WatchConfig, WatchSettings};
use foundation::settings::{HumanDuration, Problem};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a person writes under `services.events` (002 section 2.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a webhook may wait for the disk before it is answered 503. Default 30s, at most 5m.
    pub webhook_timeout: HumanDuration,
    /// Bytes of one request. Default 10485760 (10 MiB), at most 100 MiB.
    pub max_payload_size: u64,
    /// How long after its last sighting an event counts as a repeat. Default 5m.
    pub deduplication_ttl: HumanDuration,
    /// Requests a minute for each source of `/webhook/custom/{source}`. Default 1000. Alertmanager is not limited by it: it would
    /// not retry a 429.
    pub rate_limit_per_minute: u32,
    /// Events that may wait for a task before webhooks are answered 503. Default 100000.
    pub inbox_max: u32,
    /// Which clusters are watched, and what of them counts. Default: none.
    pub watch: WatchSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            webhook_timeout: HumanDuration::from_secs(30),
            max_payload_size: 10 << 20,
            deduplication_ttl: HumanDuration::from_secs(300),
            rate_limit_per_minute: 1000,
            inbox_max: 100_000,
            watch: WatchSettings::default(),
        }
    }
}

/// What the service trusts.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) webhook_timeout: Duration,
    /// Bytes of one request; the gateway refuses larger ones first.
    pub max_payload_size: usize,
    pub(crate) deduplication_ttl: Duration,
    pub(crate) rate_limit_per_minute: u32,
    pub(crate) inbox_max: u32,
    pub(crate) watch: WatchConfig,
}

impl Config {
    /// Tells which clusters may be watched, so that those are chosen that are to be.
    ///
    /// # Errors
    /// A cluster that is to be watched and is not among them.
    pub fn choose_clusters(mut self, clusters: Vec<ClusterAccess>) -> Result<Self, Vec<Problem>> {
        self.watch.choose(clusters)?;
        Ok(self)
    }
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bounded = |path: &str, value: u64, most: u64, unit: &str| {
            if value == 0 || value > most {
                problems.push(Problem::new(path, format!("must be from 1 to {most} {unit}")));
            }
        };
        bounded("webhook_timeout", self.webhook_timeout.0.as_secs(), 300, "seconds");
        bounded("max_payload_size", self.max_payload_size, 100 << 20, "bytes");
        bounded("deduplication_ttl", self.deduplication_ttl.0.as_secs(), 86_400 * 7, "seconds");
        bounded("rate_limit_per_minute", self.rate_limit_per_minute.into(), 10_000_000, "requests");
        bounded("inbox_max", self.inbox_max.into(), 10_000_000, "events");
        let below = |problem: Problem| Problem::new(format!("watch.{}", problem.path), problem.message);
        let watch = match self.watch.validate() {
            Ok(watch) if problems.is_empty() => watch,
            Ok(_) => return Err(problems),
            Err(found) => return Err(problems.into_iter().chain(found.into_iter().map(below)).collect()),
        };
        Ok(Config {
            webhook_timeout: self.webhook_timeout.0,
            max_payload_size: usize::try_from(self.max_payload_size).unwrap_or(usize::MAX),
            deduplication_ttl: self.deduplication_ttl.0,
            rate_limit_per_minute: self.rate_limit_per_minute,
            inbox_max: self.inbox_max,
            watch,
        })
    }
}
