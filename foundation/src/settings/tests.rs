use super::{HumanDuration, Problem, load};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Outer {
    port: u16,
    name: String,
    inner: Inner,
    list: Vec<Inner>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Inner {
    timeout_ms: u64,
}

#[test]
fn an_empty_file_means_all_defaults() {
    assert_eq!(load::<Outer>("").unwrap().port, 0);
    assert_eq!(load::<Outer>("# only a comment\n").unwrap().port, 0);
}

#[test]
fn every_problem_is_listed_with_its_path() {
    let problems = load::<Outer>(
        "port: eighty\nname: x\ninner: {timeout_ms: -1, tiemout: 3}\nlist: [{timeout_ms: 1}, {timeout_ms: soon}]\nextra: 1\n",
    )
    .unwrap_err();
    let mut paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["extra", "inner.tiemout", "inner.timeout_ms", "list[1].timeout_ms", "port"]);
}

#[test]
fn broken_yaml_is_one_problem_without_a_path() {
    let problems = load::<Outer>("port: [1, 2").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].path, "");
    assert!(problems[0].message.starts_with("not valid YAML"), "{}", problems[0].message);
}

#[test]
fn a_problem_reads_as_path_and_message() {
    assert_eq!(Problem::new("a.b", "is odd").to_string(), "a.b: is odd");
}

#[test]
fn spans_of_time_read_as_people_write_them() {
    let read = |text: &str| serde_json::from_value::<HumanDuration>(text.into());
    assert_eq!(read("5m").unwrap(), HumanDuration::from_secs(300));
    assert_eq!(read("250ms").unwrap().0.as_millis(), 250);
    assert_eq!(read("1h 30m").unwrap().to_string(), "1h 30m");
    for bad in ["", "5", "soon", "-5s"] {
        assert!(read(bad).unwrap_err().to_string().contains("is not a span of time"), "{bad}");
    }
}
