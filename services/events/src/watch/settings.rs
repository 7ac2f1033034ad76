use super::reasons;
use foundation::settings::{HumanDuration, Problem};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

#[cfg(test)]
mod tests;

/// What a person writes under `services.events.watch`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WatchSettings {
    /// Whether clusters are watched at all. Default false: nothing is asked of a cluster before an alert or a person wants it.
    pub enabled: bool,
    /// Ids of the clusters to watch. Default: all of `services.execution.clusters` that are no recordings.
    pub clusters: Vec<String>,
    /// Where something must happen to count.
    pub namespaces: NamespaceSettings,
    /// Which types of Kubernetes Events count. Default `[Warning]`.
    pub types: Vec<KubernetesType>,
    /// Which reasons deserve a diagnosis. Default: the built-in list (`docs/configuration.md`).
    pub reasons: Vec<String>,
    /// How often an Event must have been seen; some built-in reasons ask for more. Default 1, at most 1000.
    pub min_count: u32,
    /// On the very first start, what is older is taken as known. Default 5m, at most 1h.
    pub max_age: HumanDuration,
    /// How long a workload must lack replicas, or a node must not be ready, without any progress. Default 2m, at most 1h.
    pub unavailable_for: HumanDuration,
    /// How long after its last sighting an event counts as a repeat. Default 1h: the kubelet repeats a lasting trouble every few
    /// minutes only.
    pub deduplication_ttl: HumanDuration,
    /// New events a minute for each cluster; what is beyond is dropped and counted. Default 30, at most 1000.
    pub rate_limit_per_minute: u32,
}

/// Names of namespaces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NamespaceSettings {
    /// Only these, each watched by itself, so that rights in them are enough. Default: all, and nodes too.
    pub include: Vec<String>,
    /// Not these.
    pub exclude: Vec<String>,
}

/// The `type` of a Kubernetes Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KubernetesType {
    /// Something went as it should.
    Normal,
    /// Something did not.
    Warning,
}

impl KubernetesType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            clusters: Vec::new(),
            namespaces: NamespaceSettings::default(),
            types: vec![KubernetesType::Warning],
            reasons: reasons::BUILT_IN.iter().map(|reason| reason.name.to_owned()).collect(),
            min_count: 1,
            max_age: HumanDuration::from_secs(300),
            unavailable_for: HumanDuration::from_secs(120),
            deduplication_ttl: HumanDuration::from_secs(3600),
            rate_limit_per_minute: 30,
        }
    }
}

/// A cluster that may be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAccess {
    /// As the settings of execution name it.
    pub id: String,
    /// As kubectl reaches it.
    pub way: Way,
}

/// How a cluster is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a file, which is read again before each connection, and a context in it; absent: its current one.
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The context.
        context: Option<String>,
    },
    /// From inside of it, by the service account of the pod.
    ServiceAccount,
    /// Not at all; the text says why and what to do.
    Missing(String),
}

/// What the watches trust.
#[derive(Clone, Debug)]
pub(crate) struct WatchConfig {
    pub(crate) enabled: bool,
    /// Ids; empty for all.
    pub(crate) named: Vec<String>,
    pub(crate) clusters: Vec<ClusterAccess>,
    pub(crate) rules: Rules,
    pub(crate) deduplication_ttl: Duration,
    pub(crate) rate_limit_per_minute: u32,
}

/// By what it is decided whether something counts.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) include: BTreeSet<String>,
    pub(crate) exclude: BTreeSet<String>,
    pub(crate) types: BTreeSet<KubernetesType>,
    pub(crate) reasons: BTreeSet<String>,
    pub(crate) min_count: u32,
    pub(crate) max_age: Duration,
    pub(crate) unavailable_for: Duration,
}

impl Rules {
    /// Whether what happens in `namespace` counts; an empty one is the cluster itself.
    pub(crate) fn is_in_scope(&self, namespace: &str) -> bool {
        !self.exclude.contains(namespace) && (self.include.is_empty() || self.include.contains(namespace))
    }
}

