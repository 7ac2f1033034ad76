//! `diagnose` and `record` on a real Kubernetes API, and on a dump that the real kubectl wrote of it.

use crate::instance::{PATIENCE, run, run_with};
use aetherius_test_cluster::{self as test_cluster, Cluster};
use serde_json::Value;
use std::process::Output;

/// A deployment whose image does not exist, and one that runs.
fn workloads(namespace: &str) -> String {
    let one = |name: &str, annotations: &str| {
        format!(
            r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}, annotations: {{{annotations}}}}}
    spec: {{containers: [{{name: {name}, image: "registry.example.com/meadow/{name}:1.2"}}]}}
"#
        )
    };
    format!("{}---{}", one("barn", "fault.aetherius.dev/image-pull: not-found"), one("goat", ""))
}

fn wait_for_the_fault(cluster: &Cluster, namespace: &str) {
    cluster.apply(&workloads(namespace)).unwrap();
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    cluster
        .wait("a pod that waits for its image", PATIENCE, || {
            let pods = cluster.get(&path).ok()?.to_string();
            pods.contains("ImagePullBackOff").then_some(())
        })
        .unwrap();
}

fn stdout(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn assert_cause(json: &str) {
    let answer: Value = serde_json::from_str(json).unwrap();
    let told = (answer["root_cause"].as_str(), answer["object"].as_str());
    assert_eq!(told, (Some("incorrect_image_reference"), Some("deployment/barn")), "{answer:#}");
}

#[test]
fn a_real_cluster_its_recording_and_its_dump_lead_to_the_same_cause() {
    let Some(cluster) = test_cluster::shared_or_skip("a cluster, its recording and its dump") else { return };
    let namespace = cluster.namespace("farm").unwrap();
    wait_for_the_fault(cluster, &namespace);
    let folder = cluster.kubectl_path().parent().unwrap().display().to_string();
    // What a reader may see must be enough.
    let kubeconfig = cluster.viewer_kubeconfig().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let environment = [("PATH", path.as_str()), ("KUBECONFIG", kubeconfig.as_str())];

    assert_cause(&stdout(run_with(&["diagnose", "-n", &namespace, "--json"], &environment)));

    let directory = tempfile::tempdir().unwrap();
    let case = directory.path().join("case").display().to_string();
    let told = stdout(run_with(&["record", "-n", &namespace, "--out", &case], &environment));
    assert!(told.contains("incorrect_image_reference,deployment/barn,startup"), "{told}");
    assert!(!told.contains("the answer is another"), "{told}");
    assert_cause(&stdout(run(&["diagnose", &case, "--json"])));

    for form in ["json", "yaml"] {
        let dump = directory.path().join(form).display().to_string();
        let to = format!("--output-directory={dump}");
        cluster.kubectl(&["cluster-info", "dump", "--namespaces", &namespace, "-o", form, &to]).unwrap();
        assert_cause(&stdout(run(&["diagnose", &dump, "-n", &namespace, "--json"])));
    }

    let nowhere = run_with(&["diagnose", "-n", "no-such-farm"], &environment);
    assert!(
        String::from_utf8_lossy(&nowhere.stderr).contains("there is nothing in the namespace `no-such-farm`")
    );
    let unknown = run_with(&["diagnose", "--context", "nowhere", "-A"], &environment);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("the kubeconfig has no such context"));
}
