use super::collect;
use super::testing::case;

fn found(outputs: &[(&str, &str)]) -> Vec<String> {
    collect(&case(outputs)).objects().filter(|name| *name != "bakery").map(str::to_owned).collect()
}

#[test]
fn json_has_names_of_objects_and_of_what_they_mention() {
    let pod = r#"{"kind": "Pod", "metadata": {"name": "oven-5c6d7f8b9c-4kx2z", "namespace": "bakery",
        "labels": {"app": "oven", "tier": "hot"}, "ownerReferences": [{"kind": "ReplicaSet", "name": "oven-5c6d7f8b9c"}]},
        "spec": {"nodeName": "worker-07", "serviceAccountName": "baker", "imagePullSecrets": [{"name": "hub-login"}],
        "containers": [{"name": "heat", "image": "hub.example/oven:1", "ports": [{"name": "grpc-web"}],
        "env": [{"name": "flour", "valueFrom": {"secretKeyRef": {"name": "recipes", "key": "bread"}}}]}],
        "volumes": [{"name": "dough", "persistentVolumeClaim": {"claimName": "dough-claim"}}]}}"#;
    assert_eq!(
        found(&[("kubectl get pods -n bakery -o json", pod)]),
        [
            "baker",
            "dough",
            "dough-claim",
            "heat",
            "hub-login",
            "oven",
            "oven-5c6d7f8b9c",
            "oven-5c6d7f8b9c-4kx2z",
            "recipes",
            "worker-07"
        ]
    );
}

#[test]
fn tables_descriptions_and_commands_have_names_too() {
    let table = "NAMESPACE     NAME                     READY   NODE\nbakery        oven-5c6d7f8b9c-4kx2z    1/1     worker-07\nkube-system   etcd-worker-07           1/1     worker-08\n";
    let events = "LAST SEEN   TYPE      REASON   OBJECT           MESSAGE\n9s          Warning   Failed   pod/mixer-0      no such thing as mixer\n";
    let described = "Name:             kneader-abcde\nNamespace:        bakery\nNode:             worker-09/10.0.0.9\nControlled By:    ReplicaSet/kneader\nContainers:\n  hands:\n    Image:  hub.example/kneader:2\nLabels:           app=kneader-app\n                  name=kneader-name\n";
    assert_eq!(found(&[("kubectl get pods -A -o wide", table)]), ["oven-5c6d7f8b9c-4kx2z", "worker-07"]);
    assert_eq!(found(&[("kubectl get events -n bakery", events)]), ["mixer-0"]);
    assert_eq!(
        found(&[("kubectl describe pods kneader-abcde -n bakery", described)]),
        ["hands", "kneader", "kneader-abcde", "kneader-app", "kneader-name", "worker-09"]
    );
    assert_eq!(found(&[("kubectl get services till -n bakery", "")]), ["till"]);
    assert_eq!(found(&[("probe Reach service_name=till port=80", "open")]), ["till"]);
}

#[test]
fn words_of_kubernetes_are_no_names() {
    let table = "NAME        READY\ndefault     1/1\nserver      1/1\nweb         1/1\nab          1/1\nUpper       1/1\n";
    assert!(found(&[("kubectl get pods -n bakery", table)]).is_empty());
    let fields = r#"{"crumbs": 1, "metadata": {"name": "crumbs"}}"#;
    assert!(found(&[("kubectl get pods -n bakery -o json", fields)]).is_empty());
}
