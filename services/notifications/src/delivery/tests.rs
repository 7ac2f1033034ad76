use super::outcome;
use crate::{Settings, attempt::Refusal, store::Outcome};
use jiff::Timestamp;
use std::time::Duration;

fn refused(retry_after_s: Option<u64>) -> Result<(), Refusal> {
    Err(Refusal { reason: "no".into(), retry_after: retry_after_s.map(Duration::from_secs) })
}

/// Seconds until the next try after the `attempts`th.
fn wait(retry_after_s: Option<u64>, attempts: u32) -> i64 {
    let config = Settings::default().validate().unwrap();
    let outcome = outcome(refused(retry_after_s), attempts, &config, u32::MAX, Timestamp::UNIX_EPOCH);
    let Outcome::Again { at, .. } = outcome else { panic!("{outcome:?}") };
    at.as_second()
}

#[test]
fn a_try_is_followed_by_another_until_the_last() {
    let config = Settings::default().validate().unwrap();
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(outcome(Ok(()), 8, &config, 0, now), Outcome::Delivered);
    assert_eq!(outcome(refused(None), 8, &config, 0, now), Outcome::GivenUp { error: "no".into() });
    assert_eq!((wait(None, 1), wait(None, 7)), (1, 64));
}

#[test]
fn the_receiver_may_ask_for_more_time_but_not_for_any_time() {
    assert_eq!(wait(Some(30), 1), 30);
    assert_eq!(wait(Some(1), 7), 64);
    assert_eq!(wait(Some(u64::MAX), 1), 300);
}
