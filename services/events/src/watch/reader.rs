//! What a watch makes of what it is told: events that count, notes, and how far it has come. Pure: times come in, nothing is asked.

use super::{
    condition::{self, ObjectKey},
    event,
    objects::{Event, Object},
    protocol::{Change, WatchError, is_later, resource_version},
    scope::{Resource, Scope},
    settings::Rules,
    store::{Batch, Fate, Sighting},
    tracker::{Tracker, key},
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The mind of one watch.
pub(crate) struct Reader {
    scope: Scope,
    rules: Rules,
    cursor: Option<String>,
    needs_list: bool,
    /// For kinds whose state is looked at.
    tracker: Option<Tracker>,
    batch: Batch,
}

/// A list while it is read.
pub(crate) struct Listing {
    since: Since,
    listed: BTreeSet<ObjectKey>,
    version: String,
}

/// What of a list is news.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Since {
    /// What is young: this cluster was never looked at before, or is another one now.
    Recently,
    /// What came after this version.
    Version(String),
}

impl Reader {
    /// Goes on from what was written down.
    pub(crate) fn new(
        scope: &Scope,
        rules: &Rules,
        cursor: Option<String>,
        told: BTreeMap<ObjectKey, Timestamp>,
    ) -> Self {
        let looks_at_state = scope.resource != Resource::Events;
        Self {
            scope: scope.clone(),
            rules: rules.clone(),
            // A state is looked at anew after each start; what happened to events meanwhile, the cluster remembers.
            needs_list: looks_at_state || cursor.is_none(),
            tracker: looks_at_state.then(|| Tracker::new(scope.resource, rules, told)),
            cursor,
            batch: Batch::default(),
        }
    }

