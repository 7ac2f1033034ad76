use super::{ClusterAccess, WatchSettings, Way};
use foundation::settings::{list, load};

fn problems(settings: &str) -> String {
    list(&load::<WatchSettings>(settings).unwrap().validate().unwrap_err())
}

fn access(id: &str) -> ClusterAccess {
    ClusterAccess { id: id.into(), way: Way::ServiceAccount }
}

fn chosen(settings: &str) -> Result<Vec<String>, String> {
    let mut config = load::<WatchSettings>(settings).unwrap().validate().unwrap();
    config.choose(vec![access("a"), access("b")]).map_err(|problems| list(&problems))?;
    Ok(config.clusters.into_iter().map(|access| access.id).collect())
}

#[test]
fn values_out_of_range_are_all_told() {
    let found = problems(
        "min_count: 0\nmax_age: 2h\nunavailable_for: 2h\ndeduplication_ttl: 0s\nrate_limit_per_minute: 0\n\
         types: []\nreasons: []\nnamespaces: {include: ['kube-*', a], exclude: [A, a]}",
    );
    for place in [
        "min_count",
        "max_age",
        "unavailable_for",
        "deduplication_ttl",
        "rate_limit_per_minute",
        "types",
        "reasons",
        "namespaces.include[0]: `kube-*` is not the name of a namespace",
        "namespaces.exclude[0]",
        "namespaces.include[1]: `a` is excluded too",
    ] {
        assert!(found.contains(&format!("- {place}")), "{place}: {found}");
    }
}

#[test]
fn nothing_is_watched_unless_it_is_wanted() {
    assert_eq!(chosen("").unwrap(), [""; 0]);
    assert_eq!(chosen("clusters: [a]").unwrap(), [""; 0]);
    assert_eq!(chosen("enabled: true").unwrap(), ["a", "b"]);
    assert_eq!(chosen("{enabled: true, clusters: [b]}").unwrap(), ["b"]);
    let unknown = chosen("clusters: [a, x]").unwrap_err();
    assert!(unknown.contains("watch.clusters[1]: `x` cannot be watched"), "{unknown}");
}
