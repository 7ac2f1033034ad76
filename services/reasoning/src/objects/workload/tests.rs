use crate::adapter::observe;
use crate::objects::Key;
use crate::testing::step;

const SETS: &str = r#"{"items": [{"kind": "ReplicaSet", "metadata": {"name": "odd", "namespace": "barn",
    "ownerReferences": [{"kind": "Deployment", "name": "goat"}]}},
    {"kind": "ReplicaSet", "metadata": {"name": "alone-5c6d7f8b9c", "namespace": "barn"}}]}"#;

const DEPLOYMENTS: &str = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\n\
                           hens   0/1     1            0           9d    main         egg      app=hen\n";

fn workload(name: &str, owner: &str, labels: &str) -> String {
    let mut text = format!("Name:    {name}\nNamespace:   barn\nLabels:  {labels}\n");
    if !owner.is_empty() {
        text.push_str(&format!("Controlled By:  {owner}\n"));
    }
    let outputs = [
        step("kubectl describe pods -n barn", &text),
        step("kubectl get rs -n barn -o json", SETS),
        step(
            "kubectl get rs -n barn",
            "NAME             DESIRED   CURRENT   READY   AGE\ncow-5c6d7f8b9c   1         1         0       9d\n",
        ),
        step("kubectl get deployments -n barn -o wide", DEPLOYMENTS),
    ];
    let snapshot = observe(&outputs);
    let pod = snapshot.pods.get(&Key::new("barn", name)).unwrap();
    snapshot.workload_of(pod).to_string()
}

#[test]
fn the_owner_that_is_told_wins_over_the_name() {
    assert_eq!(workload("x", "ReplicaSet/odd", "<none>"), "deployment/goat");
    assert_eq!(workload("x", "ReplicaSet/alone-5c6d7f8b9c", "<none>"), "replicaset/alone-5c6d7f8b9c");
    assert_eq!(workload("x", "ReplicaSet/cow-5c6d7f8b9c", "<none>"), "deployment/cow");
    assert_eq!(workload("x", "ReplicaSet/cow-12", "pod-template-hash=12"), "deployment/cow");
    assert_eq!(workload("x", "ReplicaSet/cow-12", "<none>"), "replicaset/cow-12");
    assert_eq!(workload("x", "StatefulSet/pig", "<none>"), "statefulset/pig");
    assert_eq!(workload("x-1", "Node/barn", "<none>"), "pod/x-1");
}

#[test]
fn without_an_owner_selectors_then_names_are_read() {
    assert_eq!(workload("egg-0", "", "app=hen"), "deployment/hens");
    assert_eq!(workload("cow-shed-5c6d7f8b9c-4kx2z", "", "<none>"), "deployment/cow-shed");
    assert_eq!(workload("cow-4kx2z", "", "<none>"), "daemonset/cow");
    assert_eq!(workload("cow-12", "", "<none>"), "statefulset/cow");
    assert_eq!(workload("cow", "", "<none>"), "pod/cow");
    assert_eq!(workload("cow-abide", "", "<none>"), "pod/cow-abide");
}
