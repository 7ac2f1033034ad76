use super::{LAYERS, SERVICE_MAY_USE, TEST_EXCEPTIONS, check};
use crate::tidy::manifests::{Crate, Dependency};

fn a_crate(name: &str, manifest: &str, uses: &[&str], tests_use: &[&str]) -> Crate {
    let dependency = |for_tests| move |name: &&str| Dependency { name: (*name).to_owned(), for_tests };
    let mut dependencies: Vec<Dependency> = uses.iter().map(dependency(false)).collect();
    dependencies.extend(tests_use.iter().map(dependency(true)));
    let text =
        uses.iter().chain(tests_use).fold(String::new(), |text, name| text + name + ".workspace = true\n");
    Crate { name: name.to_owned(), manifest: manifest.into(), text, dependencies, ..Crate::default() }
}

/// Every crate of ours, so that a dependency on it is seen as one.
fn everybody() -> Vec<Crate> {
    let mut all: Vec<Crate> = LAYERS.iter().map(|row| a_crate(row.name, "x/Cargo.toml", &[], &[])).collect();
    all.push(a_crate("aetherius", "aetherius/Cargo.toml", &[], &[]));
    all.push(a_crate("aetherius-audit", "services/audit/Cargo.toml", &[], &[]));
    all
}

fn findings_of(one: Crate) -> Vec<String> {
    let mut crates = everybody();
    crates.retain(|other| other.name != one.name);
    crates.push(one);
    check(&crates).iter().map(ToString::to_string).collect()
}

#[test]
fn layers_point_downwards() {
    for (name, manifest, uses) in [
        ("foundation", "foundation/Cargo.toml", &["serde"][..]),
        ("agw", "gateway/data-plane/Cargo.toml", &["agw-core", "agw-config", "foundation", "pingora-core"]),
        ("aetherius-bus", "platform/bus/Cargo.toml", &["aetherius-store", "foundation"]),
        ("aetherius-contracts", "platform/contracts/Cargo.toml", &["aetherius-rpc", "aetherius-bus"]),
        ("aetherius-events", "services/events/Cargo.toml", SERVICE_MAY_USE),
        ("aetherius", "aetherius/Cargo.toml", &["agw", "aetherius-audit", "aetherius-rpc"]),
        ("aetherius-store", "platform/store/Cargo.toml", &["rusqlite"]),
    ] {
        assert_eq!(findings_of(a_crate(name, manifest, uses, &[])), [""; 0], "{name}");
    }
}

#[test]
fn what_points_elsewhere_is_found_with_its_line() {
    for (name, manifest, used) in [
        ("foundation", "foundation/Cargo.toml", "aetherius-rpc"),
        ("agw-core", "gateway/core/Cargo.toml", "agw-config"),
        ("agw", "gateway/data-plane/Cargo.toml", "aetherius-rpc"),
        ("aetherius-rpc", "platform/rpc/Cargo.toml", "agw-core"),
        ("aetherius-store", "platform/store/Cargo.toml", "aetherius-bus"),
        ("aetherius-contracts", "platform/contracts/Cargo.toml", "agw-core"),
        ("aetherius-events", "services/events/Cargo.toml", "aetherius-audit"),
        ("aetherius-events", "services/events/Cargo.toml", "agw-config"),
        ("aetherius", "aetherius/Cargo.toml", "xtask"),
        ("aetherius-bench", "bench/Cargo.toml", "aetherius-contracts"),
    ] {
        for crate_ in
            [a_crate(name, manifest, &["serde", used], &[]), a_crate(name, manifest, &["serde"], &[used])]
        {
            let found = findings_of(crate_);
            assert_eq!(found.len(), 1, "{name} -> {used}: {found:?}");
            assert!(
                found[0].starts_with(&format!("{manifest}:2: `{name}` may not use `{used}`")),
                "{found:?}"
            );
        }
    }
}

#[test]
fn heavy_dependencies_have_one_home() {
    let found = findings_of(a_crate(
        "aetherius-events",
        "services/events/Cargo.toml",
        &["rusqlite", "kube-runtime", "wasmtime"],
        &[],
    ));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("belongs into aetherius-store alone"), "{found:?}");
    assert!(found[1].contains("has no home yet"), "{found:?}");
    // A name that only begins alike is something else.
    assert_eq!(findings_of(a_crate("agw-core", "gateway/core/Cargo.toml", &["kubernetes"], &[])), [""; 0]);
}

#[test]
fn a_crate_without_a_layer_is_told() {
    let found = findings_of(a_crate("surprise", "surprise/Cargo.toml", &[], &[]));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("give it a row"), "{found:?}");
}

#[test]
fn every_exception_has_a_reason() {
    assert!(TEST_EXCEPTIONS.iter().all(|(_, _, why)| !why.is_empty()));
}
