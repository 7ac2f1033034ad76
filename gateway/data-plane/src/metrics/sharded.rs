//! Counters that threads do not take from each other.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

/// More threads than this share.
const SHARDS_MAX: usize = 64;

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// How many shards a machine wants: one for each thread that serves requests.
pub(crate) fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).next_power_of_two().clamp(2, SHARDS_MAX)
}

/// A small number of the calling thread's own.
pub(crate) fn thread_number() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    THREAD.with(|number| {
        if number.get() == usize::MAX {
            number.set(THREADS.fetch_add(1, Relaxed));
        }
        number.get()
    })
}

/// A `T` for each shard, made when a thread first writes to it, so that what is not used costs next to nothing.
#[derive(Debug)]
pub(crate) struct Sharded<T> {
    shards: Box<[OnceLock<Box<T>>]>,
}

impl<T: Default> Sharded<T> {
    pub(crate) fn new() -> Self {
        Self { shards: (0..shards()).map(|_| OnceLock::new()).collect() }
    }

    /// The calling thread's.
    pub(crate) fn mine(&self) -> &T {
        // The length is a power of two.
        let index = thread_number() & (self.shards.len() - 1);
        self.shards[index].get_or_init(Box::default)
    }

    /// All that were written to.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.shards.iter().filter_map(OnceLock::get).map(AsRef::as_ref)
    }

    /// The sum over all shards. Wraps, so that what one thread adds another may take away.
    pub(crate) fn sum(&self, counter: impl Fn(&T) -> &Count) -> u64 {
        self.iter().fold(0, |sum, shard| sum.wrapping_add(counter(shard).get()))
    }
}

/// A number that many may change.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    pub(crate) fn take(&self, less: u64) {
        self.0.fetch_sub(less, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A sharded number on lines of their own.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Lone(pub(crate) Count);
