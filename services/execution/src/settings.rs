use crate::{
    demo,
    recorded::{self, Format},
    runner::{Access, Cluster, Kubectl, Limits},
};
use foundation::settings::{HumanDuration, Problem};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// What a person writes under `services.execution` (002 section 2.4).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Commands that run at once. Default 20.
    pub max_concurrent_executions: u32,
    /// After this a command is killed. Default 5m.
    pub command_timeout: HumanDuration,
    /// Bytes of an output that are kept. Default 1048576 (1 MiB).
    pub max_output_size: u64,
    /// Whom commands may ask. Without any there is one, `default`: what `kubectl` reaches with `KUBECONFIG`, `~/.kube/config` or
    /// the service account of the pod.
    pub clusters: Vec<ClusterSettings>,
}

/// A cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSettings {
    /// As the label `cluster` of alerts names it. Default `default`.
    pub id: String,
    /// Ask it with kubectl.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubectl: Option<KubectlSettings>,
    /// Answer from a recorded case instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<RecordedSettings>,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self { id: "default".to_owned(), kubectl: None, recorded: None }
    }
}

/// How kubectl reaches a cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KubectlSettings {
    /// Path of the kubeconfig. Default: what `KUBECONFIG` names, else `~/.kube/config`, else the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it. Default: its current one.
    pub context: Option<String>,
    /// Path of kubectl. Default: the first in `PATH`.
    pub kubectl: Option<PathBuf>,
    /// Path of helm. Default: the first in `PATH`.
    pub helm: Option<PathBuf>,
}

/// A recorded case in the place of a cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordedSettings {
    /// Its directory; a relative one is looked up in the working directory.
    pub dir: PathBuf,
    /// `aetherius` (default), `cloudopsbench` or `dump`.
    pub format: RecordedFormat,
}

/// How a case was written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedFormat {
    /// Ours: `case.yaml` and a file for each output.
    #[default]
    Aetherius,
    /// That of the public benchmark of this name.
    CloudOpsBench,
    /// What `kubectl cluster-info dump --output-directory=DIR` writes.
    Dump,
}

impl From<RecordedFormat> for Format {
    fn from(format: RecordedFormat) -> Self {
        match format {
            RecordedFormat::Aetherius => Self::Own,
            RecordedFormat::CloudOpsBench => Self::CloudOpsBench,
            RecordedFormat::Dump => Self::Dump,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_concurrent_executions: 20,
            command_timeout: HumanDuration::from_secs(300),
            max_output_size: 1 << 20,
            clusters: Vec::new(),
        }
    }
}

/// What of the process's surroundings matters; read once, in `main`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The value of `KUBECONFIG`.
    pub kubeconfig: Option<PathBuf>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// Whether we run in a pod that has a service account.
    pub in_pod: bool,
}

impl Environment {
    /// The kubeconfig to use: of the files that `KUBECONFIG` names the first that is there; without it the usual one. `None` when there
    /// is none, where kubectl itself would go on to `localhost:8080`, which may be us.
    fn kubeconfig(&self) -> Option<PathBuf> {
        if let Some(named) = self.kubeconfig.as_ref().filter(|named| !named.as_os_str().is_empty()) {
            return std::env::split_paths(named).find(|path| path.is_file());
        }
        let usual = self.home.as_ref().map(|home| home.join(".kube/config"));
        usual.filter(|path| path.is_file())
    }
}

/// What the service trusts.
#[derive(Clone)]
pub struct Config {
    pub(crate) max_concurrent_executions: u32,
    pub(crate) limits: Limits,
    pub(crate) clusters: BTreeMap<String, ClusterSource>,
    /// Whether the clusters of the demonstration are known beside them.
    pub(crate) has_demo: bool,
}

/// What a cluster is asked by.
#[derive(Clone)]
pub enum ClusterSource {
    /// It can be asked.
    Ready(Cluster),
    /// It cannot; the text says why and what to do. The service starts all the same, and each step says so.
    Missing(String),
}

impl ClusterSource {
    /// A living cluster, as far as it can be found.
    #[must_use]
    pub fn live(settings: &KubectlSettings, environment: &Environment) -> Self {
        let kubeconfig = settings.kubeconfig.clone().or_else(|| environment.kubeconfig());
        if kubeconfig.is_none() && !environment.in_pod {
            let missing = "no cluster is connected: set KUBECONFIG, write ~/.kube/config, or name one under \
                           `services.execution.clusters` (a recorded case will do to try things out)";
            return Self::Missing(missing.to_owned());
        }
        let access = Access {
            kubeconfig,
            context: settings.context.clone(),
            kubectl: settings.kubectl.clone(),
            helm: settings.helm.clone(),
        };
        match Kubectl::locate(access) {
            Ok(kubectl) => Self::Ready(Cluster::Kubectl(Arc::new(kubectl))),
            Err(error) => Self::Missing(error.to_string()),
        }
    }
}

