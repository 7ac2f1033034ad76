//! Counters by one of a few fixed words.

use super::{registry::OTHER, sharded::Count};
use std::sync::OnceLock;

const WORDS_MAX: usize = 64;

/// A counter for each word, in the order in which they first came. Words are the program's own, so there are few.
#[derive(Debug)]
pub(crate) struct Words {
    slots: [(OnceLock<&'static str>, Count); WORDS_MAX],
    other: Count,
}

impl Default for Words {
    fn default() -> Self {
        Self { slots: std::array::from_fn(|_| (OnceLock::new(), Count::default())), other: Count::default() }
    }
}

impl Words {
    pub(crate) fn add(&self, word: &'static str) {
        let slot = self.slots.iter().find(|(name, _)| *name.get_or_init(|| word) == word);
        slot.map_or(&self.other, |(_, count)| count).add(1);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let known = self.slots.iter().filter_map(|(word, count)| Some((*word.get()?, count.get())));
        known.chain([(OTHER, self.other.get())]).filter(|&(_, count)| count > 0)
    }
}
