use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, step};

/// A refusal of replica set `NAME-5c6d7f8b9c` as the API server words it.
fn refused(name: &str, words: &str) -> StepResult {
    let text = format!(
        "Name:           {name}-5c6d7f8b9c\nNamespace:      barn\nControlled By:  Deployment/{name}\nReplicas:       0 current / 1 desired\nEvents:\n  \
         Type     Reason        Age                From                   Message\n  ----     ------        ----               ----                   -------\n  \
         Warning  FailedCreate  20s (x6 over 99s)  replicaset-controller  (combined from similar events): Error creating: pods \"{name}-5c6d7f8b9c-4kx2z\" is forbidden: {words}\n"
    );
    step(&format!("kubectl describe replicasets {name}-5c6d7f8b9c -n barn"), &text)
}

fn exceeded_by(requested: &str, used: &str, limited: &str) -> Vec<String> {
    let words = format!("exceeded quota: fence, requested: {requested}, used: {used}, limited: {limited}");
    found(&RULE, &[refused("goat", &words)])
}

#[test]
fn what_has_run_out_decides() {
    let cases = [
        ("requests.cpu", "cpu"),
        ("limits.cpu", "cpu"),
        ("cpu", "cpu"),
        ("requests.memory", "memory"),
        ("limits.memory", "memory"),
        ("pods", "pod"),
        ("count/pods", "pod"),
        ("requests.ephemeral-storage", "storage"),
    ];
    for (resource, what) in cases {
        let one = |amount: &str| format!("{resource}={amount}");
        assert_eq!(
            exceeded_by(&one("1"), &one("4"), &one("4")),
            [format!("namespace_{what}_quota_exceeded namespace/barn 0.95")],
            "{resource}"
        );
    }
    assert_eq!(
        exceeded_by("requests.example.com/gpu=1", "requests.example.com/gpu=4", "requests.example.com/gpu=4"),
        ["namespace_quota_exceeded namespace/barn 0.95"]
    );
    assert_eq!(
        exceeded_by(
            "limits.cpu=1,requests.memory=2Gi",
            "limits.cpu=4,requests.memory=9Gi",
            "limits.cpu=4,requests.memory=10Gi"
        ),
        [
            "namespace_cpu_quota_exceeded namespace/barn 0.95",
            "namespace_memory_quota_exceeded namespace/barn 0.95"
        ]
    );
}

#[test]
fn several_workloads_make_one_finding_that_cites_them_and_the_quota() {
    let words = "exceeded quota: fence, requested: pods=1, used: pods=4, limited: pods=4";
    let quota = "NAME    AGE   REQUEST     LIMIT\nfence   9d    pods: 4/4   \n";
    let outputs =
        [refused("goat", words), refused("hen", words), step("kubectl get resourcequota -n barn", quota)];
    assert_eq!(found(&RULE, &outputs), ["namespace_pod_quota_exceeded namespace/barn 0.95"]);
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert_eq!(findings[0].evidence.len(), 3);
    assert!(findings[0].summary.contains("deployment/goat, deployment/hen"), "{}", findings[0].summary);
}

#[test]
fn a_full_quota_that_stops_nobody_is_no_fault() {
    let quota = "NAME    AGE   REQUEST                                LIMIT\nfence   9d    pods: 4/4, services: 1/1, requests.storage: 1Gi/1Gi   \n";
    let services = "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nhen    ClusterIP   10.0.0.7     <none>        80/TCP    9d\n";
    let outputs =
        [step("kubectl get resourcequota -n barn", quota), step("kubectl get services -n barn", services)];
    assert!(found(&RULE, &outputs).is_empty());
}

#[test]
fn pods_that_do_not_say_what_they_need_are_mended_in_their_workload() {
    let outputs = [refused(
        "goat",
        "failed quota: fence: must specify requests.cpu for: main; requests.memory for: main",
    )];
    assert_eq!(found(&RULE, &outputs), ["resources_not_specified deployment/goat 0.95"]);
}

#[test]
fn a_stateful_set_that_gets_no_claim_lacks_storage() {
    let set = r#"{"kind": "StatefulSet", "metadata": {"name": "goat", "namespace": "barn"}, "spec": {"replicas": 1}, "status": {"replicas": 0}}"#;
    let event = r#"{"kind": "Event", "metadata": {"namespace": "barn"}, "type": "Warning", "reason": "FailedCreate",
        "involvedObject": {"kind": "StatefulSet", "namespace": "barn", "name": "goat"},
        "message": "create Claim hay-goat-0 for Pod goat-0 in StatefulSet goat failed error: persistentvolumeclaims \"hay-goat-0\" is forbidden: exceeded quota: fence, requested: requests.storage=5Gi, used: requests.storage=8Gi, limited: requests.storage=10Gi"}"#;
    let outputs = [
        step("kubectl get sts goat -n barn -o json", set),
        step("kubectl get events -n barn -o json", event),
    ];
    assert_eq!(found(&RULE, &outputs), ["namespace_storage_quota_exceeded namespace/barn 0.95"]);
}

