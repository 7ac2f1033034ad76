//! Every configuration in the documentation is one that the programs take.

use crate::instance::{repository, run};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The YAML blocks of a Markdown file.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (&mut open, line.trim()) {
            (None, "```yaml" | "```yml") => open = Some(Vec::new()),
            (Some(_), "```") => blocks.extend(open.take().map(|lines| lines.join("\n"))),
            (Some(lines), _) => lines.push(line),
            (None, _) => {}
        }
    }
    blocks
}

fn markdown(at: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(at).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            markdown(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

fn check(text: &str, place: &str) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("example.yaml");
    fs::write(&file, text).unwrap();
    let output = run(&["config", "check", &file.display().to_string()]);
    assert!(output.status.success(), "{place}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_example_loads() {
    let mut files = vec![repository().join("README.md"), repository().join("README.zh.md")];
    markdown(&repository().join("docs"), &mut files);
    // The gateway's own tests load these, with its schema and the files they name.
    files.retain(|file| !file.starts_with(repository().join("docs/gateway")));
    let mut checked = 0;
    for file in files {
        for block in blocks(&fs::read_to_string(&file).unwrap()) {
            let place = format!("{}:\n{block}", file.display());
            match block.lines().next().map(str::trim) {
                Some("# aetherius.yaml") => check(&block, &place),
                Some("# agw.yaml") => {
                    let read = agw_config::read(&block, Path::new("/"));
                    assert!(read.is_ok(), "{place}\n{:?}", read.err());
                }
                Some("# rbac.yaml") => {
                    let role: serde_json::Value = serde_saphyr::from_str(&block).unwrap();
                    let rules = role["rules"].as_array().unwrap();
                    let only_reads =
                        |rule: &serde_json::Value| rule["verbs"] == serde_json::json!(["list", "watch"]);
                    assert!(role["kind"] == "ClusterRole" && rules.iter().all(only_reads), "{place}");
                }
                Some("# alertmanager.yml") => {
                    let parsed: serde_json::Value = serde_saphyr::from_str(&block).unwrap();
                    assert!(parsed["receivers"].is_array(), "{place}");
                }
                // The test cluster's own tests apply it.
                Some("# manifest.yaml") => {
                    let parsed: serde_json::Value = serde_saphyr::from_str(&block).unwrap();
                    assert!(parsed["kind"].is_string(), "{place}");
                }
                _ => panic!(
                    "say in the first line what this is (# aetherius.yaml, # agw.yaml, # rbac.yaml, # alertmanager.yml, # manifest.yaml): {place}"
                ),
            }
            checked += 1;
        }
    }
    assert!(checked > 0, "the documentation shows no configuration");
    for entry in fs::read_dir(repository().join("examples")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "yaml") {
            check(&fs::read_to_string(entry.path()).unwrap(), &entry.path().display().to_string());
        }
    }
}
