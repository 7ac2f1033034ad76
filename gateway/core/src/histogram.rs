//! Durations in buckets, fine enough to tell a slow hundredth.

#[cfg(test)]
mod tests;

/// The inner bounds of the buckets, in microseconds. A duration belongs to the first bucket whose bound is not below it. Neighbours
/// differ by a third at most, so a quantile is known to within that.
pub const BOUNDS_US: [u64; 52] = [
    250, 300, 400, 500, 600, 750, 1_000, 1_250, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 7_500,
    10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000, 75_000, 100_000, 125_000,
    150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 600_000, 750_000, 1_000_000, 1_250_000, 1_500_000,
    2_000_000, 2_500_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000, 7_500_000, 10_000_000, 15_000_000,
    20_000_000, 30_000_000, 45_000_000, 60_000_000,
];

/// As many buckets as bounds, and one for what is slower.
pub const BUCKETS: usize = BOUNDS_US.len() + 1;

/// The bucket of a duration.
#[must_use]
pub fn bucket(microseconds: u64) -> usize {
    BOUNDS_US.partition_point(|&bound| bound < microseconds)
}

/// The duration, in microseconds, that a share `q` (0–1) of the counted ones does not exceed, taking them as evenly spread within
/// their bucket. What is slower than the last bound counts as that bound. `None` if nothing was counted.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
pub fn quantile(counts: &[u64], q: f64) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    let rank = total as f64 * q;
    let mut below = 0;
    for (index, &count) in counts.iter().enumerate() {
        if count > 0 && (below + count) as f64 >= rank {
            let from = if index == 0 { 0 } else { BOUNDS_US[index - 1] };
            let to = BOUNDS_US.get(index).copied().unwrap_or(from);
            let part = (rank - below as f64) / count as f64;
            return Some(from as f64 + (to - from) as f64 * part);
        }
        below += count;
    }
    None
}
