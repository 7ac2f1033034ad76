use std::path::{Path, PathBuf};

use super::{Expectation, Format, LoadError, expectation, load};
use crate::gate::{Policy, Scope, judge};

fn case(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn argv(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn our_own_format_is_read() {
    let text = "namespace: shop\ndescription: a try\ncommands:\n- argv: [kubectl, get, pods]\n  output: outputs/001.txt\n  \
                exit_code: 1\nexpect: {root_cause: a, object: app/web, taxonomy: b}\n";
    let dir = case(&[("case.yaml", text), ("outputs/001.txt", "none\n")]);
    let recorded = load(dir.path(), Format::Own).unwrap();
    assert_eq!((recorded.namespace.as_str(), recorded.description.as_str()), ("shop", "a try"));
    assert_eq!(recorded.catalog(), [argv("kubectl get pods")]);
    let output = recorded.get(&argv("kubectl get pods")).unwrap();
    assert_eq!((output.stdout.as_str(), output.exit_code), ("none\n", 1));
    assert_eq!(recorded.get(&argv("kubectl get pod")), None);
    let expected = Expectation { root_cause: "a".into(), object: "app/web".into(), taxonomy: "b".into() };
    assert_eq!(expectation(dir.path()).unwrap(), Some(expected));
}

#[test]
fn a_bad_case_says_where_it_is_bad() {
    let output =
        |name: &str| format!("namespace: shop\ncommands:\n- {{argv: [kubectl, get], output: '{name}'}}\n");
    let cases = [
        (output("../outside.txt"), "commands[0].output: `../outside.txt` must be a path inside"),
        (output("/etc/hostname"), "commands[0].output: `/etc/hostname` must be a path inside"),
        (output("missing.txt"), "commands[0].output: there is no file `missing.txt`"),
        (output("link.txt"), "commands[0].output: `link.txt` leads out of"),
        ("namespace: ''\ncommands: []\n".to_owned(), "namespace: must not be empty"),
        ("namespace: shop\ncommands: []\ncolour: red\n".to_owned(), "colour"),
        (
            "namespace: a\ncommands:\n- {argv: [kubectl], output: a.txt}\n".to_owned(),
            "commands[0].argv: needs a tool and a verb",
        ),
        (
            "namespace: a\ncommands:\n- {argv: [kubectl, get], output: a.txt}\n- {argv: [kubectl, get], output: a.txt}\n"
                .to_owned(),
            "commands[1].argv: is recorded twice",
        ),
    ];
    for (text, message) in cases {
        let dir = case(&[("case.yaml", &text), ("a.txt", "")]);
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("link.txt")).unwrap();
        let error = load(dir.path(), Format::Own).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("case.yaml"), "{error}");
    }
    let empty = case(&[]);
    assert!(matches!(load(empty.path(), Format::Own), Err(LoadError::Read { .. })));
}

#[test]
fn the_benchmarks_format_is_read_without_its_answer() {
    let dir = case(&[
        (
            "metadata.json",
            r#"{"namespace": "shop", "query": "why", "result": {"root_cause": "answer"}, "process": {}}"#,
        ),
        (
            "k8s_states.json",
            r#"{"kubectl get pods -n shop": "none", "kubectl get events --sort-by='.a' | tail -n 5": "short", "kubectl get events --sort-by='.a' | tail -n 9": "longer"}"#,
        ),
        (
            "tools.json",
            r#"{"collection_timestamp": "x", "CheckNodeServiceStatus:{\"node_name\":\"n1\",\"port\":80}": "up", "GetAlerts:{}": {"a": 1}}"#,
        ),
    ]);
    let recorded = load(dir.path(), Format::CloudOpsBench).unwrap();
    assert_eq!(recorded.namespace, "shop");
    let expected = [
        "kubectl get events --sort-by=.a",
        "kubectl get pods -n shop",
        "probe CheckNodeServiceStatus node_name=n1 port=80",
        "probe GetAlerts",
    ];
    assert_eq!(recorded.catalog(), expected.map(argv));
    assert_eq!(recorded.get(&argv(expected[0])).unwrap().stdout, "longer");
    assert_eq!(recorded.get(&argv(expected[3])).unwrap().stdout, "{\n  \"a\": 1\n}");
    assert!(!format!("{recorded:?}").contains("answer"));
}

#[test]
fn a_bad_benchmark_file_is_named_with_its_field() {
    let dir = case(&[("metadata.json", "{\"namespace\": 3}"), ("k8s_states.json", "{}")]);
    let error = load(dir.path(), Format::CloudOpsBench).unwrap_err().to_string();
    assert!(error.contains("metadata.json: namespace: invalid type"), "{error}");
}

/// The cases that ship with the project load, and the gate lets every one of their commands through.
#[test]
fn the_shipped_cases_can_be_asked() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cases");
    let mut dirs: Vec<PathBuf> =
        std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.retain(|dir| dir.is_dir());
    assert!(dirs.len() >= 3, "{dirs:?}");
    for dir in dirs {
        let recorded = load(&dir, Format::Own).unwrap();
        assert!(expectation(&dir).unwrap().is_some(), "{dir:?}");
        let policy = Policy::viewer("recorded", Scope::Namespace(recorded.namespace.clone()));
        for argv in recorded.catalog() {
            let verdict = judge(&policy, &argv[0], &argv[1..]);
            assert!(verdict.is_ok(), "{dir:?} {argv:?}: {}", verdict.unwrap_err());
        }
    }
}
