//! What is healthy.

use crate::{Place, container, deployment};

#[test]
fn a_deployment_becomes_a_ready_pod_behind_a_service() {
    let Some(place) = Place::of("a deployment comes to life") else { return };
    place.apply(&deployment(("note", "none"), "ports: [{containerPort: 8080}]", ""));
    place.apply("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}");
    let pod = place.wait_for("pods", |pod| container(pod)["ready"] == true);
    assert_eq!(pod["status"]["phase"], "Running");
    assert!(pod["spec"]["nodeName"].as_str().unwrap().starts_with("node-"), "{pod:#}");
    place.wait_for("deployments", |it| it["status"]["availableReplicas"] == 1);
    let endpoints = place.wait_for("endpoints", |it| !it["subsets"][0]["addresses"].is_null());
    assert_eq!(endpoints["subsets"][0]["addresses"][0]["ip"], pod["status"]["podIP"]);
    let started = place.wait_for_event("Started", "Started container app");
    assert_eq!(started["source"]["component"], "kubelet");
    assert_eq!(started["involvedObject"]["fieldPath"], "spec.containers{app}");
    place.wait_for_event("Scheduled", "Successfully assigned");
}

#[test]
fn a_job_completes_and_a_deleted_pod_goes() {
    let Some(place) = Place::of("a job completes") else { return };
    place.apply(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: busybox}]}}}}",
    );
    let pod = place.wait_for("pods", |pod| pod["status"]["phase"] == "Succeeded");
    let name = pod["metadata"]["name"].as_str().unwrap();
    let deleted =
        place.cluster.kubectl(&["delete", "pod", "-n", &place.namespace, name, "--timeout=40s"]).unwrap();
    assert!(deleted.status.success(), "{}", String::from_utf8_lossy(&deleted.stderr));
}

#[test]
fn the_viewer_reads_what_a_diagnosis_needs_and_nothing_else() {
    let Some(place) = Place::of("the viewer only reads") else { return };
    let can = |verb: &str, what: &str| {
        let config = place.cluster.viewer_kubeconfig().to_str().unwrap();
        let args = ["auth", "can-i", verb, what, "--kubeconfig", config, "-n", &place.namespace];
        place.cluster.kubectl(&args).unwrap().status.success()
    };
    for what in ["pods", "events", "services", "deployments.apps", "persistentvolumeclaims", "resourcequotas"]
    {
        assert!(can("list", what) && can("watch", what), "{what}");
        assert!(!can("delete", what) && !can("create", what), "{what}");
    }
    assert!(!can("get", "secrets") && !can("create", "pods/exec"));
}
