use super::*;
use crate::testing::{found, step};

/// A service `goat` with `selector`, its endpoints, and pods of deployments with their labels.
fn table(selector: &str, endpoints: &str, pods: &[(&str, &str)]) -> Vec<String> {
    let services = format!(
        "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\n\
         goat   ClusterIP   10.0.0.9     <none>        80/TCP    9d    {selector}\n\
         hen    ClusterIP   10.0.0.8     <none>        80/TCP    9d    app=hen\n"
    );
    let ends = format!("NAME   ENDPOINTS      AGE\ngoat   {endpoints:<14} 9d\nhen    10.1.0.2:80    9d\n");
    let mut rows = "NAME                    READY   STATUS    RESTARTS   AGE   LABELS\n".to_owned();
    for (name, labels) in pods {
        rows.push_str(&format!("{name:<23} 1/1     Running   0          9d    {labels}\n"));
    }
    found(
        &RULE,
        &[
            step("kubectl get services -n barn -o wide", &services),
            step("kubectl get endpoints -n barn", &ends),
            step("kubectl get pods -n barn --show-labels", &rows),
        ],
    )
}

const PODS: [(&str, &str); 3] = [
    ("goat-5c6d7f8b9c-4kx2z", "app=goat,pod-template-hash=5c6d7f8b9c,team=farm"),
    ("hen-6d4b8c7f9b-x2kqp", "app=hen,pod-template-hash=6d4b8c7f9b,team=farm"),
    ("cow-7f9b6d4b8c-kqp2x", "app=cow,pod-template-hash=7f9b6d4b8c,team=farm"),
];

#[test]
fn a_selector_that_nearly_matches_names_the_workload() {
    for selector in [
        "application=goat",
        "app=gaot",
        "app=goat-v2",
        "app=goat,env=prod",
        "app=wolf",
        "app=goat,team=barn",
        "ap=goats",
    ] {
        assert_eq!(
            table(selector, "<none>", &PODS),
            ["service_selector_mismatch deployment/goat 0.95"],
            "{selector}"
        );
    }
}

#[test]
fn a_selector_that_matches_is_right_whatever_the_pods_do() {
    for (selector, endpoints) in [("app=goat", "10.1.0.1:80"), ("app=goat", "<none>"), ("app=gaot", "10.1.0.1:80"), ("<none>", "<none>")] {
        assert!(table(selector, endpoints, &PODS).is_empty(), "{selector} {endpoints}");
    }
    assert!(table("app=gaot", "<none>", &[]).is_empty(), "without labels nothing is known");
}

#[test]
fn no_replicas_is_another_cause() {
    let outputs = [
        step(
            "kubectl get services,deployments -n barn -o json",
            "{\"items\": [\n{\"kind\": \"Service\", \"metadata\": {\"name\": \"goat\", \"namespace\": \"barn\"}, \"spec\": {\"selector\": {\"app\": \"goat\"}, \"ports\": [{\"port\": 80}]}},\n\
             {\"kind\": \"Deployment\", \"metadata\": {\"name\": \"goat\", \"namespace\": \"barn\"}, \"spec\": {\"replicas\": 0, \"selector\": {\"matchLabels\": {\"app\": \"goat\"}}, \"template\": {\"metadata\": {\"labels\": {\"app\": \"goat\"}}}}}\n]}",
        ),
        step("kubectl get endpoints -n barn", "NAME   ENDPOINTS   AGE\ngoat   <none>      9d\n"),
    ];
    assert!(found(&RULE, &outputs).is_empty());
}

