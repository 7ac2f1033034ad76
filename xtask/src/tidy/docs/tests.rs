use super::{Named, check, expand, is_checked, look_up};
use crate::tidy::sources::{SourceFile, Tree};
use std::path::Path;

fn this_repository() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Tree::read(root).unwrap()
}

#[test]
fn the_documents_of_a_newcomer_are_checked() {
    for (path, expected) in [
        ("ARCHITECTURE.md", true),
        ("README.md", true),
        ("README.zh-CN.md", true),
        ("docs/decisions/0001-one-binary.md", true),
        ("CHANGELOG.md", false),
        ("services/events/README.md", false),
        ("docs/picture.svg", false),
    ] {
        assert_eq!(is_checked(Path::new(path)), expected, "{path}");
    }
}

#[test]
fn braces_name_several_files() {
    assert_eq!(expand("core/{a,b}.rs"), ["core/a.rs", "core/b.rs"]);
    assert_eq!(expand("{a,b}/{c, d}"), ["a/c", "a/d", "b/c", "b/d"]);
    assert_eq!(expand("/v1/tasks/{id}"), ["/v1/tasks/{id}"]);
    assert_eq!(expand("plain.rs"), ["plain.rs"]);
}

#[test]
fn names_are_looked_up_as_a_reader_would() {
    let tree = this_repository();
    for (name, expected) in [
        ("xtask/src/main.rs", Named::There),
        ("./xtask/src/main.rs:12", Named::There),
        ("xtask/src/", Named::There),
        ("services/*", Named::There),
        ("layers.rs", Named::There),
        ("xtask/src/nothing.rs", Named::Missing),
        ("nowhere/src/lib.rs", Named::Missing),
        ("no_such_file.rs", Named::Missing),
        ("application/json", Named::SomethingElse),
        ("/v1/tasks", Named::SomethingElse),
        ("cargo xtask tidy", Named::SomethingElse),
        ("./data/admin-token", Named::SomethingElse),
        ("config.yaml", Named::SomethingElse),
        ("~/.kube/config", Named::SomethingElse),
        ("--listen", Named::SomethingElse),
    ] {
        assert_eq!(look_up(name, &tree), expected, "{name}");
    }
}

#[test]
fn a_wrong_path_is_found_with_its_line_and_fenced_blocks_are_left_alone() {
    let text = "Read `xtask/src/main.rs`, then\n`xtask/src/{main,gone}.rs`.\n```\n`xtask/gone.rs`\n```\n";
    let file = SourceFile { path: "ARCHITECTURE.md".into(), text: text.into() };
    let found = check(&file, &this_repository());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].to_string().starts_with("ARCHITECTURE.md:2: `xtask/src/gone.rs` is not"), "{found:?}");
}
