use super::*;

fn read(message: &str) -> Vec<(usize, Obstacle)> {
    let (_, reasons) = parse(message).unwrap_or_default();
    reasons.into_iter().map(|reason| (reason.nodes, reason.obstacle)).collect()
}

#[test]
fn the_reasons_of_all_filters_are_told_apart() {
    use Obstacle::*;
    let resource = |name: &str| Resource(name.to_owned());
    for (message, expected) in [
        (
            "0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu, 2 Insufficient memory. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.",
            vec![(1, Cordon), (3, resource("cpu")), (2, resource("memory"))],
        ),
        (
            "0/3 nodes are available: 1 Too many pods, 2 Insufficient vendor.example/gpu. no new claims to deallocate, preemption: none",
            vec![(1, resource("pods")), (2, resource("vendor.example/gpu"))],
        ),
        (
            "0/3 nodes are available: 1 node(s) had taint {a: b}, that the pod didn't tolerate, 2 node(s) didn't match node selector.",
            vec![(1, Taint), (2, NodeAffinity)],
        ),
        (
            "0/3 nodes are available: 1 node(s) had untolerated taint {a.example/b: c-1.2}, 2 node(s) had untolerated taint(s). preemption: no",
            vec![(1, Taint), (2, Taint)],
        ),
        (
            "0/5 nodes are available: 1 node(s) didn't match pod affinity rules, 1 node(s) didn't match pod anti-affinity rules, 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 node(s) didn't match pod topology spread constraints (missing required label).",
            vec![(1, Affinity), (1, AntiAffinity), (1, AntiAffinity), (2, Spread)],
        ),
        (
            "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 1 node(s) had volume node affinity conflict, 1 node(s) didn't match PersistentVolume's node affinity.",
            vec![(1, HostPort), (1, VolumePlace), (1, VolumePlace)],
        ),
        (
            "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
            vec![(4, Claim)],
        ),
        (
            "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
            vec![(4, Claim)],
        ),
        ("0/4 nodes are available: persistentvolumeclaim \"hay\" not found. not found", vec![(4, Claim)]),
        ("0/4 nodes are available: persistentvolumeclaim \"hay\" not found.", vec![(4, Claim)]),
        ("persistentvolumeclaim \"hay\" not found", vec![(0, Claim)]),
        ("0/2 nodes are available: 2 node(s) are made of cheese.", vec![(2, Other)]),
        ("0/x nodes are available: 2 Insufficient cpu.", vec![]),
        ("skip schedule deleting pod: barn/goat-0", vec![]),
        ("no nodes available to schedule pods", vec![]),
    ] {
        assert_eq!(read(message), expected, "{message}");
    }
}
