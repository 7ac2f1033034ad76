//! Random numbers without the system: for ids, sampling and lots. Not for secrets.

use std::{
    cell::Cell,
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

thread_local! {
    static STATE: Cell<[u64; 4]> = Cell::new(seed());
}

/// 64 random bits: xoshiro256++ (Blackman and Vigna, 2019), one generator a thread.
pub(crate) fn bits() -> u64 {
    STATE.with(|cell| {
        let [mut a, mut b, mut c, mut d] = cell.get();
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        cell.set([a, b, c, d.rotate_left(45)]);
        result
    })
}

/// True in such a share (0–1) of all cases.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share needs no more than 53 bits"
)]
pub(crate) fn chance(share: f64) -> bool {
    share >= 1.0 || ((bits() >> 11) as f64) < share * (1_u64 << 53) as f64
}

/// From the keys of the standard library's hash maps, which the system made.
fn seed() -> [u64; 4] {
    let state = RandomState::new();
    [1, 2, 3, 4].map(|number: u64| {
        let mut hasher = state.build_hasher();
        hasher.write_u64(number);
        // All zero is the one state that never leaves itself.
        hasher.finish() | u64::from(number == 1)
    })
}
