//! Events: what Kubernetes says happened to an object.

use jiff::Timestamp;

use super::Key;

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Involved {
    /// Lower-case singular kind.
    pub kind: String,
    /// The object's namespace and name.
    pub key: Key,
}

/// An event; repeats of the same words about the same object are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// What it is about.
    pub involved: Involved,
    /// `Normal` or `Warning`.
    pub level: String,
    /// One word: `FailedScheduling`, `BackOff` …
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often it was said.
    pub count: u32,
    /// When it was last said.
    pub last_seen: Option<Timestamp>,
    /// Seconds since it was last said, where the output gives an age instead of a time.
    pub age_s: Option<u64>,
}

impl Event {
    /// Joins a repeat of the same words.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count = self.count.max(other.count);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.age_s = match (self.age_s, other.age_s) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
