//! Services, and what stands behind them.

use super::{Key, Labels, Object, PortRef, fill, fill_list, fill_map};

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    /// Its namespace and name.
    pub key: Key,
    /// Its own labels.
    pub labels: Labels,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: Option<String>,
    /// The labels of the pods it sends to; `None` when no output said, empty when it has no selector.
    pub selector: Option<Labels>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServicePort {
    /// Empty when it has none, or when the output does not show names.
    pub name: String,
    /// The port callers use.
    pub number: u16,
    /// The port of the pods; `None` when the output does not say.
    pub target: Option<PortRef>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

impl Object for Service {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_map(&mut self.labels, other.labels);
        fill(&mut self.kind, other.kind);
        fill(&mut self.selector, other.selector);
        for port in &mut self.ports {
            let same = |view: &&ServicePort| view.number == port.number && view.protocol == port.protocol;
            if let Some(view) = other.ports.iter().find(same) {
                super::fill_text(&mut port.name, view.name.clone());
                fill(&mut port.target, view.target.clone());
            }
        }
        fill_list(&mut self.ports, other.ports);
    }
}

/// The addresses behind a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// The namespace and name of the service.
    pub key: Key,
    /// Addresses of pods that get traffic.
    pub ready: Vec<String>,
    /// Addresses of pods that are selected but not ready.
    pub not_ready: Vec<String>,
    /// The ports of the pods.
    pub ports: Vec<u16>,
}

impl Object for Endpoints {
    fn key(&self) -> &Key {
        &self.key
    }

    /// Slices add up; two views of the same do no harm, because only whether there are any is asked.
    fn merge(&mut self, other: Self) {
        let add = |slot: &mut Vec<String>, view: Vec<String>| {
            slot.extend(view);
            slot.sort();
            slot.dedup();
        };
        add(&mut self.ready, other.ready);
        add(&mut self.not_ready, other.not_ready);
        self.not_ready.retain(|address| !self.ready.contains(address));
        self.ports.extend(other.ports);
        self.ports.sort_unstable();
        self.ports.dedup();
    }
}
