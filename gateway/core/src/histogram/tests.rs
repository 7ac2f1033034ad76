use super::*;
use proptest::prelude::*;

#[test]
fn a_bound_belongs_to_its_own_bucket() {
    assert_eq!(bucket(0), 0);
    assert_eq!(bucket(250), 0);
    assert_eq!(bucket(251), 1);
    assert_eq!(bucket(60_000_000), BUCKETS - 2);
    assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    assert!(BOUNDS_US.is_sorted_by(|a, b| a < b));
}

#[test]
fn nothing_counted_has_no_quantile() {
    assert_eq!(quantile(&[0; BUCKETS], 0.99), None);
}

proptest! {
    /// Against the sorted list of all durations.
    #[test]
    fn a_quantile_lies_in_the_bucket_of_the_true_one(mut durations in prop::collection::vec(0_u64..70_000_000, 1..300), q in 0.01_f64..1.0) {
        let mut counts = [0; BUCKETS];
        for &duration in &durations {
            counts[bucket(duration)] += 1;
        }
        durations.sort_unstable();
        #[allow(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation)]
        let rank = (durations.len() as f64 * q).ceil() as usize;
        let exact = durations[rank.max(1) - 1];
        let estimated = quantile(&counts, q).unwrap();
        let index = bucket(exact);
        let from = if index == 0 { 0 } else { BOUNDS_US[index - 1] };
        let to = BOUNDS_US.get(index).copied().unwrap_or(from);
        #[allow(clippy::cast_precision_loss)]
        let fits = (from as f64..=to as f64).contains(&estimated);
        prop_assert!(fits, "{exact} {estimated}");
    }
}
