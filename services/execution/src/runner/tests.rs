mod api_server;
mod real_tools;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Access, Cluster, Kubectl, Limits, RunError, versions};
use crate::gate::{Approved, Policy, Scope, Tool, judge};
use crate::recorded::{Format, load};
use crate::testing::install;

fn approved(scope: Scope, line: &str) -> Approved {
    let mut policy = Policy::viewer("main", scope);
    policy.tools.insert(Tool::Probe);
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    judge(&policy, &words[0], &words[1..]).unwrap()
}

/// A program that stands for kubectl.
fn stand_in(dir: &tempfile::TempDir, body: &str) -> Kubectl {
    let path = dir.path().join("kubectl");
    install(&path, format!("#!/bin/sh\n{body}\n").as_bytes());
    let kubeconfig = dir.path().join("config");
    std::fs::write(&kubeconfig, "").unwrap();
    Kubectl::locate(Access {
        kubeconfig: Some(kubeconfig),
        context: Some("shop-eu".to_owned()),
        kubectl: Some(path),
        helm: None,
    })
    .unwrap()
}

fn limits(timeout: Duration) -> Limits {
    Limits { timeout, output_bytes_max: 1000, log_lines_max: 50 }
}

#[test]
fn the_executor_adds_its_flags_around_the_judged_ones() {
    let dir = tempfile::tempdir().unwrap();
    let kubectl = stand_in(&dir, "");
    let limits = limits(Duration::from_secs(20));
    let argv = |scope, line| kubectl.argv(&approved(scope, line), limits).join(" ");
    assert_eq!(
        argv(Scope::Namespace("shop".to_owned()), "kubectl logs -- web-1"),
        "--context=shop-eu --namespace=shop --request-timeout=20s logs --tail=50 --limit-bytes=1000 -- web-1"
    );
    assert_eq!(
        argv(Scope::Cluster, "kubectl rollout status deploy/web -w=false --request-timeout=5s"),
        "--context=shop-eu rollout status deploy/web -w=false --request-timeout=5s"
    );
    assert_eq!(argv(Scope::Cluster, "helm list"), "--kube-context=shop-eu list");
}

#[tokio::test]
async fn the_child_gets_the_vector_and_nothing_of_our_environment() {
    let dir = tempfile::tempdir().unwrap();
    let kubectl = stand_in(&dir, "printf '%s\\n' \"$@\"; env | cut -d= -f1 | sort >&2; exit 3");
    let command = approved(Scope::Cluster, "kubectl get pods -o name");
    let output =
        Cluster::Kubectl(Arc::new(kubectl)).run(&command, limits(Duration::from_secs(20))).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "--context=shop-eu\n--request-timeout=20s\nget\npods\n-o\nname\n");
    assert_eq!(output.argv[0], "kubectl");
    assert_eq!(output.exit_code, Some(3));
    let names = String::from_utf8(output.stderr).unwrap();
    let given = ["HOME", "KUBECONFIG", "KUBECTL_KUBERC", "KUBERC", "LC_ALL", "PATH", "PWD", "SHLVL", "_"];
    assert!(names.contains("KUBECONFIG\n") && names.contains("KUBERC\n"), "{names}");
    // A shell sets the last three for itself; a pod has an address of its API server.
    let is_known = |name: &str| given.contains(&name) || name.starts_with("KUBERNETES_SERVICE_");
    assert!(names.lines().all(is_known), "{names}");
}

#[tokio::test]
async fn too_much_output_is_read_but_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let kubectl = stand_in(&dir, "head -c 300000 /dev/zero; echo done >&2");
    let command = approved(Scope::Cluster, "kubectl get pods");
    let output =
        Cluster::Kubectl(Arc::new(kubectl)).run(&command, limits(Duration::from_secs(20))).await.unwrap();
    assert_eq!((output.stdout.len(), output.truncated, output.exit_code), (1000, true, Some(0)));
    assert_eq!(output.stderr, b"done\n");
}

#[tokio::test]
async fn a_timeout_kills_the_whole_group() {
    let dir = tempfile::tempdir().unwrap();
    let marker = dir.path().join("survivor");
    let kubectl = stand_in(&dir, &format!("echo begun; (sleep 2; touch {}) & sleep 30", marker.display()));
    let command = approved(Scope::Cluster, "kubectl get pods");
    let started = Instant::now();
    let output =
        Cluster::Kubectl(Arc::new(kubectl)).run(&command, limits(Duration::from_millis(700))).await.unwrap();
    assert!(output.timed_out && output.exit_code.is_none(), "{output:?}");
    assert_eq!(output.stdout, b"begun\n");
    assert!(started.elapsed() < Duration::from_secs(10));
    // The child of the child would need two seconds to leave its mark.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(!marker.exists());
}

#[tokio::test]
async fn a_tool_of_another_version_is_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    for (says, expected) in [
        ("{\"clientVersion\": {\"gitVersion\": \"v1.32.4-dispatcher\"}}", None),
        (
            "{\"clientVersion\": {\"gitVersion\": \"v1.99.0\"}}",
            Some("is kubectl 1.99, and the command gate was checked against 1."),
        ),
        ("{\"clientVersion\": {\"gitVersion\": \"v2.32.0\"}}", Some("is kubectl 2.32")),
        ("nothing", Some("did not say which version of kubectl it is")),
    ] {
        let doubts = stand_in(&dir, &format!("[ \"$1\" = version ] && echo '{says}'")).doubts().await;
        let doubt = doubts.iter().find(|doubt| doubt.contains("kubectl"));
        assert_eq!(doubt.is_some(), expected.is_some(), "{doubts:?}");
        assert!(doubt.is_none_or(|doubt| doubt.contains(expected.unwrap())), "{doubts:?}");
    }
    let helm = |version| versions::doubt(Tool::Helm, "/bin/helm".as_ref(), version);
    assert_eq!(helm("v3.17.3+ge4da497"), None);
    assert_eq!(helm("v3.17+gabc"), None);
    assert!(helm("v4.0.1+g1").unwrap().contains("/bin/helm is helm 4.0"));
}

#[test]
fn a_missing_program_is_explained() {
    let access = Access { kubectl: Some(PathBuf::from("/nowhere/kubectl")), ..Access::default() };
    let error = Kubectl::locate(access).unwrap_err();
    assert_eq!(error.to_string(), "kubectl /nowhere/kubectl is not a file");
    let missing = RunError::Missing { tool: "kubectl" }.to_string();
    assert!(missing.contains("install it") && missing.contains("recorded case"), "{missing}");
}

#[tokio::test]
async fn a_recorded_case_answers_only_what_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("out.txt"), "web-1 ready\n").unwrap();
    let case = "namespace: shop\ncommands:\n- argv: [kubectl, get, pods, -n, shop]\n  output: out.txt\n";
    std::fs::write(dir.path().join("case.yaml"), case).unwrap();
    let cluster = Cluster::Recorded(Arc::new(load(dir.path(), Format::Own).unwrap()));
    let known = approved(Scope::Cluster, "kubectl get pods -n shop");
    let output = cluster.run(&known, Limits::default()).await.unwrap();
    assert_eq!((output.stdout.as_slice(), output.exit_code), (&b"web-1 ready\n"[..], Some(0)));
    let other = approved(Scope::Cluster, "kubectl get pods -n shop -o wide");
    let output = cluster.run(&other, Limits::default()).await.unwrap();
    assert_eq!(output.exit_code, Some(1));
    assert_eq!(output.stderr, b"not recorded: kubectl get pods -n shop -o wide\n");
}
