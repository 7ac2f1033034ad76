use std::path::{Path, PathBuf};

use super::{CaseError, Expectation, Format, NewCase, RecordedOutput, detect, expectation, load, write};
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
                exit_code: 1\n  error: gone\nexpect: {root_cause: a, object: deployment/web, taxonomy: b}\n";
    let dir = case(&[("case.yaml", text), ("outputs/001.txt", "none\n")]);
    let recorded = load(dir.path(), Format::Own).unwrap();
    assert_eq!((recorded.namespace.as_str(), recorded.description.as_str()), ("shop", "a try"));
    assert_eq!(recorded.catalog(), [argv("kubectl get pods")]);
    let output = recorded.get(&argv("kubectl get pods")).unwrap();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.exit_code), ("none\n", "gone", 1));
    assert_eq!(recorded.get(&argv("kubectl get pod")), None);
    let expected =
        Expectation { root_cause: "a".into(), object: "deployment/web".into(), taxonomy: "b".into() };
    assert_eq!(expectation(dir.path(), Format::Own).unwrap(), Some(expected));
    assert_eq!(detect(dir.path()).unwrap(), Format::Own);
}

#[test]
fn an_answer_is_whole_or_none() {
    for (answer, is_good) in [
        ("{root_cause: none}", true),
        ("{root_cause: none, object: pod/a}", false),
        ("{root_cause: oom_killed}", false),
        ("{root_cause: '', object: pod/a, taxonomy: runtime}", false),
        ("{root_cause: oom_killed, object: pod/a, taxonomy: runtime}", true),
    ] {
        let dir = case(&[("case.yaml", &format!("namespace: shop\ncommands: []\nexpect: {answer}\n"))]);
        assert_eq!(expectation(dir.path(), Format::Own).is_ok(), is_good, "{answer}");
        assert!(load(dir.path(), Format::Own).is_ok(), "the answer must not matter to a diagnosis");
    }
}

#[test]
fn what_was_written_is_read_again() {
    let outputs =
        [("kubectl get pods -A -o json", "{\n}\n", "", 0), ("kubectl get events", "", "not allowed", 1)];
    let outputs = outputs.map(|(line, stdout, stderr, exit_code)| {
        (argv(line), RecordedOutput { stdout: stdout.into(), stderr: stderr.into(), exit_code })
    });
    let expect = Expectation { root_cause: "a".into(), object: "pod/b".into(), taxonomy: "c".into() };
    let new = NewCase {
        namespace: String::new(),
        description: "what: happened #1".into(),
        outputs: outputs.to_vec(),
        expect: Some(expect.clone()),
    };
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("new/case");
    write(&dir, &new).unwrap();
    assert!(std::fs::read_to_string(dir.join("case.yaml")).unwrap().contains("argv: [kubectl, get, events]"));
    let recorded = load(&dir, Format::Own).unwrap();
    assert_eq!((recorded.namespace.as_str(), recorded.description.as_str()), ("", "what: happened #1"));
    for (argv, output) in &new.outputs {
        assert_eq!(recorded.get(argv), Some(output));
    }
    assert_eq!(expectation(&dir, Format::Own).unwrap(), Some(expect));
    let again = write(&dir, &new).unwrap_err();
    assert!(matches!(again, CaseError::Write { .. }), "{again}");
}

