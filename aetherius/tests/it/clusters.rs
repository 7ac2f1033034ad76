//! `diagnose` and `record` on a cluster, played by a kubectl that answers from a recorded case, and on a dump.

use crate::instance::{install, repository, run, run_with};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// A directory with a kubeconfig and a `kubectl`.
struct Cluster {
    dir: tempfile::TempDir,
}

/// Answers as the case `image-pull` does; a kind that it lacks has no objects. The context `silent` does not answer, and nobody may
/// read in the namespace `closed`.
const KUBECTL: &str = r#"#!/bin/sh
echo "$@" >> DIR/asked
case " $* " in
    *" --context=nope "*) echo "Error in configuration: context was not found for specified context: nope" >&2; exit 1 ;;
    *" --context=silent "*) echo "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout" >&2; exit 1 ;;
    *closed*) echo "Error from server (Forbidden): pods is forbidden: User \"reader\" cannot list resource \"pods\"" >&2; exit 1 ;;
esac
case " $* " in
    *" get nodes "*) cat CASE/003.json ;;
    *" -n empty "*) echo '{"items": []}' ;;
    *" get pods "*) cat CASE/001.json ;;
    *" get events "*) cat CASE/002.json ;;
    *" get deployments "*) cat CASE/004.json ;;
    *" get replicasets "*) cat CASE/005.json ;;
    *) echo '{"items": []}' ;;
esac
"#;

impl Cluster {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let case = outputs("image-pull");
        let script = KUBECTL
            .replace("DIR", &dir.path().display().to_string())
            .replace("CASE", &case.display().to_string());
        let kubectl = dir.path().join("kubectl");
        install(&kubectl, script.as_bytes());
        fs::write(dir.path().join("config"), "apiVersion: v1\nkind: Config\n").unwrap();
        Self { dir }
    }

    fn run(&self, args: &[&str]) -> Output {
        let (path, kubeconfig) = (self.path(""), self.path("config"));
        run_with(args, &[("PATH", &path), ("KUBECONFIG", &kubeconfig)])
    }

    fn stdout(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

fn outputs(case: &str) -> PathBuf {
    repository().join("examples/cases").join(case).join("outputs")
}

fn cause(json: &str) -> (String, String) {
    let answer: Value = serde_json::from_str(json).unwrap();
    let text = |field: &str| answer[field].as_str().unwrap_or("nothing").to_owned();
    (text("root_cause"), text("object"))
}

const IMAGE_PULL: (&str, &str) = ("incorrect_image_reference", "deployment/catalog");

#[test]
fn a_living_cluster_is_diagnosed_like_a_recording_of_it() {
    let cluster = Cluster::new();
    let answer = cluster.stdout(&["diagnose", "--context", "test", "-n", "bookshop", "--json"]);
    assert_eq!(cause(&answer), (IMAGE_PULL.0.to_owned(), IMAGE_PULL.1.to_owned()));
    let asked = fs::read_to_string(cluster.dir.path().join("asked")).unwrap();
    assert!(asked.lines().all(|line| line.contains("--context=test")), "{asked}");
    let first = cluster.stdout(&["diagnose", "-A"]);
    assert!(first.starts_with("incorrect_image_reference: deployment/catalog"), "{first}");
}

#[test]
fn a_cluster_that_shows_nothing_is_not_called_healthy() {
    let cluster = Cluster::new();
    for (args, told) in [
        (&["diagnose", "--context", "nope", "-A"][..], "the kubeconfig has no such context"),
        (&["diagnose", "--context", "silent", "-A"], "the cluster does not answer"),
        (&["diagnose", "-n", "closed"], "you may not read this"),
        (&["diagnose", "-n", "empty"], "there is nothing in the namespace `empty`"),
    ] {
        let output = cluster.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty());
    }
    fs::remove_file(cluster.path("kubectl")).unwrap();
    let output = cluster.run(&["diagnose", "-A"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("kubectl was not found in PATH: install it"));
}

#[test]
fn what_was_recorded_leads_to_the_same_answer_and_can_be_measured() {
    let cluster = Cluster::new();
    let out = cluster.path("cases/first");
    let told = cluster.stdout(&[
        "record",
        "-n",
        "bookshop",
        "--out",
        &out,
        "--description",
        "a release: gone wrong",
        "--expect",
        "incorrect_image_reference,deployment/catalog,startup",
    ]);
    assert!(told.contains("Today's answer: incorrect_image_reference,deployment/catalog,startup"), "{told}");
    assert!(!told.contains("the answer is another"), "{told}");
    let case = fs::read_to_string(Path::new(&out).join("case.yaml")).unwrap();
    assert!(case.contains("argv: [kubectl, get, pods, -n, bookshop, -o, json]"), "{case}");
    assert!(!case.contains("context") && !case.contains("request-timeout"), "{case}");
    let report: Value = serde_json::from_str(&cluster.stdout(&[
        "eval",
        "--cases",
        &cluster.path("cases"),
        "--json",
        "--renamed",
        "--min-all",
        "1",
    ]))
    .unwrap();
    assert_eq!((&report["total"]["all"]["count"], &report["renamed"]["count"]), (&1.into(), &1.into()));

    let again = cluster.run(&["record", "-n", "bookshop", "--out", &out]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("the directory is not empty"));
    let wrong =
        cluster.run(&["record", "-n", "bookshop", "--out", &cluster.path("other"), "--expect", "oom_killed"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("a fault has an object and a taxonomy too"));
}

/// A dump as `kubectl cluster-info dump` lays it out, in JSON or YAML.
fn dump(at: &Path, ending: &str) {
    let place = at.join("bookshop");
    fs::create_dir_all(place.join("catalog-1")).unwrap();
    for (number, to) in [
        ("001", "bookshop/pods"),
        ("002", "bookshop/events"),
        ("003", "nodes"),
        ("004", "bookshop/deployments"),
        ("005", "bookshop/replicasets"),
    ] {
        let json = fs::read_to_string(outputs("image-pull").join(format!("{number}.json"))).unwrap();
        let text = match ending {
            "yaml" => serde_saphyr::to_string(&serde_json::from_str::<Value>(&json).unwrap()).unwrap(),
            _ => json,
        };
        fs::write(at.join(format!("{to}.{ending}")), text).unwrap();
    }
    fs::write(
        place.join("catalog-1/logs.txt"),
        "==== START logs for container a of pod bookshop/catalog-1 ====\n",
    )
    .unwrap();
    let quiet = at.join("quiet");
    fs::create_dir_all(&quiet).unwrap();
    fs::write(quiet.join(format!("pods.{ending}")), "{\"items\": []}").unwrap();
}

#[test]
fn a_dump_is_diagnosed_in_one_namespace_or_in_all_that_it_has() {
    for ending in ["json", "yaml"] {
        let dir = tempfile::tempdir().unwrap();
        dump(dir.path(), ending);
        let at = dir.path().display().to_string();
        for place in [&["-n", "bookshop"][..], &["-A"], &[]] {
            let output = run(&[&["diagnose", &at, "--json"], place].concat());
            let answer = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                cause(&answer),
                (IMAGE_PULL.0.to_owned(), IMAGE_PULL.1.to_owned()),
                "{ending} {place:?}"
            );
        }
        let quiet = run(&["diagnose", &at, "-n", "quiet", "--json"]);
        assert_eq!(cause(&String::from_utf8(quiet.stdout).unwrap()).0, "nothing");
        let unknown = run(&["diagnose", &at, "-n", "teashop"]);
        assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is: bookshop, quiet"));
    }
}
