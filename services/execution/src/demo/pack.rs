//! Making the archive: `make demo-clusters`.

use super::{CLUSTERS, DemoCluster, Packed, PackedOutput};
use crate::recorded::{self, CaseError};
use std::{
    io::{self, Write},
    path::Path,
};

/// Where the archive is kept, seen from the root of the repository.
pub const FILE: &str = "services/execution/src/demo/clusters.json.gz";

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A case cannot be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// It cannot be written down.
    #[error("the clusters cannot be packed")]
    Write(#[from] io::Error),
}

/// The archive of all demonstration clusters, from the recorded cases of the repository at `root`.
///
/// # Errors
/// See [`PackError`].
pub fn pack(root: &Path) -> Result<Vec<u8>, PackError> {
    let packed: Vec<Packed> = CLUSTERS.iter().map(|cluster| read(root, cluster)).collect::<Result<_, _>>()?;
    let text = serde_json::to_vec(&packed).map_err(io::Error::from)?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&text)?;
    Ok(encoder.finish()?)
}

/// A case that plays in the namespace of its demonstration cluster.
fn read(root: &Path, cluster: &DemoCluster) -> Result<Packed, CaseError> {
    let dir = root.join(cluster.case);
    let case = recorded::load(&dir, recorded::detect(&dir)?)?;
    let case = case.rewritten(|text| text.replace(&case.namespace, cluster.namespace));
    let output = |(argv, output): (&[String], &recorded::RecordedOutput)| PackedOutput {
        argv: argv.to_vec(),
        stdout: output.stdout.clone(),
        stderr: output.stderr.clone(),
        exit_code: output.exit_code,
    };
    Ok(Packed {
        id: cluster.id.to_owned(),
        namespace: cluster.namespace.to_owned(),
        description: case.description.clone(),
        outputs: case.outputs().map(output).collect(),
    })
}
