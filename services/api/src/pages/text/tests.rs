use super::{age, clean, cut, duration, short};
use jiff::{SignedDuration, Timestamp};

#[test]
fn an_age_is_told_in_the_unit_that_fits() {
    let then = Timestamp::UNIX_EPOCH;
    let after = |seconds| age(then, then + SignedDuration::from_secs(seconds));
    assert_eq!([after(0), after(59), after(60), after(3599)], ["0 s", "59 s", "1 min", "59 min"]);
    assert_eq!([after(3600), after(172_799), after(172_800)], ["1 h", "47 h", "2 d"]);
    assert_eq!(age(then + SignedDuration::from_secs(5), then), "0 s", "clocks differ a little");
}

#[test]
fn text_of_others_is_made_fit() {
    assert_eq!(clean("a\r\nb\u{1b}[0m\u{202e}\tc"), "a\nb\u{fffd}[0m\u{fffd}\tc");
    assert_eq!([cut("ééé", 3), cut("éééé", 3)], ["ééé", "éé…"]);
    assert_eq!([duration(999), duration(1_250), duration(61_000)], ["999 ms", "1.2 s", "1 min 1 s"]);
    assert_eq!(short(&"ab".repeat(32)).len(), 12);
}
