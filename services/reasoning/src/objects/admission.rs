//! What decides whether a pod may be made at all.

use super::{Key, Labels, Object, fill, fill_map};

/// A quota of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourceQuota {
    /// Its namespace and name.
    pub key: Key,
    /// The bounds by resource, as written.
    pub hard: Labels,
    /// What is in use by resource, as written.
    pub used: Labels,
}

impl Object for ResourceQuota {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_map(&mut self.hard, other.hard);
        fill_map(&mut self.used, other.used);
    }
}

/// A service account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    /// Its namespace and name.
    pub key: Key,
    /// The secrets with which its pods pull images; `None` when no output said.
    pub pull_secrets: Option<Vec<String>>,
}

impl Object for ServiceAccount {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill(&mut self.pull_secrets, other.pull_secrets);
    }
}
