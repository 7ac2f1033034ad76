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
        "get pods -n farm -o json",
        "get events -n farm -o json",
        "get nodes -o json",
        "get deployments -n farm -o json",
        "get replicasets -n farm -o json",
    ];
    assert_eq!(lines(&plan(&Source::Live, "farm")), expected);
    let all = lines(&plan(&Source::Live, ""));
    assert_eq!((all[0].as_str(), all[2].as_str()), ("get pods -A -o json", "get nodes -o json"));
    assert!(
        plan(&Source::Live, "farm")
            .iter()
            .all(|command| command.tool == "kubectl" && command.namespace == "farm")
    );
}

#[test]
fn a_recording_gives_what_can_be_read_and_nothing_twice() {
    let catalog = [
        "kubectl get pods -n farm",
        "kubectl get pods -n farm -o wide",
        "kubectl get pods -n farm --show-labels",
        "kubectl get pods -n farm -l app=goat",
        "kubectl get pods goat-0 -n farm",
        "kubectl describe pods goat-0 -n farm",
        "kubectl describe pod goat-0 -n farm",
        "kubectl describe pods hen-0 -n farm",
        "kubectl get pods -n other",
        "kubectl get deployments -n farm",
        "kubectl get deployments -n farm -o wide",
        "kubectl get replicasets -n farm",
        "kubectl get services -n farm",
        "kubectl get nodes -n farm",
        "kubectl describe nodes barn -n farm",
        "kubectl get events -n farm --sort-by=.lastTimestamp | tail -n 20",
        "kubectl get events -n farm --sort-by=.lastTimestamp",
        "kubectl logs goat-0 -n farm",
    ];
    let expected = [
        "get pods -n farm -o wide",
        "get pods -n farm --show-labels",
        "describe pods goat-0 -n farm",
        "describe pods hen-0 -n farm",
        "get events -n farm --sort-by=.lastTimestamp",
        "get nodes -n farm",
        "describe nodes barn -n farm",
        "get deployments -n farm -o wide",
    ];
    assert_eq!(recorded(&catalog, "farm"), expected);
    assert_eq!(recorded(&catalog, "").len(), expected.len() + 1);
}

#[test]
fn json_lists_make_the_other_forms_needless() {
    let catalog =
        ["get pods -n farm -o wide", "get pods -n farm -o json", "describe pods goat-0 -n farm", "get nodes"];
    assert_eq!(recorded(&catalog, "farm"), ["get pods -n farm -o json", "get nodes"]);
}

#[test]
fn without_a_list_single_rows_are_taken() {
    let catalog = ["get pods goat-0 -n farm", "get pods goat-0 -n farm -o wide", "describe pods -n farm"];
    assert_eq!(recorded(&catalog[..2], "farm"), ["get pods goat-0 -n farm"]);
    assert_eq!(recorded(&catalog, "farm"), ["describe pods -n farm"]);
}
