use super::{ARCHIVE, CLUSTERS, PREFIX, find, pack, unpack};
use std::{collections::BTreeSet, path::Path};

/// Beyond this a demonstration would weigh more than it is worth.
const ARCHIVE_BYTES_MAX: usize = 1 << 20;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_archive_is_made_of_the_recorded_cases_of_today() {
    // What is packed is compared, and not how: another version of the compressor may write other bytes.
    let made = unpack(&pack(repository()).unwrap()).unwrap();
    assert!(made == unpack(ARCHIVE).unwrap(), "the cases have changed; run `make demo-clusters`");
    assert!(ARCHIVE.len() < ARCHIVE_BYTES_MAX, "{} bytes", ARCHIVE.len());
}

#[test]
fn every_demonstration_cluster_has_a_name_of_its_own_and_answers_for_its_namespace() {
    let ids: BTreeSet<&str> = CLUSTERS.iter().map(|cluster| cluster.id).collect();
    assert_eq!(ids.len(), CLUSTERS.len());
    for cluster in CLUSTERS {
        assert!(cluster.id.starts_with(PREFIX));
        let case = find(cluster.id).unwrap();
        assert_eq!(case.namespace, cluster.namespace);
        assert!(case.namespaces().contains(cluster.namespace));
        let old = case.outputs().any(|(argv, output)| {
            output.stdout.contains("bookshop-1") || argv.iter().any(|word| word.contains("bookshop-1"))
        });
        assert!(!old, "{}: a name of the recording is left", cluster.id);
    }
    assert!(find("demo-nowhere").is_none() && find("default").is_none());
}
