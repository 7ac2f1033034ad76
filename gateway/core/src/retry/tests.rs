use super::*;
use proptest::prelude::*;

fn retry() -> Retry {
    Retry {
        attempts: 3,
        statuses: vec![503],
        attempt_timeout: None,
        backoff: Duration::from_millis(10),
        budget_percent: 20,
    }
}

#[test]
fn only_what_is_safe_to_repeat_is_repeated() {
    let attempt = Attempt { number: 1, sent: true, idempotent: true, body_kept: true };
    for (failed, expected) in [
        (attempt, true),
        (Attempt { number: 2, ..attempt }, true),
        (Attempt { number: 3, ..attempt }, false),
        (Attempt { idempotent: false, ..attempt }, false),
        (Attempt { body_kept: false, ..attempt }, false),
        (Attempt { idempotent: false, sent: false, ..attempt }, true),
    ] {
        assert_eq!(retry().allows(&failed), expected, "{failed:?}");
    }
}

#[test]
fn waits_double_and_spread() {
    let retry = retry();
    for (number, mean_ms) in [(1, 10), (2, 20), (3, 40)] {
        assert_eq!(retry.wait(number, 0), Duration::from_millis(mean_ms) / 2);
        let most = retry.wait(number, mean_ms * 1000);
        assert_eq!(most, Duration::from_millis(mean_ms) * 3 / 2);
    }
    assert!(retry.wait(100, u64::MAX) <= BACKOFF_MAX * 2);
    assert_eq!(Retry { backoff: Duration::ZERO, ..retry }.wait(5, 7), Duration::ZERO);
}

proptest! {
    #[test]
    fn repeats_stay_within_the_share(percent in 0_u8..=100, tries in prop::collection::vec(any::<bool>(), 0..400)) {
        let budget = RetryBudget::new(percent);
        let mut repeated = 0;
        for (requests, wants) in tries.iter().enumerate() {
            budget.request();
            if *wants && budget.take() {
                repeated += 1;
            }
            let share = (requests + 1) * usize::from(percent) / 100;
            prop_assert!(repeated <= share + 10);
        }
    }
}
