use foundation::settings::{HumanDuration, Problem};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What a person writes under `services.orchestrator` (002 section 2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Tasks in work at once in this process. Default 50.
    pub max_concurrent_tasks: u32,
    /// After this a task is given up. Default 10m.
    pub task_timeout: HumanDuration,
    /// How often a task that failed for a passing reason is tried again. Default 3.
    pub retry_attempts: u32,
    /// How long a task waits before it is tried again. Default 30s.
    pub retry_delay: HumanDuration,
    /// Workers of this process; no more than `max_concurrent_tasks` of them work. Default 10.
    pub worker_pool_size: u32,
    /// How long a worker holds a task without a sign of life. Default 30s.
    pub lease_ttl: HumanDuration,
    /// Tasks that may wait; beyond that events wait in the inbox. Default 1000000.
    pub queue_max: u32,
    /// Priority added for a cluster. Default none.
    pub cluster_weights: BTreeMap<String, i64>,
    /// Priority added for a namespace. Default none.
    pub namespace_weights: BTreeMap<String, i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_concurrent_tasks: 50,
            task_timeout: HumanDuration::from_secs(600),
            retry_attempts: 3,
            retry_delay: HumanDuration::from_secs(30),
            worker_pool_size: 10,
            lease_ttl: HumanDuration::from_secs(30),
            queue_max: 1_000_000,
            cluster_weights: BTreeMap::new(),
            namespace_weights: BTreeMap::new(),
        }
    }
}

/// What the service trusts.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) workers: u32,
    pub(crate) task_timeout: Duration,
    pub(crate) retry_attempts: u32,
    pub(crate) retry_delay: Duration,
    pub(crate) lease_ttl: Duration,
    pub(crate) queue_max: u32,
    pub(crate) cluster_weights: BTreeMap<String, i64>,
    pub(crate) namespace_weights: BTreeMap<String, i64>,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bounded = |path: &str, value: u64, least: u64, most: u64, unit: &str| {
            if !(least..=most).contains(&value) {
                problems.push(Problem::new(path, format!("must be from {least} to {most} {unit}")));
            }
        };
        bounded("max_concurrent_tasks", self.max_concurrent_tasks.into(), 1, 10_000, "tasks");
        bounded("task_timeout", self.task_timeout.0.as_secs(), 1, 86_400, "seconds");
        bounded("retry_attempts", self.retry_attempts.into(), 0, 100, "attempts");
        bounded("retry_delay", self.retry_delay.0.as_secs(), 0, 86_400, "seconds");
        bounded("worker_pool_size", self.worker_pool_size.into(), 1, 1000, "workers");
        bounded("lease_ttl", self.lease_ttl.0.as_secs(), 3, 3600, "seconds");
        bounded("queue_max", self.queue_max.into(), 1, 100_000_000, "tasks");
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            workers: self.worker_pool_size.min(self.max_concurrent_tasks),
            task_timeout: self.task_timeout.0,
            retry_attempts: self.retry_attempts,
            retry_delay: self.retry_delay.0,
            lease_ttl: self.lease_ttl.0,
            queue_max: self.queue_max,
            cluster_weights: self.cluster_weights.clone(),
            namespace_weights: self.namespace_weights.clone(),
        })
    }
}
