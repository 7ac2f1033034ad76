//! Clusters for a demonstration: recorded incidents of our own that every installation carries, so that somebody without a cluster
//! sees what a diagnosis is.
//!
//! They are one small compressed file in the program. It is unpacked into memory when a demonstration cluster is first asked, and
//! never where there is no demonstration.

mod pack;

#[cfg(test)]
mod tests;

use crate::recorded::{Recorded, RecordedOutput};
pub use pack::{FILE, PackError, pack};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::Read,
    sync::{Arc, LazyLock},
};

/// How the id of every demonstration cluster begins.
pub const PREFIX: &str = "demo-";

static ARCHIVE: &[u8] = include_bytes!("demo/clusters.json.gz");

/// What the archive may unpack to; what is in the program is less.
const UNPACKED_BYTES_MAX: u64 = 32 << 20;

/// A demonstration cluster: a recorded case under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCluster {
    /// As the label `cluster` of alerts names it.
    pub id: &'static str,
    /// The namespace in which something happens.
    pub namespace: &'static str,
    /// Where the case is recorded, seen from the root of the repository.
    pub case: &'static str,
}

const fn cluster(id: &'static str, namespace: &'static str, case: &'static str) -> DemoCluster {
    DemoCluster { id, namespace, case }
}

/// All of them. The archive is made from this list.
pub const CLUSTERS: &[DemoCluster] = &[
    cluster("demo-amsterdam", "bookshop", "testing/cases/image-not-found"),
    cluster("demo-bergen", "teashop", "testing/cases/out-of-memory"),
    cluster("demo-cardiff", "flowershop", "testing/cases/claim-class"),
    cluster("demo-dublin", "toyshop", "testing/cases/healthy-after-a-crash"),
    cluster("demo-edinburgh", "recordshop", "testing/cases/selector-near-miss"),
    cluster("demo-frankfurt", "bakery", "testing/cases/node-network-unavailable"),
    cluster("demo-geneva", "cheese-shop", "testing/cases/secret-missing-in-environment"),
    cluster("demo-helsinki", "lamp-shop", "testing/cases/quota-of-memory"),
    cluster("demo-istanbul", "spice-market", "testing/cases/network-policy-isolates"),
    cluster("demo-jakarta", "coffee-shop", "testing/cases/liveness-port"),
    cluster("demo-kyoto", "paper-shop", "testing/cases/tainted"),
    cluster("demo-lisbon", "fish-market", "testing/cases/healthy-with-spare-node"),
];

/// The case behind a demonstration cluster, if there is one of that id.
pub(crate) fn find(id: &str) -> Option<Arc<Recorded>> {
    static UNPACKED: LazyLock<BTreeMap<String, Arc<Recorded>>> = LazyLock::new(|| {
        unpack(ARCHIVE).unwrap_or_else(|error| {
            // A test reads every byte of it, so this is for a program file that was damaged.
            tracing::error!(%error, "the clusters of the demonstration cannot be unpacked");
            BTreeMap::new()
        })
    });
    // So that an installation without a demonstration never unpacks anything.
    is_known(id).then(|| UNPACKED.get(id).cloned()).flatten()
}

/// Whether there is a demonstration cluster of that id.
pub(crate) fn is_known(id: &str) -> bool {
    CLUSTERS.iter().any(|cluster| cluster.id == id)
}

#[derive(Serialize, Deserialize)]
struct Packed {
    id: String,
    namespace: String,
    description: String,
    outputs: Vec<PackedOutput>,
}

#[derive(Serialize, Deserialize)]
struct PackedOutput {
    argv: Vec<String>,
    stdout: String,
    stderr: String,
    exit_code: i32,
}

fn unpack(archive: &[u8]) -> std::io::Result<BTreeMap<String, Arc<Recorded>>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(archive).take(UNPACKED_BYTES_MAX).read_to_string(&mut text)?;
    let packed: Vec<Packed> = serde_json::from_str(&text)?;
    let case = |packed: Packed| {
        let output = |output: PackedOutput| {
            let PackedOutput { argv, stdout, stderr, exit_code } = output;
            (argv, RecordedOutput { stdout, stderr, exit_code })
        };
        let outputs = packed.outputs.into_iter().map(output);
        (packed.id, Arc::new(Recorded::new(packed.namespace, packed.description, outputs)))
    };
    Ok(packed.into_iter().map(case).collect())
}
