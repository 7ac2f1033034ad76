use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_script_names_each_recorded_cluster_with_its_namespace_and_no_other() {
    let recorded: BTreeMap<&str, &str> =
        aetherius_execution::demo::CLUSTERS.iter().map(|cluster| (cluster.id, cluster.namespace)).collect();
    let mut named = BTreeSet::new();
    for alert in aetherius_api::demo::play().iter().flat_map(|beat| &beat.alerts) {
        let (cluster, namespace) = (&alert.labels["cluster"], &alert.labels["namespace"]);
        assert_eq!(recorded.get(cluster.as_str()), Some(&namespace.as_str()), "{:?}", alert.labels);
        named.insert(cluster.clone());
    }
    assert_eq!(named.len(), recorded.len(), "each is told of");
}
