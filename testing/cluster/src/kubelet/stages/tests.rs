use super::{STAGES, file};
use serde_json::Value;
use std::collections::HashSet;

#[test]
fn every_stage_is_a_document_of_its_own() {
    let text = file();
    let documents: Vec<Value> = text
        .split("\n---\n")
        .filter(|it| !it.is_empty())
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let names: HashSet<&str> = documents.iter().filter_map(|it| it["metadata"]["name"].as_str()).collect();
    assert_eq!(names.len(), STAGES.len());
    assert!(documents.iter().all(|it| !it["spec"]["next"].is_null()), "{documents:#?}");
}