impl Config {
    /// The same with the clusters of the demonstration. One that somebody configured under such a name goes before ours.
    #[must_use]
    pub fn with_demo(mut self) -> Self {
        self.has_demo = true;
        self
    }

    /// What a cluster is asked by, if anybody knows it.
    pub(crate) fn cluster(&self, id: &str) -> Option<ClusterSource> {
        let ours = || {
            let case = if self.has_demo { demo::find(id) } else { None };
            case.map(|case| ClusterSource::Ready(Cluster::Recorded(case)))
        };
        self.clusters.get(id).cloned().or_else(ours)
    }

    /// The clusters that cannot be asked, each with the reason.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.clusters.iter().filter_map(|(id, source)| match source {
            ClusterSource::Missing(reason) => Some((id.as_str(), reason.as_str())),
            ClusterSource::Ready(_) => None,
        })
    }

    /// The clusters that are no recordings: how kubectl reaches each, or why it does not.
    pub fn live(&self) -> impl Iterator<Item = (&str, Result<&Kubectl, &str>)> {
        self.clusters.iter().filter_map(|(id, source)| match source {
            ClusterSource::Ready(Cluster::Kubectl(kubectl)) => Some((id.as_str(), Ok(kubectl.as_ref()))),
            ClusterSource::Ready(Cluster::Recorded(_)) => None,
            ClusterSource::Missing(reason) => Some((id.as_str(), Err(reason.as_str()))),
        })
    }

    /// A configuration with one cluster named `default`, for one-shot commands. It keeps as much of an output as a recorded case
    /// may have, 4 MiB.
    #[must_use]
    pub fn of_one(source: ClusterSource) -> Self {
        let clusters = BTreeMap::from([("default".to_owned(), source)]);
        let limits = Limits { output_bytes_max: recorded::OUTPUT_BYTES_MAX, ..Limits::default() };
        Self { max_concurrent_executions: 20, limits, clusters, has_demo: false }
    }
}

impl Settings {
    /// Checks everything, and loads recorded cases.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self, environment: &Environment) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut bounded = |path: &str, value: u64, most: u64, unit: &str| {
            if value == 0 || value > most {
                problems.push(Problem::new(path, format!("must be from 1 to {most} {unit}")));
            }
        };
        bounded("max_concurrent_executions", self.max_concurrent_executions.into(), 1000, "commands");
        bounded("command_timeout", self.command_timeout.0.as_secs(), 3600, "seconds");
        bounded("max_output_size", self.max_output_size, 16 << 20, "bytes");
        let mut clusters = BTreeMap::new();
        for (n, cluster) in self.clusters.iter().enumerate() {
            match cluster.validate(environment) {
                Ok(source) => {
                    if clusters.insert(cluster.id.clone(), source).is_some() {
                        problems
                            .push(Problem::new(format!("clusters[{n}].id"), "another cluster has this id"));
                    }
                }
                Err((path, message)) => problems.push(Problem::new(format!("clusters[{n}].{path}"), message)),
            }
        }
        if self.clusters.is_empty() {
            clusters
                .insert("default".to_owned(), ClusterSource::live(&KubectlSettings::default(), environment));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let limits = Limits {
            timeout: self.command_timeout.0,
            output_bytes_max: usize::try_from(self.max_output_size).unwrap_or(usize::MAX),
            ..Limits::default()
        };
        let max_concurrent_executions = self.max_concurrent_executions;
        Ok(Config { max_concurrent_executions, limits, clusters, has_demo: false })
    }
}

impl ClusterSettings {
    fn validate(&self, environment: &Environment) -> Result<ClusterSource, (&'static str, String)> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=128).contains(&self.id.len()) || !self.id.bytes().all(fits) {
            return Err(("id", "must be 1 to 128 of letters, digits, `-`, `_` and `.`".to_owned()));
        }
        match (&self.kubectl, &self.recorded) {
            (Some(_), Some(_)) => {
                Err(("recorded", "a cluster has either `kubectl` or `recorded`".to_owned()))
            }
            (None, Some(recorded)) => recorded::load(&recorded.dir, recorded.format.into())
                .map(|case| ClusterSource::Ready(Cluster::Recorded(Arc::new(case))))
                .map_err(|error| ("recorded.dir", error.to_string())),
            (kubectl, None) => {
                let kubectl = kubectl.clone().unwrap_or_default();
                if let Some(path) = kubectl.kubeconfig.as_ref().filter(|path| !path.is_file()) {
                    return Err(("kubectl.kubeconfig", format!("there is no file {}", path.display())));
                }
                Ok(ClusterSource::live(&kubectl, environment))
            }
        }
    }
}
