use std::collections::BTreeSet;

use super::approved::{Needs, Tool};
use super::denial::{Denial, quote};
use super::facts::Facts;
use super::verb::Command;

/// What one caller may do in one call: its role, its scope and the cluster it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The tools that are registered here.
    pub tools: BTreeSet<Tool>,
    /// The verbs and kinds of the caller's role.
    pub role: Role,
    /// How much of the cluster the caller may see.
    pub scope: Scope,
    /// The cluster this command is for.
    pub cluster: String,
    /// The clusters this service can reach.
    pub clusters: BTreeSet<String>,
}

/// Which of the gate's commands a caller may use. A role can only narrow what the gate knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Verbs with their tool, e.g. `kubectl get`, `kubectl rollout status`, `helm list`.
    pub verbs: Allowed,
    /// Plural names of kinds, e.g. `pods`.
    pub kinds: Allowed,
    /// True when kinds without a namespace (nodes, persistent volumes, …) may be read.
    pub cluster_kinds: bool,
}

/// Everything that is known, or only what is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// No narrowing.
    Everything,
    /// Only these.
    Only(BTreeSet<String>),
}

/// How far a caller may look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every namespace.
    Cluster,
    /// This namespace and no other.
    Namespace(String),
}

impl Policy {
    /// A viewer of one known cluster with kubectl and helm.
    #[must_use]
    pub fn viewer(cluster: &str, scope: Scope) -> Self {
        Self {
            tools: BTreeSet::from([Tool::Kubectl, Tool::Helm]),
            role: Role::viewer(),
            scope,
            cluster: cluster.to_owned(),
            clusters: BTreeSet::from([cluster.to_owned()]),
        }
    }

    pub(super) fn tool(&self, name: &str) -> Result<Tool, Denial> {
        let tool = Tool::ALL.into_iter().find(|tool| tool.name() == name && self.tools.contains(tool));
        tool.ok_or_else(|| Denial::tool(format!("tool {} is not registered", quote(name))))
    }

    pub(super) fn check_rbac(&self, command: &Command, facts: &Facts<'_>) -> Result<(), Denial> {
        let verb = command.name();
        if !self.role.verbs.contains(&verb) {
            return Err(Denial::rbac(format!("the role does not include `{verb}`")));
        }
        for kind in &facts.kinds {
            if !self.role.kinds.contains(kind.plural) {
                return Err(Denial::rbac(format!("the role does not include the kind `{}`", kind.plural)));
            }
            if !kind.namespaced && !self.role.cluster_kinds {
                return Err(Denial::rbac(format!(
                    "the role does not include kinds without a namespace such as `{}`",
                    kind.plural
                )));
            }
        }
        if command.verb.reads_cluster && !self.role.cluster_kinds {
            return Err(Denial::rbac(format!("the role does not include `{verb}`, which reads the cluster")));
        }
        self.check_scope(command, facts)
    }

    fn check_scope(&self, command: &Command, facts: &Facts<'_>) -> Result<(), Denial> {
        if facts.all_namespaces && facts.namespace.is_some() {
            return Err(Denial::rbac(
                "`--all-namespaces` together with `--namespace` leaves the namespace: the first wins",
            ));
        }
        let Scope::Namespace(own) = &self.scope else {
            return Ok(());
        };
        if facts.all_namespaces {
            return Err(Denial::rbac(format!(
                "`--all-namespaces` leaves the scope, which is namespace `{own}`"
            )));
        }
        if command.verb.describes() && facts.kinds.iter().any(|kind| kind.plural == "namespaces") {
            return Err(Denial::rbac(format!(
                "the description of a namespace shows its quotas, and the scope is `{own}`; describe `quota,limits` instead"
            )));
        }
        match facts.namespace {
            Some(asked) if asked != own => Err(Denial::rbac(format!(
                "namespace {} is outside the scope, which is `{own}`",
                quote(asked)
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn check_cluster(&self) -> Result<(), Denial> {
        if self.clusters.contains(&self.cluster) {
            return Ok(());
        }
        Err(Denial::cluster(format!("cluster {} is not known here", quote(&self.cluster))))
    }

    pub(super) fn needs(&self, command: &Command, facts: &Facts<'_>) -> Needs {
        let namespace = match &self.scope {
            Scope::Namespace(own) if facts.namespace.is_none() => Some(own.clone()),
            _ => None,
        };
        let missing = |flag: &str| command.verb.has_flag(flag) && !facts.flags.contains(flag);
        Needs {
            namespace: namespace.filter(|_| command.verb.has_flag("namespace")),
            request_timeout: missing("request-timeout"),
            tail: missing("tail"),
            limit_bytes: missing("limit-bytes"),
        }
    }
}

impl Role {
    /// Everything the gate knows how to read.
    #[must_use]
    pub fn viewer() -> Self {
        Self { verbs: Allowed::Everything, kinds: Allowed::Everything, cluster_kinds: true }
    }
}

impl Allowed {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(names) => names.contains(name),
        }
    }
}
