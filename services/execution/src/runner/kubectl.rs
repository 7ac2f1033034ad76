use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::process::{self, Invocation};
use super::{Limits, RunError, RunOutput, versions};
use crate::gate::{Approved, Tool};

/// How to reach a cluster, as the settings say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The kubeconfig; absent: the one of the pod's service account or the tool's default.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; absent: its current context.
    pub context: Option<String>,
    /// Absolute path of kubectl; absent: looked up in PATH once.
    pub kubectl: Option<PathBuf>,
    /// Absolute path of helm; absent: looked up in PATH once.
    pub helm: Option<PathBuf>,
}

/// The real tools, found once, with everything they need to know of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubectl {
    kubectl: PathBuf,
    helm: Option<PathBuf>,
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    pub(super) home: Option<PathBuf>,
    service_host: Vec<(&'static str, String)>,
}

/// What a pod's service account needs besides its mounted token.
const IN_CLUSTER: [&str; 2] = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];

impl Kubectl {
    /// Finds the tools. kubectl must be there; helm may be missing until a helm command comes.
    pub fn locate(access: Access) -> Result<Self, RunError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_path =
            |name: &str| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| is_program(file));
        let kubectl = match access.kubectl {
            Some(path) => existing("kubectl", path)?,
            None => in_path("kubectl").ok_or(RunError::Missing { tool: "kubectl" })?,
        };
        let helm = match access.helm {
            Some(path) => Some(existing("helm", path)?),
            None => in_path("helm"),
        };
        let kubeconfig = access.kubeconfig.map(|path| existing("kubeconfig", path)).transpose()?;
        let service_host =
            IN_CLUSTER.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?))).collect();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        Ok(Self { kubectl, helm, kubeconfig, context: access.context, home, service_host })
    }

    /// The kubeconfig, absent for the pod's service account, and the context in it, absent for its current one.
    pub fn kubeconfig(&self) -> (Option<&Path>, Option<&str>) {
        (self.kubeconfig.as_deref(), self.context.as_deref())
    }

    pub(super) async fn run(&self, approved: &Approved, limits: Limits) -> Result<RunOutput, RunError> {
        let program = match approved.tool() {
            Tool::Kubectl => &self.kubectl,
            Tool::Helm => self.helm.as_ref().ok_or(RunError::Missing { tool: "helm" })?,
            Tool::Probe => {
                return Err(RunError::OnlyRecorded { tool: Tool::Probe.name() });
            }
        };
        let argv = self.argv(approved, limits);
        let invocation = Invocation { program, args: &argv, environment: self.environment(approved.tool()) };
        let mut output = process::run(invocation, limits).await?;
        output.argv = std::iter::once(approved.tool().name().to_owned()).chain(argv).collect();
        Ok(output)
    }

    /// The judged arguments and the executor's own, without the program's name.
    pub(super) fn argv(&self, approved: &Approved, limits: Limits) -> Vec<String> {
        let needs = approved.needs();
        let mut global = Vec::new();
        if let Some(context) = &self.context {
            let flag = if approved.tool() == Tool::Helm { "kube-context" } else { "context" };
            global.push(format!("--{flag}={context}"));
        }
        if let Some(namespace) = &needs.namespace {
            global.push(format!("--namespace={namespace}"));
        }
        if needs.request_timeout {
            global.push(format!("--request-timeout={}s", limits.timeout.as_secs().max(1)));
        }
        let mut local = Vec::new();
        if needs.tail {
            local.push(format!("--tail={}", limits.log_lines_max));
        }
        if needs.limit_bytes {
            local.push(format!("--limit-bytes={}", limits.output_bytes_max));
        }
        approved.argv_with(global, local)
    }

    /// kubectl, and helm if it is installed.
    pub(super) fn programs(&self) -> (&Path, Option<&Path>) {
        (&self.kubectl, self.helm.as_deref())
    }

    /// One sentence for each installed tool whose version the gate was not checked against.
    pub(crate) async fn doubts(&self) -> Vec<String> {
        versions::doubts(self).await
    }

    /// The whole environment of the child. PATH holds only system directories, so that a credential helper named in the
    /// kubeconfig can be found there and nowhere else. Credential helpers need the home directory; what people keep there to change
    /// what a command means is turned off: kubectl's preferences, which may give any flag a new default, and helm's plugins.
    pub(super) fn environment(&self, tool: Tool) -> Vec<(&'static str, OsString)> {
        let mut environment =
            vec![("PATH", "/usr/local/bin:/usr/bin:/bin".into()), ("LC_ALL", "C.UTF-8".into())];
        match tool {
            Tool::Helm => environment.push(("HELM_NO_PLUGINS", "1".into())),
            Tool::Kubectl | Tool::Probe => {
                environment.extend([("KUBERC", "off".into()), ("KUBECTL_KUBERC", "false".into())]);
            }
        }
        environment.extend(self.home.as_ref().map(|home| ("HOME", home.into())));
        environment.extend(self.kubeconfig.as_ref().map(|path| ("KUBECONFIG", path.into())));
        environment.extend(self.service_host.iter().map(|(name, value)| (*name, value.into())));
        environment
    }
}

fn existing(what: &'static str, path: PathBuf) -> Result<PathBuf, RunError> {
    let absolute = std::path::absolute(&path).unwrap_or(path);
    if absolute.is_file() {
        return Ok(absolute);
    }
    Err(RunError::NotAFile { what, path: absolute.display().to_string() })
}

fn is_program(path: &Path) -> bool {
    path.is_absolute() && path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}
