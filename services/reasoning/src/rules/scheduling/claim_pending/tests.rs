use aetherius_contracts::execution::StepResult;

use super::*;
use crate::testing::{found, refused_pod, step};

const UNBOUND: &str =
    "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none";
const USER: &str = "Containers:\n  main:\n    Image:  hay:1\nVolumes:\n  store:\n    Type:       PersistentVolumeClaim (a reference)\n    ClaimName:  hay";
const CLAIM: &str = "class=slow size=1Gi mode=ReadWriteOnce";
const VOLUME: &str = "class=slow size=1Gi mode=ReadWriteOnce";

/// The pod that waits for claim `hay`, and a class whose volumes are made by hand.
fn pod_and_class() -> [StepResult; 2] {
    let class = "{\"kind\": \"StorageClass\", \"metadata\": {\"name\": \"slow\"}, \"provisioner\": \"kubernetes.io/no-provisioner\"}";
    [refused_pod(USER, UNBOUND), step("kubectl get storageclass slow -o json", class)]
}

/// `class=slow size=1Gi mode=ReadWriteOnce` and what else is needed, as fields of a spec.
fn part<'a>(text: &'a str, name: &str) -> &'a str {
    let value = |word: &'a str| word.strip_prefix(name)?.strip_prefix('=');
    text.split(' ').find_map(value).unwrap_or("")
}

fn claim(text: &str) -> StepResult {
    let selector = match part(text, "asks") {
        "" => String::new(),
        value => format!("\n\"selector\": {{\"matchLabels\": {{\n\"tier\": \"{value}\"}}}},"),
    };
    let json = format!(
        "{{\"kind\": \"PersistentVolumeClaim\", \"metadata\": {{\"name\": \"hay\", \"namespace\": \"barn\"}},\n\"spec\": {{{selector}\n\"storageClassName\": \"{}\",\n\"accessModes\": [\"{}\"],\n\"resources\": {{\"requests\": {{\n\"storage\": \"{}\"}}}}{}}},\n\"status\": {{\"phase\": \"Pending\"}}}}",
        part(text, "class"),
        part(text, "mode"),
        part(text, "size"),
        match part(text, "wants") {
            "" => String::new(),
            name => format!(",\n\"volumeName\": \"{name}\""),
        }
    );
    step("kubectl get pvc hay -n barn -o json", &json)
}

fn volume(name: &str, text: &str) -> StepResult {
    let holder = match part(text, "holder") {
        "" => String::new(),
        holder => format!("\n\"claimRef\": {{\"namespace\": \"barn\",\n\"name\": \"{holder}\"}},"),
    };
    let phase = Some(part(text, "phase")).filter(|phase| !phase.is_empty()).unwrap_or("Available");
    let json = format!(
        "{{\"kind\": \"PersistentVolume\", \"metadata\": {{\n\"name\": \"{name}\", \"labels\": {{\n\"tier\": \"{}\"}}}},\n\"spec\": {{{holder}\n\"storageClassName\": \"{}\",\n\"accessModes\": [\"{}\"],\n\"capacity\": {{\n\"storage\": \"{}\"}}}},\n\"status\": {{\n\"phase\": \"{phase}\"}}}}",
        part(text, "tier"),
        part(text, "class"),
        part(text, "mode"),
        part(text, "size"),
    );
    step(&format!("kubectl get pv {name} -o json"), &json)
}

fn event(reason: &str, message: &str) -> StepResult {
    let row = format!(
        "LAST SEEN   TYPE      REASON             OBJECT                      MESSAGE\n9s          Warning   {reason}      persistentvolumeclaim/hay   {message}\n"
    );
    step("kubectl get events -n barn", &row)
}

fn found_with(outputs: impl IntoIterator<Item = StepResult>) -> Vec<String> {
    let outputs: Vec<StepResult> = pod_and_class().into_iter().chain(outputs).collect();
    found(&RULE, &outputs)
}

