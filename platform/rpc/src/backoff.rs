//! How long to wait for the next try.

use std::time::Duration;

#[cfg(test)]
mod tests;

/// After the `attempt`th failed try (from 1): `first`, doubled each time up to `max`, and of that a part between half and all, so
/// that those who failed together do not come back together.
#[must_use]
pub fn delay(attempt: u32, first: Duration, max: Duration, random: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let whole = first.saturating_mul(1 << doublings).min(max);
    let half = whole / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// Bits that nobody can foresee; a dependency for this alone would be too much.
#[must_use]
pub fn random() -> u32 {
    let bytes = uuid::Uuid::new_v4().into_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
