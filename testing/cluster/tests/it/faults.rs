//! Each fault that kwok is told to play reaches the state and the events that a kubelet would show.

use crate::{Place, container, deployment};
use aetherius_test_cluster::fault;
use serde_json::Value;

fn waits_for(reason: &str) -> impl Fn(&Value) -> bool {
    move |pod| container(pod)["state"]["waiting"]["reason"] == reason
}

#[test]
fn an_image_is_not_pulled_for_the_reason_that_is_given() {
    for (value, error) in [
        ("not-found", "registry.test/shop/web:1.2: not found"),
        ("no-such-host", "dial tcp: lookup registry.test: no such host"),
        ("unauthorized", "https://registry.test/v2/shop/web/manifests/1.2: 401 Unauthorized"),
        ("denied", "insufficient_scope: authorization failed"),
    ] {
        let Some(place) = Place::of("images that are not pulled") else { return };
        place.apply(&deployment((fault::IMAGE_PULL, value), "ports: []", ""));
        let pod = place.wait_for("pods", waits_for("ImagePullBackOff"));
        let message = container(&pod)["state"]["waiting"]["message"].as_str().unwrap();
        assert!(
            message.starts_with(
                "Back-off pulling image \"registry.test/shop/web:1.2\": ErrImagePull: rpc error"
            ),
            "{message}"
        );
        assert!(message.contains(error), "{message}");
        place.wait_for_event("Failed", error);
        let back_off =
            place.wait_for("events", |it| it["reason"] == "BackOff" && it["count"].as_u64() > Some(1));
        assert_eq!(back_off["message"], "Back-off pulling image \"registry.test/shop/web:1.2\"");
    }
}

#[test]
fn a_pull_secret_that_is_missing_is_told() {
    let Some(place) = Place::of("a missing pull secret") else { return };
    let secret = "imagePullSecrets: [{name: registry}]";
    place.apply(&deployment((fault::IMAGE_PULL, "secret-missing"), "ports: []", secret));
    place.wait_for_event("FailedToRetrieveImagePullSecret", "(registry)");
    place.wait_for_event("Failed", "401 Unauthorized");
}

#[test]
fn a_container_that_ends_is_started_again_and_again() {
    for (value, code, reason) in [("3", 3, "Error"), ("oom-killed", 137, "OOMKilled")] {
        let Some(place) = Place::of("containers that end") else { return };
        place.apply(&deployment((fault::CRASH, value), "ports: []", ""));
        let is_crashing = waits_for("CrashLoopBackOff");
        let pod = place
            .wait_for("pods", |pod| is_crashing(pod) && container(pod)["restartCount"].as_u64() > Some(1));
        let last = &container(&pod)["lastState"]["terminated"];
        assert_eq!((&last["exitCode"], &last["reason"]), (&code.into(), &reason.into()));
        place.wait_for_event("BackOff", "Back-off restarting failed container app in pod web-");
    }
}

#[test]
fn a_readiness_probe_that_fails_keeps_the_pod_out_of_its_service() {
    let Some(place) = Place::of("a failing readiness probe") else { return };
    let probe =
        "ports: [{name: web, containerPort: 8080}], readinessProbe: {httpGet: {port: web, path: /up}}";
    place.apply(&deployment((fault::READINESS, "refused"), probe, ""));
    let pod = place.wait_for("pods", |pod| !container(pod)["state"]["running"].is_null());
    assert_eq!(container(&pod)["ready"], false);
    let ip = pod["status"]["podIP"].as_str().unwrap();
    let said = format!(
        "Readiness probe failed: Get \"http://{ip}:8080/up\": dial tcp {ip}:8080: connect: connection refused"
    );
    place.wait_for("events", |it| it["reason"] == "Unhealthy" && it["message"] == said.as_str());
}

#[test]
fn a_liveness_probe_that_fails_restarts_the_container() {
    let Some(place) = Place::of("a failing liveness probe") else { return };
    place.apply(&deployment((fault::LIVENESS, "503"), "livenessProbe: {httpGet: {port: 8080}}", ""));
    place.wait_for_event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503");
    place.wait_for_event("Killing", "Container app failed liveness probe, will be restarted");
    place.wait_for("pods", |pod| container(pod)["restartCount"].as_u64() > Some(0));
}

#[test]
fn a_missing_secret_stops_a_container_before_or_after_its_volumes() {
    let Some(place) = Place::of("missing secrets") else { return };
    let env = "env: [{name: KEY, valueFrom: {secretKeyRef: {name: keys, key: a}}}]";
    place.apply(&deployment((fault::CONFIG, "missing"), env, ""));
    let pod = place.wait_for("pods", waits_for("CreateContainerConfigError"));
    assert_eq!(container(&pod)["state"]["waiting"]["message"], "secret \"keys\" not found");
    place.wait_for_event("Failed", "Error: secret \"keys\" not found");

    let Some(place) = Place::of("missing secrets") else { return };
    let volume = "volumes: [{name: certs, secret: {secretName: tls}}]";
    place.apply(&deployment((fault::MOUNT, "missing"), "ports: []", volume));
    place.wait_for("pods", waits_for("ContainerCreating"));
    place.wait_for_event(
        "FailedMount",
        "MountVolume.SetUp failed for volume \"certs\" : secret \"tls\" not found",
    );
}

#[test]
fn the_manifest_in_the_documentation_fails_as_it_is_told_to() {
    let Some(place) = Place::of("the documented manifest") else { return };
    let page = include_str!("../../../../docs/test-cluster.md");
    let manifest = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    place.apply(manifest);
    place.wait_for_event("Failed", "registry.example.com/shop/web:2.4.o: not found");
}
