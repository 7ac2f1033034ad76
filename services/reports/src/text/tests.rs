use super::{clean, count, cut, duration, one_line, short_hash, time};

#[test]
fn what_moves_the_cursor_or_turns_the_direction_is_replaced() {
    assert_eq!(
        clean("a\r\nb\rc\u{1b}[0m\u{7}\0\u{202e}\u{2028}\u{9b}"),
        "a\nb\u{fffd}c\u{fffd}[0m\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
    );
    assert_eq!(clean("tab\tand line\nstay, é ü 漢 too"), "tab\tand line\nstay, é ü 漢 too");
}

#[test]
fn one_line_is_one_and_not_longer_than_asked() {
    assert_eq!(one_line("  a\n\n b\tc ", 99), "a b c");
    assert_eq!(one_line("ééééé", 4), "ééé…");
    assert_eq!(cut("ééé", 3), "ééé");
    assert_eq!(cut("", 0), "");
}

#[test]
fn values_are_shown_with_their_units() {
    assert_eq!(
        [duration(0), duration(999), duration(1250), duration(61_999)],
        ["0 ms", "999 ms", "1.2 s", "1 min 1 s"]
    );
    assert_eq!(time("2026-01-02T03:04:05.678+02:00".parse().unwrap()), "2026-01-02 01:04:05 UTC");
    assert_eq!(short_hash(&"ab".repeat(32)), "abababababab");
    assert_eq!(
        [count(0, "output"), count(1, "output"), count(2, "output")],
        ["0 outputs", "1 output", "2 outputs"]
    );
}
