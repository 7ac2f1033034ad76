//! What tests of several modules need.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The real `kubectl` or `helm`: from `KUBEBUILDER_ASSETS`, else from `PATH`. Where there is none, it says so, past the capture of
/// test output, and the test has nothing to do.
pub(crate) fn real_tool(name: &str) -> Option<PathBuf> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = assets
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|dir| dir.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: there is no {name} here; the gate was not held against the real one"
        );
    }
    found
}

/// Puts a program at `path`. `install` writes it and not this process: a child that another test forks meanwhile would hold the
/// file open for writing, and to run it would fail with "text file busy".
pub(crate) fn install(path: &Path, content: &[u8]) {
    let mut install = Command::new("install");
    let mut install =
        install.args(["-m", "755", "/dev/stdin"]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    install.stdin.take().unwrap().write_all(content).unwrap();
    assert!(install.wait().unwrap().success(), "no program at {}", path.display());
}