#[test]
fn the_one_thing_that_does_not_fit_is_the_cause() {
    for (wanted, offered, expected) in [
        ("class=fast size=1Gi mode=ReadWriteOnce", VOLUME, "pvc_storage_class_mismatch"),
        ("size=1Gi mode=ReadWriteOnce", VOLUME, "pvc_storage_class_mismatch"),
        (CLAIM, "size=1Gi mode=ReadWriteOnce", "pvc_storage_class_mismatch"),
        (
            "class=slow size=1Gi mode=ReadWriteOnce asks=gold",
            "class=slow size=1Gi mode=ReadWriteOnce tier=tin",
            "pvc_selector_mismatch",
        ),
        ("class=slow size=1Gi mode=ReadWriteMany", VOLUME, "pvc_access_mode_mismatch"),
        ("class=slow size=10Gi mode=ReadWriteOnce", VOLUME, "pvc_capacity_mismatch"),
        (CLAIM, "class=slow size=1Gi mode=ReadWriteOnce phase=Bound holder=oats", "pv_binding_occupied"),
        (CLAIM, "class=slow size=1Gi mode=ReadWriteOnce phase=Available holder=oats", "pv_binding_occupied"),
        (CLAIM, "class=slow size=1Gi mode=ReadWriteOnce phase=Released holder=hay", "pv_binding_occupied"),
        (CLAIM, "class=slow size=1Gi mode=ReadWriteOnce phase=Available holder=hay", "pvc_unbound"),
        (CLAIM, VOLUME, "pvc_unbound"),
    ] {
        let outputs = [claim(wanted), volume("bin", offered)];
        assert_eq!(found_with(outputs), [format!("{expected} deployment/goat 0.85")], "{wanted} | {offered}");
    }
}

#[test]
fn the_volume_that_differs_least_is_the_one_that_was_meant() {
    let large = claim("class=slow size=10Gi mode=ReadWriteOnce");
    let other = volume("box", "class=slow size=10Gi mode=ReadWriteOnce phase=Bound holder=oats");
    let odd = volume("can", "size=1Gi mode=ReadOnlyMany");
    let outputs = [large.clone(), volume("bin", VOLUME), other.clone(), odd.clone()];
    assert_eq!(found_with(outputs), ["pvc_capacity_mismatch deployment/goat 0.85"]);
    assert_eq!(found_with([large, other, odd]), ["pv_binding_occupied deployment/goat 0.85"]);
    let gold = claim("class=slow size=1Gi mode=ReadWriteOnce asks=gold");
    let outputs = [
        gold,
        volume("bin", "class=slow size=1Gi mode=ReadWriteOnce tier=tin"),
        volume("box", "class=slow size=1Gi mode=ReadWriteOnce tier=gold phase=Bound holder=oats"),
        volume("can", "class=fast size=1Gi mode=ReadWriteOnce tier=gold"),
    ];
    assert_eq!(
        found_with(outputs),
        ["pv_binding_occupied deployment/goat 0.85"],
        "class and selector mean it"
    );
    let pinned = claim("class=slow size=1Gi mode=ReadWriteOnce wants=box");
    let box_ = volume("box", "class=slow size=1Gi mode=ReadWriteOnce phase=Bound holder=oats");
    assert_eq!(
        found_with([pinned, volume("bin", VOLUME), box_]),
        ["pv_binding_occupied deployment/goat 0.85"]
    );
}

#[test]
fn of_several_differences_the_first_is_surer() {
    let outputs = [claim("class=fast size=10Gi mode=ReadWriteOnce"), volume("bin", VOLUME)];
    assert_eq!(
        found_with(outputs),
        ["pvc_storage_class_mismatch deployment/goat 0.85", "pvc_capacity_mismatch deployment/goat 0.6"]
    );
}

