use super::*;

const SETTINGS: Outliers =
    Outliers { consecutive_failures: 5, ejection: Duration::from_secs(30), max_ejected_percent: 50 };

#[test]
fn each_further_ejection_is_longer_until_the_endpoint_behaves() {
    let s = Duration::from_secs;
    let first = Ejection::next(&SETTINGS, None, s(100));
    assert_eq!(first.until, s(130));
    let second = Ejection::next(&SETTINGS, Some(first), s(131));
    assert_eq!(second.until, s(131 + 60));
    assert_eq!(Ejection::next(&SETTINGS, Some(second), s(200)).until, s(200 + 90));
    assert_eq!(
        Ejection::next(&SETTINGS, Some(second), s(191 + 60)).until,
        s(191 + 60 + 30),
        "it has behaved"
    );
    let mut last = first;
    for _ in 0..50 {
        last = Ejection::next(&SETTINGS, Some(last), last.until);
    }
    assert_eq!(last.until - last.since, s(300), "the growth is bounded");
}

#[test]
fn a_share_may_be_left_out_and_one_of_several_always() {
    let of = |endpoints, ejected, percent| {
        may_eject(&Outliers { max_ejected_percent: percent, ..SETTINGS }, endpoints, ejected)
    };
    assert!(!of(1, 0, 100), "the only one stays");
    assert!(of(2, 0, 10) && !of(2, 1, 50), "one of two");
    assert!(of(10, 4, 50) && !of(10, 5, 50));
    assert!(of(3, 2, 100) && !of(3, 3, 100));
}