    /// From where to watch; nothing while a list is needed.
    pub(crate) fn position(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|_| !self.needs_list)
    }

    /// Whether the cluster's history, which has come to `newest`, ends before what we saw of it: it is another cluster, or was restored.
    pub(crate) fn is_ahead_of(&self, newest: &str) -> bool {
        self.cursor.as_ref().is_some_and(|cursor| is_later(cursor, newest) == Some(true))
    }

    /// Notes how a connection ended: after some errors only a list tells what there is.
    pub(crate) fn note_failure(&mut self, error: &WatchError) {
        let is_unsure = matches!(error, WatchError::Gone | WatchError::Unreadable(_));
        self.needs_list |= is_unsure || self.tracker.is_some();
    }

    /// Begins to read a list, which is as of `version`.
    pub(crate) fn begin_list(&self, version: String) -> Listing {
        let since = match &self.cursor {
            Some(cursor) if self.tracker.is_some() || !self.is_ahead_of(&version) => {
                Since::Version(cursor.clone())
            }
            _ => Since::Recently,
        };
        Listing { since, listed: BTreeSet::new(), version }
    }

    /// Reads an object of a list.
    pub(crate) fn listed(
        &mut self,
        listing: &mut Listing,
        object: Value,
        now: Timestamp,
    ) -> Result<(), WatchError> {
        let Some(tracker) = &mut self.tracker else {
            let is_new = match &listing.since {
                Since::Recently => None,
                Since::Version(seen) => resource_version(&object).and_then(|version| is_later(version, seen)),
            };
            return match is_new {
                Some(false) => Ok(()),
                Some(true) => self.take_event(object, now, |_| true),
                None => {
                    let oldest = now - self.rules.max_age;
                    self.take_event(object, now, |event| event.last_seen().is_none_or(|seen| seen >= oldest))
                }
            };
        };
        let object = read::<Object>(object)?;
        if !self.rules.is_in_scope(&object.metadata.namespace) {
            return Ok(());
        }
        listing.listed.insert(key(&object));
        let note = match listing.since {
            Since::Recently => tracker.see_first(&object, now),
            Since::Version(_) => tracker.see(&object, now),
        };
        self.batch.notes.extend(note);
        Ok(())
    }

    /// Ends a list that was read to its end.
    pub(crate) fn end_list(&mut self, listing: Listing) {
        if let Some(tracker) = &mut self.tracker {
            self.batch.notes.extend(tracker.retain(&listing.listed));
        }
        self.cursor = Some(listing.version.clone());
        self.batch.cursor = Some(listing.version);
        self.needs_list = false;
    }

    /// Reads a change. One that cannot be read moves nothing.
    pub(crate) fn changed(&mut self, change: Change, now: Timestamp) -> Result<(), WatchError> {
        let version = match &change {
            Change::Bookmark(version) => Some(version.as_str()),
            Change::Seen(object) | Change::Gone(object) => resource_version(object),
        };
        let without = || WatchError::Unreadable("an object without a version".to_owned());
        let version = version.filter(|version| !version.is_empty()).ok_or_else(without)?.to_owned();
        let is_bookmark = matches!(change, Change::Bookmark(_));
        match (change, &mut self.tracker) {
            (Change::Bookmark(_), _) | (Change::Gone(_), None) => {}
            (Change::Seen(object), None) => self.take_event(object, now, |_| true)?,
            (Change::Seen(object), Some(tracker)) => {
                let object = read::<Object>(object)?;
                if self.rules.is_in_scope(&object.metadata.namespace) {
                    self.batch.notes.extend(tracker.see(&object, now));
                }
            }
            (Change::Gone(object), Some(tracker)) => {
                self.batch.notes.extend(tracker.forget(&key(&read::<Object>(object)?)));
            }
        }
        // The cursor of a state is not worth a write: it only marks that the first list was read.
        if self.tracker.is_none() {
            self.batch.is_bookmark |= is_bookmark;
            self.batch.cursor = Some(version.clone());
        }
        self.cursor = Some(version);
        Ok(())
    }

    fn take_event(
        &mut self,
        object: Value,
        now: Timestamp,
        counts: impl FnOnce(&Event) -> bool,
    ) -> Result<(), WatchError> {
        let event = read::<Event>(object)?;
        if counts(&event)
            && let Some(event) = event::standardise(&self.scope.cluster, &event, &self.rules, now)
        {
            self.batch.sightings.push(Sighting { event, state_of: None });
        }
        Ok(())
    }

    /// Takes in what time alone made count.
    pub(crate) fn pass_time(&mut self, now: Timestamp, nodes_not_ready: u32) {
        let Some(tracker) = &mut self.tracker else { return };
        for due in tracker.due(now, nodes_not_ready) {
            // A trouble that is not among the reasons is followed, so that its end is seen, and not told.
            if self.rules.reasons.contains(due.trouble.reason) {
                let Scope { cluster, resource, .. } = &self.scope;
                let event = condition::standardise(cluster, *resource, &due.object, &due.trouble, due.since);
                self.batch.sightings.push(Sighting { event, state_of: Some((due.object, due.since)) });
            }
        }
    }

    /// When time alone may make something count.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        self.tracker.as_ref().and_then(Tracker::due_at)
    }

    /// What is to be written.
    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Notes that the batch was written, and what was done with its sightings.
    pub(crate) fn written(&mut self, fates: &[Fate]) {
        let batch = std::mem::take(&mut self.batch);
        let Some(tracker) = &mut self.tracker else { return };
        for (sighting, fate) in batch.sightings.into_iter().zip(fates) {
            if let (Fate::Taken(_), Some((object, since))) = (fate, sighting.state_of) {
                tracker.note_told(&object, since);
            }
        }
    }

    /// How many objects are in trouble.
    pub(crate) fn troubled(&self) -> u32 {
        self.tracker.as_ref().map_or(0, Tracker::troubled)
    }
}

fn read<T: serde::de::DeserializeOwned>(object: Value) -> Result<T, WatchError> {
    serde_json::from_value(object)
        .map_err(|error| WatchError::Unreadable(format!("an object that cannot be read: {error}")))
}
