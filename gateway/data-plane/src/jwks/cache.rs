//! Tokens that were found good, so that their signature is checked once.

use agw_core::caller::Caller;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

const SHARDS: usize = 64;
/// 32,768 tokens in all: more callers than that at one time cost some of them another check.
const SHARD_TOKENS_MAX: usize = 512;

/// Callers by the SHA-256 of their token. Sharded, so that workers do not wait for each other.
#[derive(Debug)]
pub(super) struct TokenCache {
    shards: Box<[Mutex<Generations>]>,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

type Tokens = HashMap<[u8; 32], Good, BuildHasherDefault<FirstBytes>>;

/// Two halves by age: when the younger is full, the older is forgotten. What is used moves to the younger one.
#[derive(Debug, Default)]
struct Generations {
    young: Tokens,
    old: Tokens,
}

#[derive(Debug)]
struct Good {
    caller: Arc<Caller>,
    /// Seconds since 1970.
    valid_until_s: u64,
}

impl TokenCache {
    /// Whose token it is, if it was found good and has not expired since.
    pub(super) fn get(&self, sha256: &[u8; 32], now_s: u64) -> Option<Arc<Caller>> {
        let mut shard = self.shard(sha256).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(good) = shard.young.get(sha256) {
            if now_s < good.valid_until_s {
                return Some(Arc::clone(&good.caller));
            }
            shard.young.remove(sha256);
            return None;
        }
        let good = shard.old.remove(sha256).filter(|good| now_s < good.valid_until_s)?;
        let caller = Arc::clone(&good.caller);
        shard.put(*sha256, good);
        Some(caller)
    }

    pub(super) fn insert(&self, sha256: [u8; 32], caller: Arc<Caller>, valid_until_s: u64) {
        let mut shard = self.shard(&sha256).lock().unwrap_or_else(PoisonError::into_inner);
        shard.put(sha256, Good { caller, valid_until_s });
    }

    fn shard(&self, sha256: &[u8; 32]) -> &Mutex<Generations> {
        // Not a byte that the maps go by.
        &self.shards[usize::from(sha256[31]) % SHARDS]
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let len = |shard: &Mutex<Generations>| {
            let shard = shard.lock().unwrap();
            shard.young.len() + shard.old.len()
        };
        self.shards.iter().map(len).sum()
    }
}

impl Generations {
    fn put(&mut self, sha256: [u8; 32], good: Good) {
        if self.young.len() >= SHARD_TOKENS_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(sha256, good);
    }
}

/// A SHA-256 is as good as any hash of it.
#[derive(Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length of the array, which is always the same.
    fn write_usize(&mut self, _: usize) {}
}
