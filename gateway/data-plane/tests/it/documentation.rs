//! Every configuration in the documentation and in the examples is one that the gateway takes, and that editors agree with.

mod fixtures;
mod json_schema;

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The YAML blocks of a Markdown file with the lines they begin at. Fragments are not whole configurations.
pub(crate) fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.trim()) {
            (None, "```yaml" | "```yml") => open = Some((number + 2, Vec::new())),
            (Some(_), "```") => {
                blocks.extend(open.take().map(|(begin, lines)| (begin, lines.join("\n"))));
            }
            (Some((_, lines)), _) => lines.push(line),
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn files(at: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(at).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

/// Other programs of the repository are configured in YAML too; those blocks say so in their first line, and examples by what they
/// hold.
fn is_ours(file: &Path, text: &str) -> bool {
    let gateways_own = file.components().any(|part| part.as_os_str() == "gateway");
    let marked = text.lines().next().is_some_and(|line| line.trim() == "# agw.yaml");
    let looks_so = text.lines().any(|line| {
        ["listeners:", "proxy_routes:", "routes:", "clusters:"]
            .iter()
            .any(|section| line.starts_with(section))
    });
    marked || (gateways_own && (looks_so || file.extension().is_some_and(|ending| ending == "md")))
}

/// What is wrong with a configuration.
fn problems(text: &str, schema: &Value) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let document: Value = match serde_saphyr::from_str(text) {
        Ok(document) => document,
        Err(error) => return vec![format!("not YAML: {error}")],
    };
    fixtures::write(&document, dir.path());
    let file = dir.path().join("agw.yaml");
    fs::write(&file, text).unwrap();
    let mut problems = json_schema::problems(schema, &document);
    problems.extend(agw::check(&file).err().map(|error| format!("{error:#}")));
    problems
}

#[test]
fn every_documented_configuration_loads_and_fits_the_schema() {
    let root = repository();
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root.join("schema/agw.schema.json")).unwrap()).unwrap();
    let mut found =
        vec![root.join("README.md"), root.join("README.zh.md"), root.join("gateway/data-plane/README.md")];
    files(&root.join("docs"), "md", &mut found);
    let mut configurations: Vec<(String, String)> = Vec::new();
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&root).unwrap();
        let ours = blocks(&text).into_iter().filter(|(_, block)| is_ours(name, block));
        configurations.extend(ours.map(|(line, block)| (format!("{}:{line}", name.display()), block)));
    }
    let documented = configurations.len();
    let mut examples = Vec::new();
    files(&root.join("examples"), "yaml", &mut examples);
    files(&root.join("gateway/config/examples"), "yaml", &mut examples);
    for file in examples {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&root).unwrap();
        if is_ours(name, &text) {
            configurations.push((name.display().to_string(), text));
        }
    }
    assert!(documented >= 5 && configurations.len() >= documented + 3, "the search finds what there is");
    let wrong: Vec<String> = configurations
        .iter()
        .flat_map(|(place, text)| {
            problems(text, &schema).into_iter().map(move |problem| format!("{place}: {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_configuration_would_be_found() {
    let schema = agw_config::schema();
    let found = |text: &str| problems(text, &schema).join("\n");
    assert_eq!(found("proxy_routes: [{path: /, target: http://127.0.0.1:1}]"), "");
    let misspelt = found("proxy_routes: [{path: /, targets: http://127.0.0.1:1}]");
    assert!(
        misspelt.contains("proxy_routes[0].targets: unknown field")
            && misspelt.contains("/proxy_routes/0: `targets`"),
        "{misspelt}"
    );
    let wrong_type = found("drain_ms: soon\nproxy_routes: [{path: /, target: 7}]");
    assert!(
        wrong_type.contains("/drain_ms: ") && wrong_type.contains("/proxy_routes/0/target: "),
        "{wrong_type}"
    );
    let nowhere = found("routes: [{name: a, match: {path: /}, cluster: c}]");
    assert!(nowhere.contains("there is no cluster named"), "{nowhere}");
}