/// Each included namespace costs a connection for each kind of object.
const INCLUDED_MAX: usize = 50;
const NAMES_MAX: usize = 1000;

impl WatchSettings {
    pub(crate) fn validate(&self) -> Result<WatchConfig, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bounded = |path: &str, value: u64, least: u64, most: u64, unit: &str| {
            if !(least..=most).contains(&value) {
                problems.push(Problem::new(path, format!("must be from {least} to {most} {unit}")));
            }
        };
        bounded("min_count", self.min_count.into(), 1, 1000, "sightings");
        bounded("max_age", self.max_age.0.as_secs(), 1, 3600, "seconds");
        bounded("unavailable_for", self.unavailable_for.0.as_secs(), 0, 3600, "seconds");
        bounded("deduplication_ttl", self.deduplication_ttl.0.as_secs(), 1, 86_400 * 7, "seconds");
        bounded("rate_limit_per_minute", self.rate_limit_per_minute.into(), 1, 1000, "events");
        bounded("types", self.types.len() as u64, 1, 2, "of Warning and Normal");
        bounded("reasons", self.reasons.len() as u64, 1, NAMES_MAX as u64, "reasons");
        bounded("clusters", self.clusters.len() as u64, 0, NAMES_MAX as u64, "clusters");
        let NamespaceSettings { include, exclude } = &self.namespaces;
        bounded("namespaces.include", include.len() as u64, 0, INCLUDED_MAX as u64, "namespaces");
        bounded("namespaces.exclude", exclude.len() as u64, 0, NAMES_MAX as u64, "namespaces");
        for (path, names) in [("namespaces.include", include), ("namespaces.exclude", exclude)] {
            for (n, name) in names.iter().enumerate().filter(|(_, name)| !is_namespace(name)) {
                let message = format!("`{name}` is not the name of a namespace; patterns are not understood");
                problems.push(Problem::new(format!("{path}[{n}]"), message));
            }
        }
        for (n, name) in include.iter().enumerate().filter(|(_, name)| exclude.contains(name)) {
            let message = format!("`{name}` is excluded too");
            problems.push(Problem::new(format!("namespaces.include[{n}]"), message));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(WatchConfig {
            enabled: self.enabled,
            named: self.clusters.clone(),
            clusters: Vec::new(),
            rules: Rules {
                include: include.iter().cloned().collect(),
                exclude: exclude.iter().cloned().collect(),
                types: self.types.iter().copied().collect(),
                reasons: self.reasons.iter().cloned().collect(),
                min_count: self.min_count,
                max_age: self.max_age.0,
                unavailable_for: self.unavailable_for.0,
            },
            deduplication_ttl: self.deduplication_ttl.0,
            rate_limit_per_minute: self.rate_limit_per_minute,
        })
    }
}

impl WatchConfig {
    /// Takes the clusters that are to be watched out of all that may be.
    pub(crate) fn choose(&mut self, clusters: Vec<ClusterAccess>) -> Result<(), Vec<Problem>> {
        let unknown = |(n, id): (usize, &String)| {
            let message = format!(
                "`{id}` cannot be watched; name a cluster of `services.execution.clusters` that is no recording"
            );
            (!clusters.iter().any(|access| access.id == *id))
                .then(|| Problem::new(format!("watch.clusters[{n}]"), message))
        };
        let problems: Vec<Problem> = self.named.iter().enumerate().filter_map(unknown).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let is_wanted = |access: &ClusterAccess| {
            self.enabled && (self.named.is_empty() || self.named.contains(&access.id))
        };
        self.clusters = clusters.into_iter().filter(is_wanted).collect();
        Ok(())
    }
}

/// A DNS label of RFC 1123.
fn is_namespace(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('-') && !name.ends_with('-')
}
