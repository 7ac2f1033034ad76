use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

/// Pod `goat-0` mounts a claim at `/data` and is in `state`; `events` are reason and message.
fn pod(state: &str, ready: &str, events: &[(&str, &str)]) -> StepResult {
    let mut text = format!(
        "Name:       goat-0\nNamespace:  barn\nStatus:     Running\nContainers:\n  main:\n    State:  {state}\n    Ready:  {ready}\n    Mounts:\n      \
         /data from store (rw)\n      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-x2v (ro)\nConditions:\n  Type   Status\n  Ready  {ready}\nVolumes:\n  store:\n    Type:       PersistentVolumeClaim (a reference)\n    \
         ClaimName:  hay\nEvents:\n  Type     Reason       Age  From     Message\n  ----     ------       ---- ----     -------\n"
    );
    for (reason, message) in events {
        text.push_str(&format!("  Warning  {reason:<12} 5s   kubelet  {message}\n"));
    }
    step("kubectl describe pods goat-0 -n barn", &text)
}

const LOOPING: &str = "Waiting\n      Reason:  CrashLoopBackOff";
const ENDED: &str = "Waiting\n      Reason:  CrashLoopBackOff\n    Last State:  Terminated\n      Reason:  Error\n      Message:  ";

fn fault(confidence: &str) -> Vec<String> {
    vec![format!("volume_mount_permission_denied statefulset/goat {confidence}")]
}

#[test]
fn the_node_says_that_it_may_not_mount() {
    for (reason, message) in [
        (
            "FailedMount",
            "MountVolume.SetUp failed for volume \"store\" : mount failed: exit status 32: mount.nfs: access denied by server while mounting nas:/hay",
        ),
        (
            "FailedMount",
            "MountVolume.SetUp failed for volume \"store\" : applyFSGroup failed for vol hay: lchown /var/lib/kubelet/pods/7: operation not permitted",
        ),
        ("FailedMount", "MountVolume.SetUp failed for volume \"store\" : mkdir /mnt/hay: permission denied"),
        (
            "Failed",
            "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting \"/mnt/hay\" to rootfs at \"/hay\": permission denied: unknown",
        ),
        (
            "Failed",
            "Error: failed to start container \"main\": Error response from daemon: error while creating mount source path '/mnt/hay': mkdir /mnt/hay: read-only file system",
        ),
        (
            "Failed",
            "Error: failed to generate container \"x\" spec: failed to generate spec: failed to mkdir \"/mnt/hay\": mkdir /mnt/hay: permission denied",
        ),
        (
            "Failed",
            "Error: failed to start container \"main\": exec: \"/data/run.sh\": permission denied: unknown",
        ),
    ] {
        let outputs = [pod("Waiting\n      Reason:  RunContainerError", "False", &[(reason, message)])];
        assert_eq!(found(&RULE, &outputs), fault("0.95"), "{message}");
    }
}

#[test]
fn the_program_says_that_it_may_not_write_there() {
    for words in [
        "mkdir: cannot create directory '/data/db': Permission denied",
        "chown: changing ownership of '/data': Operation not permitted",
        "java.nio.file.AccessDeniedException: /data/index",
        "Error: EACCES: permission denied, open '/data/log.txt'",
        "touch: /data/x: Read-only file system",
    ] {
        assert_eq!(found(&RULE, &[pod(&format!("{ENDED}{words}"), "False", &[])]), fault("0.85"), "{words}");
        let log = step("probe GetErrorLogs namespace=barn service_name=goat", words);
        assert_eq!(found(&RULE, &[pod(LOOPING, "False", &[]), log.clone()]), fault("0.85"), "{words}");
        assert_eq!(found(&RULE, &[pod("Running", "True", &[]), log]), fault("0.6"), "{words}");
    }
}

#[test]
fn without_a_path_a_volume_is_one_explanation() {
    let log = step(
        "probe GetErrorLogs namespace=barn service_name=goat",
        "Can't open or create append-only dir: Permission denied",
    );
    assert_eq!(found(&RULE, &[pod(LOOPING, "False", &[]), log.clone()]), fault("0.6"));
    assert!(found(&RULE, &[pod("Running", "True", &[]), log]).is_empty());
}

#[test]
fn other_permissions_are_not_ours() {
    for words in [
        "ERROR: permission denied for table eggs",
        "listen tcp :80: bind: permission denied",
        "git@hub: Permission denied (publickey).",
        "rpc error: code = PermissionDenied desc = permission denied",
    ] {
        let log = step("probe GetErrorLogs namespace=barn service_name=goat", words);
        assert!(found(&RULE, &[pod(LOOPING, "False", &[]), log]).is_empty(), "{words}");
    }
    let exec = "Error: failed to start container \"main\": exec: \"/app/run.sh\": permission denied: unknown";
    assert!(
        found(&RULE, &[pod("Waiting\n      Reason:  RunContainerError", "False", &[("Failed", exec)])])
            .is_empty()
    );
    let healed = ("FailedMount", "MountVolume.SetUp failed for volume \"store\" : permission denied");
    assert!(found(&RULE, &[pod("Running", "True", &[healed])]).is_empty());
}

#[test]
fn paths_are_compared_whole() {
    let cases = [
        ("cannot write /data", true),
        ("cannot write /data/x:", true),
        ("cannot write '/data'.", true),
        ("cannot write /database", false),
        ("cannot write /srv/data", false),
        ("cannot write /data.old", false),
    ];
    for (text, expected) in cases {
        assert_eq!(is_path_in(text, "/data"), expected, "{text}");
    }
}

#[test]
fn json_carries_last_words_and_mounts() {
    let json = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn"}, "spec": {"containers": [{"name": "main",
        "volumeMounts": [{
            "mountPath": "/data", "name": "store"}]}], "volumes": [{"name": "store", "persistentVolumeClaim": {"claimName": "hay"}}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "main", "ready": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1,
            "message": "open /data/lock: permission denied", "reason": "Error"}}}]}}"#;
    let outputs = [step("kubectl get pods goat-0 -n barn -o json", json)];
    assert_eq!(found(&RULE, &outputs), fault("0.85"));
    assert_eq!((RULE.check)(&crate::adapter::observe(&outputs))[0].evidence.len(), 3);
}
