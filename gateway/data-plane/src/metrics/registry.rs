//! Series by name, as many as are allowed.

use super::series::Series;
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// Who comes late is counted here, and who is gone.
pub(crate) const OTHER: &str = "other";

/// Series by name. Those whose name is used no more are counted under [`OTHER`] once nobody holds them, so that sums never
/// go down.
#[derive(Debug)]
pub(crate) struct Registry<S> {
    entries: Mutex<BTreeMap<Arc<str>, Arc<S>>>,
    other: Arc<S>,
    series_max: usize,
}

impl<S: Series> Registry<S> {
    pub(crate) fn new(series_max: usize) -> Self {
        Self { entries: Mutex::default(), other: Arc::new(S::named(OTHER.into())), series_max }
    }

    /// The series of each name, in the same order. Beyond the limit it is that of [`OTHER`].
    pub(crate) fn series_of<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Arc<S>> {
        let names: Vec<&str> = names.collect();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let present: HashSet<&str> = names.iter().copied().collect();
        self.retire(&mut entries, |name| !present.contains(name));
        names.into_iter().map(|name| self.find_or_add(&mut entries, name)).collect()
    }

    /// The series of one name.
    pub(crate) fn one(&self, name: &str) -> Arc<S> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.series_max {
            self.retire(&mut entries, |other| other != name);
        }
        self.find_or_add(&mut entries, name)
    }

    /// All, and that of [`OTHER`] at the end.
    pub(crate) fn all(&self) -> Vec<Arc<S>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.retire(&mut entries, |_| true);
        entries.values().chain([&self.other]).map(Arc::clone).collect()
    }

    fn find_or_add(&self, entries: &mut BTreeMap<Arc<str>, Arc<S>>, name: &str) -> Arc<S> {
        if let Some(series) = entries.get(name) {
            return Arc::clone(series);
        }
        if name == OTHER || entries.len() >= self.series_max {
            return Arc::clone(&self.other);
        }
        let name: Arc<str> = name.into();
        let series = Arc::new(S::named(Arc::clone(&name)));
        entries.insert(name, Arc::clone(&series));
        series
    }

    /// Nobody but us holds what has gone with its configuration, so nothing more will be counted in it.
    fn retire(&self, entries: &mut BTreeMap<Arc<str>, Arc<S>>, may_go: impl Fn(&str) -> bool) {
        entries.retain(|name, series| {
            let gone = Arc::strong_count(series) == 1 && may_go(name);
            if gone {
                self.other.absorb(series);
            }
            !gone
        });
    }
}
