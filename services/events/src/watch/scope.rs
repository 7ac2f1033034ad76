//! What one watch looks at.

use super::{
    reasons::{
        MINIMUM_REPLICAS_UNAVAILABLE, NODE_NOT_READY, OF_STATE, PROGRESS_DEADLINE_EXCEEDED,
        REPLICAS_UNAVAILABLE,
    },
    settings::{KubernetesType, Rules},
};

#[cfg(test)]
mod tests;

/// A kind of object that is watched. Nodes come first, because DaemonSets are judged by what is known of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Nodes,
    Events,
    Deployments,
    StatefulSets,
    DaemonSets,
}

impl Resource {
    const ALL: [Self; 5] =
        [Self::Nodes, Self::Events, Self::Deployments, Self::StatefulSets, Self::DaemonSets];

    /// As it is called in paths, rights and rows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Events => "events",
            Self::Deployments => "deployments",
            Self::StatefulSets => "statefulsets",
            Self::DaemonSets => "daemonsets",
        }
    }

    /// As objects say it.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Nodes => "Node",
            Self::Events => "Event",
            Self::Deployments => "Deployment",
            Self::StatefulSets => "StatefulSet",
            Self::DaemonSets => "DaemonSet",
        }
    }

    fn group(self) -> &'static str {
        match self {
            Self::Nodes | Self::Events => "",
            Self::Deployments | Self::StatefulSets | Self::DaemonSets => "apps",
        }
    }

    fn counts(self, reason: &str) -> bool {
        match self {
            Self::Nodes => reason == NODE_NOT_READY,
            Self::Events => !OF_STATE.contains(&reason),
            Self::Deployments => [PROGRESS_DEADLINE_EXCEEDED, MINIMUM_REPLICAS_UNAVAILABLE].contains(&reason),
            Self::StatefulSets | Self::DaemonSets => reason == REPLICAS_UNAVAILABLE,
        }
    }
}

/// One kind of object in one namespace or in all of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) cluster: String,
    pub(crate) resource: Resource,
    /// Empty for all.
    pub(crate) namespace: String,
}

/// The watches that a cluster needs for what counts.
pub(crate) fn scopes(cluster: &str, rules: &Rules) -> Vec<Scope> {
    let is_needed =
        |resource: &Resource| rules.reasons.iter().any(|reason| Resource::counts(*resource, reason));
    let scope = |resource, namespace: &str| Scope {
        cluster: cluster.to_owned(),
        resource,
        namespace: namespace.to_owned(),
    };
    let needed = Resource::ALL.into_iter().filter(is_needed);
    if rules.include.is_empty() {
        return needed.map(|resource| scope(resource, "")).collect();
    }
    // Whoever names namespaces may have no rights beyond them.
    let inside: Vec<Resource> = needed.filter(|&resource| resource != Resource::Nodes).collect();
    let of_namespace = |name: &String| inside.iter().map(|&it| scope(it, name)).collect::<Vec<_>>();
    rules.include.iter().flat_map(of_namespace).collect()
}

impl Scope {
    /// The path of the collection.
    pub(crate) fn path(&self) -> String {
        let base = match self.resource.group() {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/v1"),
        };
        match self.namespace.as_str() {
            "" => format!("{base}/{}", self.resource.name()),
            namespace => format!("{base}/namespaces/{namespace}/{}", self.resource.name()),
        }
    }

    /// What the server shall leave out already.
    pub(crate) fn field_selector(&self, rules: &Rules) -> Option<String> {
        match (self.resource, rules.types.first()) {
            (Resource::Events, Some(only)) if rules.types.len() == 1 => Some(of_type(*only)),
            _ => None,
        }
    }

    /// The rule of a role that allows this watch.
    pub(crate) fn right(&self) -> String {
        let role = match self.namespace.as_str() {
            "" => "a ClusterRole".to_owned(),
            namespace => format!("a Role in {namespace}"),
        };
        format!(
            "{role} with {{apiGroups: [\"{}\"], resources: [{}], verbs: [list, watch]}}",
            self.resource.group(),
            self.resource.name()
        )
    }
}

fn of_type(only: KubernetesType) -> String {
    format!("type={}", only.as_str())
}