#[test]
fn what_the_binder_says_is_believed() {
    for (reason, message, expected) in [
        (
            "ProvisioningFailed",
            "storageclass.storage.k8s.io \"fast\" not found",
            "pvc_storage_class_mismatch",
        ),
        (
            "VolumeMismatch",
            "Cannot bind to requested volume \"bin\": requested PV is too small",
            "pvc_capacity_mismatch",
        ),
        (
            "VolumeMismatch",
            "Cannot bind to requested volume \"bin\": incompatible accessMode",
            "pvc_access_mode_mismatch",
        ),
        (
            "VolumeMismatch",
            "Cannot bind to requested volume \"bin\": storageClassName does not match",
            "pvc_storage_class_mismatch",
        ),
        ("FailedBinding", "volume \"bin\" already bound to a different claim.", "pv_binding_occupied"),
    ] {
        let outputs = [claim("class=fast size=1Gi mode=ReadWriteOnce"), event(reason, message)];
        assert_eq!(found_with(outputs), [format!("{expected} deployment/goat 0.95")], "{message}");
    }
    let outputs = [
        claim("class=fast size=2Gi mode=ReadWriteOnce"),
        volume("bin", "class=fast size=1Gi mode=ReadWriteOnce"),
        event("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found"),
    ];
    assert_eq!(
        found_with(outputs),
        ["pvc_capacity_mismatch deployment/goat 0.85"],
        "a volume may do without class"
    );
}

#[test]
fn tables_and_a_manifest_tell_as_much() {
    let claims = "NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\nhay    Pending                                                     9s\n";
    let volumes = "NAME   CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS      CLAIM   STORAGECLASS   AGE\nbin    1Gi        ROX            Retain           Available                          9s\n";
    let manifest = "kind: PersistentVolumeClaim\nmetadata: {name: hay, namespace: barn}\nspec:\n  accessModes:\n  - ReadWriteMany\n  resources:\n    requests:\n      storage: 1Gi\n---\nkind: Deployment\nmetadata: {name: goat, namespace: barn}\nspec:\n  template:\n    spec:\n      volumes:\n      - name: store\n        persistentVolumeClaim: {claimName: hay}\n";
    let outputs = [
        step("kubectl get pvc -n barn", claims),
        step("kubectl get pv", volumes),
        step("probe GetAppYAML app_name=goat", manifest),
    ];
    assert_eq!(found(&RULE, &outputs), ["pvc_access_mode_mismatch deployment/goat 0.85"]);
    assert_eq!(found(&RULE, &outputs[..2]), ["pvc_unbound persistentvolumeclaim/hay 0.6"]);
}

#[test]
fn a_claim_that_may_wait_and_a_class_that_makes_volumes() {
    let class = |binding: &str, provisioner: &str| {
        let json = format!(
            "{{\"kind\": \"StorageClass\", \"metadata\": {{\"name\": \"lazy\"}}, \"provisioner\": \"{provisioner}\", \"volumeBindingMode\": \"{binding}\"}}"
        );
        step("kubectl get storageclass lazy -o json", &json)
    };
    let lazy = || claim("class=lazy size=1Gi mode=ReadWriteOnce");
    let waiting = [class("WaitForFirstConsumer", "disks.example"), lazy(), volume("bin", VOLUME)];
    assert!(found(&RULE, &waiting).is_empty(), "no pod asks for it yet");
    let full = refused_pod(USER, "0/4 nodes are available: 4 Insufficient cpu.");
    assert!(found(&RULE, &[&waiting[..], &[full]].concat()).is_empty(), "it waits because the pod does");
    let unbound = refused_pod(
        USER,
        "0/4 nodes are available: 4 node(s) didn't find available persistent volumes to bind.",
    );
    assert_eq!(found(&RULE, &[&waiting[..], &[unbound]].concat()), ["pvc_unbound deployment/goat 0.85"]);
    let made = [class("Immediate", "disks.example"), lazy(), volume("bin", VOLUME)];
    assert_eq!(found_with(made), ["pvc_unbound deployment/goat 0.85"], "another's volume is no obstacle");
}

#[test]
fn a_claim_that_does_not_exist_and_claims_that_are_bound() {
    let missing = "0/4 nodes are available: persistentvolumeclaim \"hay\" not found. preemption: none";
    assert_eq!(found(&RULE, &[refused_pod(USER, missing)]), ["pvc_unbound deployment/goat 0.95"]);
    let bound = claim(CLAIM).output.replace("Pending", "Bound");
    let outputs = [
        step("kubectl get pvc -n barn -o json", &bound),
        volume("bin", "class=fast phase=Bound holder=hay"),
        volume("box", "class=fast phase=Released holder=oats"),
    ];
    assert!(found(&RULE, &outputs).is_empty());
}
