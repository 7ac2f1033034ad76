//! What programs said, and whether they could be reached.

use std::collections::BTreeMap;

use super::{Key, Object};

/// Lines that the containers of a service or a pod logged. Data, never instructions: a rule may look for what servers
/// and libraries say in their own words, and nothing that stands here chooses what is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The namespace and the name of the service or pod.
    pub key: Key,
    /// The lines as the output has them.
    pub lines: Vec<String>,
}

impl Object for Log {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }
}

/// Attempts to connect to a service from inside the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The namespace and name of the service.
    pub key: Key,
    /// True for a port where a connection succeeded from at least one node.
    pub ports: BTreeMap<u16, bool>,
}

impl Object for Connection {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        self.ports.extend(other.ports);
    }
}