#[test]
fn a_role_that_nobody_plays_at_the_moment_is_no_fault() {
    let services = "NAME            TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\n\
         goat-leader     ClusterIP   10.0.0.9     <none>        80/TCP    9d    app=goat,role=leader\n\
         goat-follower   ClusterIP   10.0.0.8     <none>        80/TCP    9d    app=goat,role=follower\n\
         goat-0          ClusterIP   10.0.0.7     <none>        80/TCP    9d    statefulset.kubernetes.io/pod-name=goat-1\n";
    let pods = "NAME     READY   STATUS    RESTARTS   AGE   LABELS\ngoat-0   1/1     Running   0          9d    app=goat,role=leader,statefulset.kubernetes.io/pod-name=goat-0\n";
    let outputs = [
        step("kubectl get services -n barn -o wide", services),
        step("kubectl get pods -n barn --show-labels", pods),
    ];
    assert!(found(&RULE, &outputs).is_empty());
}

#[test]
fn a_service_that_sends_to_anothers_pods_leaves_its_own_without() {
    let pods = "NAME                    READY   STATUS    RESTARTS   AGE   LABELS\n\
         goat-5c6d7f8b9c-4kx2z   1/1     Running   0          9d    app=goat\n\
         hen-6d4b8c7f9b-x2kqp    1/1     Running   0          9d    app=hen\n";
    let deployments = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\ngoat   1/1     1            1           9d    main         x        app=goat\nhen    1/1     1            1           9d    main         x        app=hen\n";
    let services = |selector: &str| {
        format!(
            "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\n\
             goat   ClusterIP   10.0.0.9     <none>        80/TCP    9d    {selector}\n\
             hen    ClusterIP   10.0.0.8     <none>        80/TCP    9d    app=hen\n"
        )
    };
    let with = |selector: &str| {
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o wide", &services(selector)),
                step("kubectl get pods -n barn --show-labels", pods),
                step("kubectl get deployments -n barn -o wide", deployments),
            ],
        )
    };
    assert_eq!(with("app=hen"), ["service_selector_mismatch deployment/goat 0.85"]);
    assert!(with("app=goat").is_empty());
}

#[test]
fn an_orphan_is_worth_a_word_when_somebody_calls_it() {
    let pod = |env: &str| {
        format!(
            "Name:             hen-6d4b8c7f9b-x2kqp\nNamespace:        barn\nLabels:           app=hen\nStatus:           Running\nContainers:\n  main:\n    Image:  x\n    Environment:\n      {env}\n"
        )
    };
    let services = "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR\nwolf   ClusterIP   10.0.0.9     <none>        80/TCP    9d    app=wolf\n";
    let with = |env: &str| {
        found(
            &RULE,
            &[
                step("kubectl get services -n barn -o wide", services),
                step("kubectl get endpoints -n barn", "NAME   ENDPOINTS   AGE\nwolf   <none>      9d\n"),
                step("kubectl describe pods hen-6d4b8c7f9b-x2kqp -n barn", &pod(env)),
            ],
        )
    };
    assert_eq!(with("WOLF_ADDR:  wolf:80"), ["service_without_pods service/wolf 0.6"]);
    assert!(with("COLOR:  red").is_empty());
}

#[test]
fn a_description_says_it_too() {
    let service = "Name:        goat\nNamespace:   barn\nLabels:      <none>\nSelector:    apps=goat\nType:        ClusterIP\nIP:          10.0.0.9\nPort:        <unset>  80/TCP\nTargetPort:  80/TCP\nEndpoints:   \n";
    let deployment = "Name:        goat\nNamespace:   barn\nSelector:    app=goat\nReplicas:    1 desired | 1 updated | 1 total | 1 available | 0 unavailable\nPod Template:\n  Labels:  app=goat\n  Containers:\n   main:\n    Image:  x\n";
    let outputs = [
        step("kubectl describe services goat -n barn", service),
        step("kubectl describe deployments goat -n barn", deployment),
    ];
    assert_eq!(found(&RULE, &outputs), ["service_selector_mismatch deployment/goat 0.85"]);
    let said = (RULE.check)(&crate::adapter::observe(&outputs)).remove(0).summary;
    assert_eq!(said, "Service goat asks for pods with apps=goat, but those of deployment/goat have app=goat.");
}
