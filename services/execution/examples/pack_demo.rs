//! Packs the recorded cases of the demonstration into the archive that is compiled into the program: `make demo-clusters`.

use aetherius_execution::demo;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::write(root.join(demo::FILE), demo::pack(&root)?)?;
    Ok(())
}
