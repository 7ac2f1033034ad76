//! Which objects are in trouble, since when, and what was told of it. Pure: times come in, nothing is asked.

use super::{
    condition::{ObjectKey, Trouble, trouble},
    objects::Object,
    scope::Resource,
    settings::Rules,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Objects in trouble that are kept in mind; of a cluster with more of them everybody knows.
const TROUBLED_MAX: usize = 10_000;
/// When what could not be told is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The objects of one watch that are in trouble.
#[derive(Debug)]
pub(crate) struct Tracker {
    resource: Resource,
    unavailable_for: Duration,
    max_age: Duration,
    troubled: BTreeMap<ObjectKey, Troubled>,
    /// What is written down as told: the object, and since when it was in trouble.
    written: BTreeMap<ObjectKey, Timestamp>,
}

#[derive(Debug)]
struct Troubled {
    trouble: Trouble,
    since: Timestamp,
    told: bool,
    not_before: Timestamp,
}

/// What is to be written down beside events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// It was so before we came; nobody is told.
    Known(ObjectKey, Timestamp),
    /// It is over.
    Ended(ObjectKey),
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) object: ObjectKey,
    pub(crate) trouble: Trouble,
    pub(crate) since: Timestamp,
}

impl Tracker {
    /// Goes on from what was written down.
    pub(crate) fn new(resource: Resource, rules: &Rules, written: BTreeMap<ObjectKey, Timestamp>) -> Self {
        let Rules { unavailable_for, max_age, .. } = *rules;
        Self { resource, unavailable_for, max_age, troubled: BTreeMap::new(), written }
    }

    /// Takes in how an object is now.
    pub(crate) fn see(&mut self, object: &Object, now: Timestamp) -> Option<Note> {
        let key = key(object);
        let Some(trouble) = trouble(self.resource, object) else { return self.forget(&key) };
        if let Some(known) = self.troubled.get_mut(&key) {
            known.update(trouble, now);
        } else if self.troubled.len() < TROUBLED_MAX {
            let since = trouble.began.unwrap_or(now);
            let told =
                self.written.get(&key).is_some_and(|&written| trouble.began.is_none_or(|it| it <= written));
            self.troubled.insert(key, Troubled { trouble, since, told, not_before: Timestamp::MIN });
        }
        None
    }

    /// Takes in an object of the very first look at a cluster: an old trouble is none of ours.
    pub(crate) fn see_first(&mut self, object: &Object, now: Timestamp) -> Option<Note> {
        self.see(object, now);
        let key = key(object);
        let found = self.troubled.get_mut(&key)?;
        let began = found.trouble.began.or(object.metadata.creation_timestamp).unwrap_or(now);
        (now.duration_since(began).unsigned_abs() > self.max_age && began < now).then(|| {
            found.told = true;
            self.written.insert(key.clone(), began);
            Note::Known(key, began)
        })
    }

    /// Takes in that an object is well again, or is no more.
    pub(crate) fn forget(&mut self, key: &ObjectKey) -> Option<Note> {
        self.troubled.remove(key);
        self.written.remove(key).map(|_| Note::Ended(key.clone()))
    }

    /// Forgets what is not among `listed`, which are all that there are.
    pub(crate) fn retain(&mut self, listed: &BTreeSet<ObjectKey>) -> Vec<Note> {
        let kept = |key: &&ObjectKey| !listed.contains(*key);
        let gone: BTreeSet<ObjectKey> =
            self.troubled.keys().chain(self.written.keys()).filter(kept).cloned().collect();
        gone.iter().filter_map(|key| self.forget(key)).collect()
    }

    /// What is to be told now. A DaemonSet may lack as many pods as there are nodes that are not ready: that is told of the nodes.
    pub(crate) fn due(&mut self, now: Timestamp, nodes_not_ready: u32) -> Vec<Due> {
        let mut due = Vec::new();
        for (object, troubled) in &mut self.troubled {
            if troubled.told || troubled.due_at(self.unavailable_for) > now {
                continue;
            }
            troubled.not_before = now + AGAIN_AFTER;
            let excused = if self.resource == Resource::DaemonSets { nodes_not_ready } else { 0 };
            if troubled.trouble.lacking > i64::from(excused) || troubled.trouble.lacking == 0 {
                let (trouble, since) = (troubled.trouble.clone(), troubled.since);
                due.push(Due { object: object.clone(), trouble, since });
            }
        }
        due
    }

    /// When [`Tracker::due`] is to be asked next.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        let untold = self.troubled.values().filter(|troubled| !troubled.told);
        untold.map(|troubled| troubled.due_at(self.unavailable_for)).min()
    }

    /// Notes that it was told; what was not is due again a little later.
    pub(crate) fn note_told(&mut self, object: &ObjectKey, since: Timestamp) {
        self.written.insert(object.clone(), since);
        if let Some(troubled) = self.troubled.get_mut(object) {
            troubled.told = true;
        }
    }

    /// How many objects are in trouble.
    pub(crate) fn troubled(&self) -> u32 {
        u32::try_from(self.troubled.len()).unwrap_or(u32::MAX)
    }
}

impl Troubled {
    fn update(&mut self, trouble: Trouble, now: Timestamp) {
        // It ended and began again while nobody looked.
        self.told &= trouble.began.is_none_or(|began| began <= self.since);
        if !self.told {
            let moved = trouble.progress != self.trouble.progress;
            self.since = trouble.began.unwrap_or(if moved { now } else { self.since });
        }
        self.trouble = trouble;
    }

    fn due_at(&self, unavailable_for: Duration) -> Timestamp {
        let wait = if self.trouble.is_final { Duration::ZERO } else { unavailable_for };
        self.since.saturating_add(wait).unwrap_or(Timestamp::MAX).max(self.not_before)
    }
}

/// By what an object is known.
pub(crate) fn key(object: &Object) -> ObjectKey {
    ObjectKey { namespace: object.metadata.namespace.clone(), name: object.metadata.name.clone() }
}
