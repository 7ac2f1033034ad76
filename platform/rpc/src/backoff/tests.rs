use super::delay;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const MAX: Duration = Duration::from_secs(300);

#[test]
fn waiting_doubles_up_to_the_most() {
    let longest: Vec<u64> = (1..=11).map(|attempt| delay(attempt, FIRST, MAX, u32::MAX).as_secs()).collect();
    assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    for attempt in [0, 1, 31, 32, 33, 64, u32::MAX] {
        assert!(delay(attempt, FIRST, MAX, u32::MAX) <= MAX);
    }
}

#[test]
fn chance_takes_off_up_to_a_half() {
    assert_eq!(delay(3, FIRST, MAX, 0), Duration::from_secs(2));
    let middle = delay(3, FIRST, MAX, u32::MAX / 2);
    assert!(middle > Duration::from_millis(2990) && middle < Duration::from_millis(3010), "{middle:?}");
}
