use super::*;

#[test]
fn ten_lines_a_minute_and_what_is_missing_is_told() {
    let gate = Gate::default();
    let start = Instant::now();
    let written = (0..1000).filter(|_| gate.at(start) == Some(0)).count();
    assert_eq!(written, 10);
    assert_eq!(gate.at(start + PERIOD), Some(990));
    assert_eq!(gate.at(start + PERIOD), Some(0));
}
