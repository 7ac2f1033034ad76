//! Every example that ships is a configuration that works.

use proptest::prelude::*;
use std::{fs, path::Path};

#[test]
fn every_example_loads() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("identity.key"), "5e".repeat(32)).unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut loaded = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let config = agw_config::read(&text, dir.path())
            .unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()));
        agw_core::routing::Routing::compile(config.resources, None).unwrap();
        loaded += 1;
    }
    assert!(loaded >= 3);
}

#[test]
fn the_smallest_example_has_five_lines() {
    let text = include_str!("../../examples/proxy.yaml");
    assert!(text.lines().filter(|line| !line.starts_with('#')).count() <= 5);
}

#[test]
fn generated_settings_read_back_as_what_they_were() {
    let text = include_str!("../../examples/services.yaml");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("identity.key"), "5e".repeat(32)).unwrap();
    let settings: agw_config::Settings = foundation::settings::load(text).unwrap();
    let generated = serde_json::to_string(&settings).unwrap();
    let read = |text: &str| format!("{:?}", agw_config::read(text, dir.path()).unwrap());
    assert_eq!(read(&generated), read(text));
}

#[test]
fn the_committed_schema_is_the_present_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/agw.schema.json");
    let committed = fs::read_to_string(file).unwrap_or_default();
    let present = format!("{:#}\n", agw_config::schema());
    assert!(committed == present, "write it anew: cargo run -p agw -- schema > schema/agw.schema.json");
}

/// Pieces that configurations are made of, and some that they are not.
fn piece() -> impl Strategy<Value = String> {
    let known = "listeners routes clusters proxy_routes consumers path target match address name http://127.0.0.1:1 \
        127.0.0.1:0 / *.a 5s -1 99999999999999999999 true null ~ {} [] &a *a << | > !!binary \u{feff} \0 ' \"";
    let known: Vec<&str> = known.split_whitespace().collect();
    let marks = [": ", "\n", "\n  ", "\n    - ", "- ", ", ", "[", "]", "{", "}", "#", " "];
    prop_oneof![
        4 => prop::sample::select(known).prop_map(str::to_owned),
        4 => prop::sample::select(marks.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    /// The fuzz target `config` says the same of any text, and for longer.
    #[test]
    fn no_text_makes_reading_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        let _ = agw_config::read(&pieces.concat(), Path::new("/nonexistent"));
    }
}
