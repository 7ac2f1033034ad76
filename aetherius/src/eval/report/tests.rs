use super::testing::results;
use super::*;

#[test]
fn each_field_counts_by_itself_and_all_together() {
    let report = Report::of(results());
    let oom = report.classes["oom_killed"];
    assert_eq!(
        (oom.cases, oom.taxonomy.count, oom.object.count, oom.cause.count, oom.all.count),
        (3, 2, 2, 1, 1)
    );
    assert_eq!((report.total.cases, report.total.all.count), (5, 2));
    assert_eq!((report.false_alarms.count, report.false_alarms.of), (1, 2));
    assert_eq!((report.groundedness.count, report.groundedness.of), (11, 12));
    assert_eq!(report.renamed.map(|renamed| (renamed.count, renamed.of)), Some((1, 2)));
    assert_eq!(
        report.misses.iter().map(|miss| miss.case.as_str()).collect::<Vec<_>>(),
        ["a/2", "a/3", "b/2"]
    );
    assert_eq!(report.without_answer, ["c/1"]);
    assert_eq!(report.errors.len(), 1);
    assert!(report.confusion.contains(&Confusion {
        expected: "oom_killed".into(),
        answered: "none".into(),
        cases: 1
    }));
}

#[test]
fn labels_are_compared_without_case_and_with_hyphens_as_underscores() {
    assert!(same("Startup-Fault", "startup_fault") && same("app/Egg-Basket", "app/egg_basket"));
    assert!(!same("app/web", "app/web2"));
}

#[test]
fn the_middle_and_the_last_percent_are_by_nearest_rank() {
    assert_eq!(Spread::of(vec![]), Spread::default());
    assert_eq!(Spread::of(vec![2.0, 1.0]), Spread { median: 1.0, p99: 2.0 });
    let hundred = (1..=100).map(f64::from).collect();
    assert_eq!(Spread::of(hundred), Spread { median: 50.0, p99: 99.0 });
}

#[test]
fn the_documented_fields_are_there() {
    let json = serde_json::to_value(Report::of(results())).unwrap();
    for path in [
        "/total/all/share",
        "/classes/none/cases",
        "/false_alarms/count",
        "/groundedness/share",
        "/milliseconds/rules/median",
        "/milliseconds/case/p99",
        "/renamed/of",
        "/misses/0/expected/root_cause",
        "/confusion/0/answered",
        "/renaming_changes/0/text",
        "/without_answer/0",
        "/errors/0/case",
    ] {
        assert!(json.pointer(path).is_some(), "{path}");
    }
}