/// Deployments `goat` and `hen`, of which `goat` calls `hen` at `address`, and the service of `goat`.
fn callers(address: &str, quota: &str) -> Vec<StepResult> {
    let deployment = |name: &str, env: &str| {
        format!(
            "Name:       {name}\nNamespace:  barn\nReplicas:   1 desired | 1 updated | 1 total | 1 available\nPod Template:\n  Labels:  app={name}\n  Containers:\n   main:\n    Image:  egg:1\n    Environment:\n      ADDRESS:  {env}\n"
        )
    };
    vec![
        step("kubectl describe deployments goat -n barn", &deployment("goat", address)),
        step("kubectl describe deployments hen -n barn", &deployment("hen", "none")),
        step(
            "kubectl get services -n barn",
            "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\ngoat   ClusterIP   10.0.0.7     <none>        80/TCP    9d\n",
        ),
        step(
            "kubectl describe resourcequota fence -n barn",
            &format!(
                "Name:       fence\nNamespace:  barn\nResource    Used  Hard\n--------    ----  ----\n{quota}\n"
            ),
        ),
    ]
}

#[test]
fn a_service_that_is_called_and_missing_was_refused_by_the_full_quota() {
    let fault = ["namespace_service_quota_exceeded namespace/barn 0.85"];
    for address in ["hen:80", "http://hen/path", "http://hen.barn.svc.cluster.local:80"] {
        assert_eq!(found(&RULE, &callers(address, "services    1     1")), fault, "{address}");
        assert!(
            found(&RULE, &callers(address, "services    1     2")).is_empty(),
            "there is room for one more"
        );
    }
    for address in ["goat:80", "hen", "http://hen.other.svc:80", "http://heron:80"] {
        assert!(found(&RULE, &callers(address, "services    1     1")).is_empty(), "{address}");
    }
}

#[test]
fn a_service_that_only_its_manifest_knows_was_refused_too() {
    let mut outputs = callers("none", "services    1     1");
    outputs.push(step(
        "probe GetAppYAML app_name=hen",
        "kind: Service\nmetadata:\n  name: hen\n  namespace: barn\n",
    ));
    outputs.push(step(
        "probe GetErrorLogs namespace=barn service_name=goat",
        "dial tcp: lookup hen on 10.0.0.2:53: no such host",
    ));
    assert_eq!(found(&RULE, &outputs), ["namespace_service_quota_exceeded namespace/barn 0.85"]);
    let findings = (RULE.check)(&crate::adapter::observe(&outputs));
    assert_eq!(findings[0].evidence.len(), 3);
}

/// A pod that waits for claim `hay`, of which a manifest asks for `size`.
fn waiting(size: &str, quota: &str) -> Vec<String> {
    let pod = "Name:       goat-0\nNamespace:  barn\nNode:       <none>\nStatus:     Pending\nVolumes:\n  store:\n    Type:       PersistentVolumeClaim (a reference)\n    ClaimName:  hay\nEvents:\n  \
        Type     Reason            Age  From               Message\n  ----     ------            ---- ----               -------\n  \
        Warning  FailedScheduling  9s   default-scheduler  0/4 nodes are available: persistentvolumeclaim \"hay\" not found. preemption: no\n";
    let mut outputs = vec![
        step("kubectl describe pods goat-0 -n barn", pod),
        step(
            "kubectl get resourcequota -n barn",
            &format!("NAME    AGE   REQUEST   LIMIT\nfence   9d    {quota}\n"),
        ),
    ];
    if !size.is_empty() {
        let manifest = format!(
            "kind: PersistentVolumeClaim\nmetadata:\n  name: hay\n  namespace: barn\nspec:\n  resources:\n    requests:\n      storage: {size}\n"
        );
        outputs.push(step("probe GetAppYAML app_name=goat", &manifest));
    }
    found(&RULE, &outputs)
}

#[test]
fn a_claim_that_is_missing_did_not_fit_into_the_quota() {
    let fault = ["namespace_storage_quota_exceeded namespace/barn 0.85"];
    assert_eq!(waiting("1Gi", "requests.storage: 0/500Mi"), fault);
    assert_eq!(waiting("", "persistentvolumeclaims: 2/2"), fault);
    assert_eq!(waiting("", "requests.storage: 1Gi/1Gi"), fault);
    assert_eq!(waiting("1Gi", "slow.storageclass.storage.k8s.io/requests.storage: 0/1"), fault);
    assert!(waiting("1Gi", "requests.storage: 0/2Gi").is_empty());
    assert!(waiting("", "requests.storage: 0/500Mi").is_empty());
    assert!(waiting("1Gi", "pods: 4/4").is_empty());
}
