use super::{Bar, Row, merge, table};
use serde_json::{Value, json};

#[test]
fn a_row_says_whether_its_bar_holds() {
    for (value, bar, holds) in [
        (1000.0, Bar::AtLeast(1000.0), true),
        (999.9, Bar::AtLeast(1000.0), false),
        (50.0, Bar::AtMost(50.0), true),
        (50.001, Bar::AtMost(50.0), false),
        (0.0, Bar::Exactly(0.0), true),
        (1.0, Bar::Exactly(0.0), false),
        (1e9, Bar::Told, true),
    ] {
        assert_eq!(Row::new("x", value, "ms", bar).holds(), holds, "{value} {bar:?}");
    }
}

#[test]
fn rows_are_written_as_promised() {
    let row = Row::new("p99", 12.345_678, "ms", Bar::AtMost(50.0));
    let expected = json!({ "name": "p99", "value": 12.346, "unit": "ms", "bar": "<= 50", "holds": true });
    assert_eq!(serde_json::to_value(row).unwrap(), expected);
    let told = Row::count("alerts", 30_000, "alerts", Bar::Told);
    let expected = json!({ "name": "alerts", "value": 30_000, "unit": "alerts", "bar": null, "holds": true });
    assert_eq!(serde_json::to_value(told).unwrap(), expected);
}

#[test]
fn rows_of_other_measurements_stay() {
    let first = merge("[]", "events: ", &[Row::count("events: a", 1, "x", Bar::Told)]).unwrap();
    let second = merge(&first, "crash: ", &[Row::count("crash: b", 2, "x", Bar::Told)]).unwrap();
    let third = merge(&second, "events: ", &[Row::count("events: c", 3, "x", Bar::Told)]).unwrap();
    let names: Vec<Value> = serde_json::from_str(&third).unwrap();
    let names: Vec<&str> = names.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["crash: b", "events: c"]);
    assert!(merge("{}", "x", &[]).is_err());
}

#[test]
fn the_table_is_aligned_and_names_what_is_broken() {
    let rows = [Row::new("a", 1.5, "ms", Bar::AtMost(1.0)), Row::count("longer", 20, "alerts", Bar::Told)];
    assert_eq!(table(&rows), "  a       1.5 ms      <= 1  BROKEN\n  longer   20 alerts\n");
}
