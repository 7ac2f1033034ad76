//! Claims to storage, and what they are bound to.

use super::{Key, Labels, Object, Selector, fill, fill_list, fill_map};

/// A persistent volume claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its namespace and name.
    pub key: Key,
    /// `Pending`, `Bound` or `Lost`.
    pub phase: Option<String>,
    /// The storage class it asks for; empty for none, `None` when no output said.
    pub class: Option<String>,
    /// How much it asks for, as written.
    pub requested: Option<String>,
    /// How it wants to be used: `ReadWriteOnce` …
    pub modes: Vec<String>,
    /// Which volumes may serve it.
    pub selector: Option<Selector>,
    /// The volume it is bound to, or asks for by name.
    pub volume: Option<String>,
}

impl Object for Claim {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill(&mut self.phase, other.phase);
        fill(&mut self.class, other.class);
        fill(&mut self.requested, other.requested);
        fill_list(&mut self.modes, other.modes);
        fill(&mut self.selector, other.selector);
        fill(&mut self.volume, other.volume);
    }
}

/// A persistent volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PersistentVolume {
    /// Its name; the namespace is empty.
    pub key: Key,
    /// Its labels.
    pub labels: Labels,
    /// `Available`, `Bound`, `Released` or `Failed`.
    pub phase: Option<String>,
    /// Its storage class; empty for none, `None` when no output said.
    pub class: Option<String>,
    /// How much it holds, as written.
    pub capacity: Option<String>,
    /// How it may be used: `ReadWriteOnce` …
    pub modes: Vec<String>,
    /// The claim it is bound to, or reserved for.
    pub claim: Option<Key>,
}

impl Object for PersistentVolume {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill_map(&mut self.labels, other.labels);
        fill(&mut self.phase, other.phase);
        fill(&mut self.class, other.class);
        fill(&mut self.capacity, other.capacity);
        fill_list(&mut self.modes, other.modes);
        fill(&mut self.claim, other.claim);
    }
}

/// A storage class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StorageClass {
    /// Its name; the namespace is empty.
    pub key: Key,
    /// Who makes its volumes; `kubernetes.io/no-provisioner` for nobody.
    pub provisioner: Option<String>,
    /// `Immediate` or `WaitForFirstConsumer`.
    pub binding: Option<String>,
    /// True for the class of claims that name none.
    pub is_default: Option<bool>,
}

impl Object for StorageClass {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        fill(&mut self.provisioner, other.provisioner);
        fill(&mut self.binding, other.binding);
        fill(&mut self.is_default, other.is_default);
    }
}
