use super::*;

fn lines(commands: &[Command]) -> Vec<String> {
    commands.iter().map(|command| command.argv().join(" ")).collect()
}

fn recorded(catalog: &[&str], namespace: &str) -> Vec<String> {
    let catalog = catalog.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect();
    lines(&plan(&Source::Recorded { catalog }, namespace))
}

#[test]
fn a_live_cluster_is_asked_once_for_each_kind() {
    let expected = [
        "get pods -n barn -o json",
        "get events -n barn -o json",
        "get deployments,statefulsets,daemonsets,replicasets -n barn -o json",
        "get services,endpointslices -n barn -o json",
        "get configmaps,ingresses,networkpolicies -n barn -o json",
        "get persistentvolumeclaims,resourcequotas,serviceaccounts -n barn -o json",
        "get nodes,persistentvolumes,storageclasses -o json",
    ];
    assert_eq!(lines(&plan(&Source::Live, "barn")), expected);
    let all = lines(&plan(&Source::Live, ""));
    assert_eq!(all[0], "get pods -A -o json");
    assert_eq!(all[6], "get nodes,persistentvolumes,storageclasses -o json");
    assert!(
        plan(&Source::Live, "barn")
            .iter()
            .all(|command| command.tool == "kubectl" && command.namespace == "barn")
    );
}

#[test]
fn a_recording_gives_what_can_be_read_and_nothing_twice() {
    let catalog = [
        "kubectl get pods -n barn",
        "kubectl get pods -n barn -o wide",
        "kubectl get pods -n barn --show-labels",
        "kubectl get pods -n barn -l app=goat",
        "kubectl get pods goat-0 -n barn",
        "kubectl describe pods goat-0 -n barn",
        "kubectl describe pod goat-0 -n barn",
        "kubectl describe pods hen-0 -n barn",
        "kubectl get pods -n other",
        "kubectl get deployments -n barn",
        "kubectl get deployments -n barn -o wide",
        "kubectl get replicasets -n barn",
        "kubectl get services -n barn",
        "kubectl get nodes -n barn",
        "kubectl describe nodes barn -n barn",
        "kubectl get events -n barn --sort-by=.lastTimestamp | tail -n 20",
        "kubectl get events -n barn --sort-by=.lastTimestamp",
        "kubectl logs goat-0 -n barn",
    ];
    let expected = [
        "get pods -n barn -o wide",
        "get pods -n barn --show-labels",
        "describe pods goat-0 -n barn",
        "describe pods hen-0 -n barn",
        "get events -n barn --sort-by=.lastTimestamp",
        "get nodes -n barn",
        "describe nodes barn -n barn",
        "get deployments -n barn -o wide",
        "get replicasets -n barn",
        "get services -n barn",
        "logs goat-0 -n barn",
    ];
    assert_eq!(recorded(&catalog, "barn"), expected);
    assert_eq!(recorded(&catalog, "").len(), expected.len() + 1);
}

#[test]
fn json_lists_make_the_other_forms_needless() {
    let catalog =
        ["get pods -n barn -o wide", "get pods -n barn -o json", "describe pods goat-0 -n barn", "get nodes"];
    assert_eq!(recorded(&catalog, "barn"), ["get pods -n barn -o json", "get nodes"]);
}

#[test]
fn without_a_list_single_rows_are_taken() {
    let catalog = ["get pods goat-0 -n barn", "get pods goat-0 -n barn -o wide", "describe pods -n barn"];
    assert_eq!(recorded(&catalog[..2], "barn"), ["get pods goat-0 -n barn"]);
    assert_eq!(recorded(&catalog, "barn"), ["describe pods -n barn"]);
}

#[test]
fn a_recording_of_another_namespace_is_asked_in_vain_rather_than_passed_over() {
    let asked = recorded(&["kubectl get pods -n shop -o json", "kubectl get nodes -o json"], "elsewhere");
    assert_eq!(
        asked,
        [
            "get nodes -o json",
            "get pods -n elsewhere -o json",
            "get events -n elsewhere -o json",
            "get deployments,statefulsets,daemonsets,replicasets -n elsewhere -o json",
            "get services,endpointslices -n elsewhere -o json",
            "get configmaps,ingresses,networkpolicies -n elsewhere -o json",
            "get persistentvolumeclaims,resourcequotas,serviceaccounts -n elsewhere -o json",
        ]
    );
}
