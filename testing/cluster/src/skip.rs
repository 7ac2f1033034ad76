//! One cluster for all tests of a program, and what happens when there is none.

use crate::{Cluster, Unavailable};
use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
    sync::OnceLock,
};

/// The file to which a line is added for each test that was skipped; `make test` names it, and counts its lines at the end.
pub const SKIPPED_FILE: &str = "AETHERIUS_SKIPPED_TESTS";

/// The cluster that all tests of this program share; started by the first who asks. They keep apart by namespaces.
pub fn shared() -> Result<&'static Cluster, &'static Unavailable> {
    static SHARED: OnceLock<Result<Cluster, Unavailable>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref()
}

/// The shared cluster, or nothing and a loud word about the test that cannot be made, when its programs were not built.
///
/// # Panics
/// When there are programs and yet no cluster: skipped tests must not hide that.
pub fn shared_or_skip(test: &str) -> Option<&'static Cluster> {
    match shared() {
        Ok(cluster) => Some(cluster),
        Err(reason @ Unavailable::NotBuilt { .. }) => {
            skip(test, &reason.to_string());
            None
        }
        Err(reason) => panic!("there is no cluster: {}", chain(reason)),
    }
}

/// Says that a test is skipped, where a passing test's output does not hide it, and has it counted.
pub fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}\n");
    // The macros would be captured. Nothing can be done if standard error is closed.
    let _ = io::stderr().write_all(line.as_bytes());
    if let Some(path) = env::var_os(SKIPPED_FILE) {
        let line = line.lines().next().unwrap_or_default();
        let written = OpenOptions::new().create(true).append(true).open(&path);
        let _ = written.and_then(|mut file| writeln!(file, "{line}"));
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
