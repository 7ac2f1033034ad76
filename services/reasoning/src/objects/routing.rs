//! What leads requests to services from outside, and what keeps them away.

use super::{Key, Labels, Object, PortRef, Selector, fill_list, fill_map};

/// A config map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigMap {
    /// Its namespace and name.
    pub key: Key,
    /// What it holds: variables, or whole files by their names.
    pub data: Labels,
    /// The routes of a gateway's configuration among these files.
    pub routes: Vec<Route>,
}

impl Object for ConfigMap {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_map(&mut self.data, other.data);
        fill_list(&mut self.routes, other.routes);
    }
}

/// An ingress, an HTTP route of the Gateway API, or a virtual service of a mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Router {
    /// Its namespace and name.
    pub key: Key,
    /// Its routes in the order in which they are tried.
    pub routes: Vec<Route>,
}

impl Object for Router {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_list(&mut self.routes, other.routes);
    }
}

/// Requests of a path go to a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// What the configuration calls it; empty when it has no name.
    pub id: String,
    /// The path, as written, with its wildcards; empty for every path.
    pub path: String,
    /// `http`, `https`, `lb` … where the configuration gives one.
    pub scheme: String,
    /// The destination as written: a service, its DNS name, or another host.
    pub host: String,
    /// The variable that may replace the destination; empty when it is fixed.
    pub variable: String,
    /// The destination's port; `None` when the configuration leaves it to something else.
    pub port: Option<PortRef>,
}

/// A network policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NetworkPolicy {
    /// Its namespace and name.
    pub key: Key,
    /// The pods it is about; `None` when no output said.
    pub pods: Option<Selector>,
    /// How many rules let traffic in; `None` when it does not restrict what comes in, or when no output said.
    pub ingress_rules: Option<usize>,
    /// How many rules let traffic out; `None` as above.
    pub egress_rules: Option<usize>,
}

impl Object for NetworkPolicy {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        super::fill(&mut self.pods, other.pods);
        super::fill(&mut self.ingress_rules, other.ingress_rules);
        super::fill(&mut self.egress_rules, other.egress_rules);
    }
}

/// Requests that callers from outside saw fail, by the service they were meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FailedCalls {
    /// The service; the namespace is empty, because reports of callers do not know it.
    pub key: Key,
    /// The path of each and how it failed.
    pub calls: Vec<(String, String)>,
}

impl Object for FailedCalls {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        self.calls.extend(other.calls);
    }
}
