//! What monitoring measures that is out of the ordinary, and who calls whom.

use std::collections::BTreeSet;

use super::{Key, Object};

/// A service or node whose measurements left their normal range.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Anomaly {
    /// Its name; monitoring knows no namespaces.
    pub key: Key,
    /// True for a node, false for a service.
    pub is_node: bool,
    /// What was measured.
    pub signs: Vec<Sign>,
}

impl Object for Anomaly {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        self.signs.extend(other.signs);
    }
}

/// A measurement beside its normal value, both in the unit of the measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sign {
    /// What was measured.
    pub measure: Measure,
    /// What is usual; zero where monitoring gives none.
    pub normal: f64,
    /// What it is now.
    pub now: f64,
}

/// What monitoring measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Seconds in which containers were held back by their CPU limit.
    Throttling,
    /// Cores in use.
    Cpu,
    /// Milliseconds until an answer.
    Latency,
    /// Packets a second.
    Packets,
    /// TCP segments a second that had to be sent again.
    Retransmission,
    /// Anything else.
    Other,
}

/// The services that a service calls, directly or through others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    /// The calling service; no namespace.
    pub key: Key,
    /// The names of those it calls.
    pub callees: BTreeSet<String>,
}

impl Object for Calls {
    fn key(&self) -> &Key {
        &self.key
    }

    fn merge(&mut self, other: Self) {
        self.callees.extend(other.callees);
    }
}