#[test]
fn a_dump_is_read_as_the_commands_that_would_have_given_it() {
    let logs = "==== START logs for container main of pod shop/web-1 ====\nhello\nbye==== END logs for container main of pod shop/web-1 ====\n\
                ==== START logs for container side of pod shop/web-1 ====\nRequest log error: it waits\n==== END logs for container side of pod shop/web-1 ====\n";
    let dir = case(&[
        ("nodes.json", "{\"items\": []}\n"),
        ("shop/pods.json", "{\"kind\": \"PodList\"}\n"),
        ("shop/replication-controllers.json", "{}"),
        ("shop/web-1/logs.txt", logs),
        ("bar/events.yaml", "kind: EventList\nitems:\n- reason: Failed\n"),
        ("Not a Namespace/pods.json", "{}"),
        ("notes.txt", "mine"),
    ]);
    assert_eq!(detect(dir.path()).unwrap(), Format::Dump);
    let recorded = load(dir.path(), Format::Dump).unwrap();
    let expected = [
        "kubectl get events -n bar -o json",
        "kubectl get nodes -o json",
        "kubectl get pods -n shop -o json",
        "kubectl get replicationcontrollers -n shop -o json",
        "kubectl logs web-1 -n shop -c main",
        "kubectl logs web-1 -n shop -c side",
    ];
    assert_eq!(recorded.catalog(), expected.map(argv));
    assert_eq!(recorded.get(&argv(expected[2])).unwrap().stdout, "{\"kind\": \"PodList\"}\n");
    assert!(recorded.get(&argv(expected[0])).unwrap().stdout.contains("      \"reason\": \"Failed\"\n"));
    assert_eq!(recorded.get(&argv(expected[4])).unwrap().stdout, "hello\nbye");
    let side = recorded.get(&argv(expected[5])).unwrap();
    assert_eq!((side.stderr.as_str(), side.exit_code), ("it waits\n", 1));
    assert_eq!(recorded.namespaces().into_iter().collect::<Vec<_>>(), ["bar", "shop"]);
    assert_eq!(recorded.namespace, "");
    assert_eq!(expectation(dir.path(), Format::Dump).unwrap(), None);
    let policy = Policy::viewer("default", Scope::Cluster);
    assert!(recorded.catalog().iter().all(|argv| judge(&policy, &argv[0], &argv[1..]).is_ok()));
}

#[test]
fn of_a_long_log_the_end_is_kept() {
    let mut logs = String::from("==== START logs for container main of pod shop/web-1 ====\n");
    logs.push_str(&"a line of a long log\n".repeat(20_000));
    logs.push_str("the end\n==== END logs for container main of pod shop/web-1 ====\n");
    let dir = case(&[("shop/pods.json", "{}"), ("shop/web-1/logs.txt", &logs)]);
    let recorded = load(dir.path(), Format::Dump).unwrap();
    let log = &recorded.get(&argv("kubectl logs web-1 -n shop -c main")).unwrap().stdout;
    assert!(log.starts_with("a line") && log.ends_with("the end\n") && log.len() < 300_000);
}

#[test]
fn a_directory_that_is_no_case_is_told_what_is_one() {
    let dir = case(&[("readme.txt", ""), ("sub/other.json", "{}")]);
    for error in [detect(dir.path()).unwrap_err(), load(dir.path(), Format::Dump).unwrap_err()] {
        let told = error.to_string();
        assert!(
            told.contains("case.yaml") && told.contains("metadata.json") && told.contains("dump"),
            "{told}"
        );
    }
    assert!(matches!(detect(&dir.path().join("nowhere")), Err(CaseError::Read { .. })));
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
    assert!(matches!(load(empty.path(), Format::Own), Err(CaseError::Read { .. })));
}

#[test]
fn the_benchmarks_format_is_read_without_its_answer() {
    let dir = case(&[
        (
            "metadata.json",
            r#"{"namespace": "shop", "query": "why", "result": {"root_cause": "answer", "fault_object": "app/x", "fault_taxonomy": "T"}, "process": {}}"#,
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
    let expected = expectation(dir.path(), Format::CloudOpsBench).unwrap().unwrap();
    assert_eq!((expected.root_cause.as_str(), expected.object.as_str()), ("answer", "app/x"));
    assert_eq!(detect(dir.path()).unwrap(), Format::CloudOpsBench);
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
        assert!(expectation(&dir, Format::Own).unwrap().is_some(), "{dir:?}");
        let policy = Policy::viewer("recorded", Scope::Namespace(recorded.namespace.clone()));
        for argv in recorded.catalog() {
            let verdict = judge(&policy, &argv[0], &argv[1..]);
            assert!(verdict.is_ok(), "{dir:?} {argv:?}: {}", verdict.unwrap_err());
        }
    }
}
