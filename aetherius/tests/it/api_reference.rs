//! The document of all endpoints, and the page that is made of it.

use crate::instance::{Instance, recorded, repository};
use serde_json::Value;
use std::fs;

#[tokio::test]
async fn the_document_and_its_page_are_served_to_who_is_known() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let committed = fs::read_to_string(repository().join("schema/openapi.json")).unwrap();
    let committed: Value = serde_json::from_str(&committed).unwrap();
    assert!(instance.get("/api/openapi.json").await == committed, "what is served is what is committed");

    let page = instance.text("/api/reference").await;
    for path in committed["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path.as_str()), "the page tells of {path}");
    }
    for word in ["<script", "src=", "@import", "href=\"http"] {
        assert!(!page.contains(word), "the page loads nothing: {word}");
    }

    let nobody = aetherius_rpc::channel::http_client().unwrap();
    let status = async |path: &str| nobody.get(instance.url(path)).send().await.unwrap().status().as_u16();
    assert_eq!(status("/api/openapi.json").await, 401);
    assert_eq!(status("/api/reference").await, 401);
}
