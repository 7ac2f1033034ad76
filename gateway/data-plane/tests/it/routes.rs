//! What routes match and do, with the very configurations of their documentation.

use crate::{scripted::Scripted, support::Setup};

mod actions;
mod connections;
mod copies;
mod matching;
mod sites;
mod waiting;

const DOCUMENTATION: &str = include_str!("../../../../docs/gateway/routes.md");

/// The first YAML block under a heading.
fn block(heading: &str) -> String {
    let section = DOCUMENTATION.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let block = section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("a block").replace("listeners:\n  - address: 127.0.0.1:8080\n", "")
}

/// A gateway with a block of the documentation, its endpoints replaced in turn by these origins.
async fn documented(heading: &str, origins: &[&Scripted]) -> Setup {
    changed(heading, origins, &[]).await
}

/// The same with changes to the block: what stands on the left becomes what stands on the right.
async fn changed(heading: &str, origins: &[&Scripted], changes: &[(&str, &str)]) -> Setup {
    let mut yaml = block(heading);
    for (from, to) in changes {
        assert!(yaml.contains(from), "{from}");
        yaml = yaml.replace(from, to);
    }
    for (index, origin) in origins.iter().enumerate() {
        let placeholder = format!("127.0.0.1:{}", 9001 + index);
        assert!(yaml.contains(&placeholder), "{placeholder}");
        yaml = yaml.replace(&placeholder, &origin.address);
    }
    Setup::start(tempfile::tempdir().unwrap(), &yaml).await
}
