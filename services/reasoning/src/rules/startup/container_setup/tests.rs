use super::*;
use crate::testing::{described_pod, found, step};

const POD: &str = "goat-5c6d7f8b9c-4kx2z";

fn waiting(reason: &str, events: &[(&str, &str)]) -> Vec<String> {
    found(
        &RULE,
        &[described_pod(POD, &["Image:  egg:1", "State:  Waiting", &format!("  Reason:  {reason}")], events)],
    )
}

#[test]
fn what_the_kubelet_misses_decides() {
    let secret = ["missing_secret_binding deployment/goat 0.95"];
    let map = ["missing_config_map deployment/goat 0.95"];
    let broad = ["container_setup_failure deployment/goat 0.95"];
    let failed = |message: &str| waiting("CreateContainerConfigError", &[("Failed", message)]);
    assert_eq!(failed("Error: secret \"hay\" not found"), secret);
    assert_eq!(failed("Error: couldn't find key straw in Secret barn/hay"), secret);
    assert_eq!(failed("Error: configmap \"hay\" not found"), map);
    assert_eq!(failed("Error: couldn't find key straw in ConfigMap barn/hay"), map);
    assert_eq!(failed("Error: container has runAsNonRoot and image will run as root (pod: \"goat\")"), broad);
    assert_eq!(waiting("CreateContainerConfigError", &[]), broad);
    let mount = |message: &str| waiting("ContainerCreating", &[("FailedMount", message)]);
    assert_eq!(mount("MountVolume.SetUp failed for volume \"v\" : secret \"hay\" not found"), secret);
    assert_eq!(mount("MountVolume.SetUp failed for volume \"v\" : configmap \"hay\" not found"), map);
}

#[test]
fn a_mounted_key_is_found_by_its_volume() {
    let pod = |kind: &str, name: &str, words: &str| {
        let text = format!(
            "Name:       {POD}\nNamespace:  barn\nStatus:     Pending\nContainers:\n  main:\n    State:    Waiting\n      Reason:  ContainerCreating\n\
             Volumes:\n  store:\n    Type:        {kind} (a volume populated by it)\n    {name}:  hay\nEvents:\n  Type     Reason       Age  From     Message\n  ----     ------       ---- ----     -------\n  \
             Warning  FailedMount  5s   kubelet  MountVolume.SetUp failed for volume \"store\" : {words}\n"
        );
        found(&RULE, &[step(&format!("kubectl describe pods {POD} -n barn"), &text)])
    };
    assert_eq!(
        pod("Secret", "SecretName", "references non-existent secret key: straw"),
        ["missing_secret_binding deployment/goat 0.95"]
    );
    assert_eq!(
        pod("ConfigMap", "Name", "configmap references non-existent config key: straw"),
        ["missing_config_map deployment/goat 0.95"]
    );
}

#[test]
fn json_says_it_in_the_container_itself() {
    let json = r#"{"kind": "Pod", "metadata": {"name": "goat-0", "namespace": "barn"}, "spec": {"containers": [{"name": "main",
        "envFrom": [{"secretRef": {"name": "hay"}}]}]}, "status": {"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": {
        "message": "secret \"hay\" not found",
        "reason": "CreateContainerConfigError"}}}]}}"#;
    let outputs = [step("kubectl get pods goat-0 -n barn -o json", json)];
    assert_eq!(found(&RULE, &outputs), ["missing_secret_binding statefulset/goat 0.95"]);
}

#[test]
fn rows_are_enough() {
    let rows = |status: &str, reason: &str, message: &str| {
        let pods = format!(
            "NAME     READY   STATUS                       RESTARTS   AGE\ngoat-0   0/1     {status:<28} 0          9s\n"
        );
        let events = format!(
            "LAST SEEN   TYPE      REASON         OBJECT       MESSAGE\n9s          Warning   {reason:<14} pod/goat-0   {message}\n"
        );
        found(&RULE, &[step("kubectl get pods -n barn", &pods), step("kubectl get events -n barn", &events)])
    };
    let secret = ["missing_secret_binding statefulset/goat 0.95"];
    assert_eq!(rows("CreateContainerConfigError", "Failed", "Error: secret \"hay\" not found"), secret);
    let mount = "MountVolume.SetUp failed for volume \"v\" : secret \"hay\" not found";
    assert_eq!(rows("Init:0/1", "FailedMount", mount), secret);
    assert!(rows("Running", "FailedMount", mount).is_empty());
}

#[test]
fn what_the_kubelet_will_find_by_itself_is_no_fault() {
    for words in [
        "MountVolume.SetUp failed for volume \"v\" : failed to sync secret cache: timed out waiting for the condition",
        "MountVolume.SetUp failed for volume \"v\" : object \"barn\"/\"hay\" not registered",
        "Unable to attach or mount volumes: unmounted volumes=[v]: timed out waiting for the condition",
    ] {
        assert!(waiting("ContainerCreating", &[("FailedMount", words)]).is_empty(), "{words}");
    }
    let mount = ("FailedMount", "MountVolume.SetUp failed for volume \"v\" : secret \"hay\" not found");
    assert!(waiting("CrashLoopBackOff", &[mount]).is_empty());
    assert!(
        waiting("ErrImagePull", &[mount, ("FailedToRetrieveImagePullSecret", "secret \"hay\" not found")])
            .is_empty()
    );
}

#[test]
fn a_mount_that_came_about_later_is_history() {
    let events = |mount: &str, pulled: &str| {
        let text = format!(
            "LAST SEEN   TYPE      REASON         OBJECT       MESSAGE\n{mount:<11} Warning   FailedMount    pod/goat-0   MountVolume.SetUp failed for volume \"v\" : secret \"hay\" not found\n{pulled:<11} Normal    Pulling        pod/goat-0   Pulling image \"egg:1\"\n"
        );
        let pods = "NAME     READY   STATUS              RESTARTS   AGE\ngoat-0   0/1     ContainerCreating   0          9m\n";
        found(&RULE, &[step("kubectl get pods -n barn", pods), step("kubectl get events -n barn", &text)])
    };
    assert!(events("90s", "40s").is_empty());
    assert_eq!(events("40s", "90s").len(), 1);
    assert!(events("20m", "30m").is_empty());
}
