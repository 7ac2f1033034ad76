//! h2spec, the conformance tests for HTTP/2, in strict mode. `scripts/h2spec.sh` builds it where there is Go.

use crate::support::{Origin, Setup, skip};
use std::{fs, path::PathBuf, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

const NOT_BUILT: &str = "h2spec was not built; run scripts/h2spec.sh";
/// It takes half a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the program is, if it was built.
async fn h2spec() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/h2spec.sh");
    let output = Command::new("sh").args([script, "--path"]).output().await.ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.exists().then_some(path)
}

/// Runs all its cases; returns its last line and the names of those that failed.
async fn run(setup: &Setup, arguments: &[&str]) -> Option<(String, Vec<String>)> {
    let mut command = Command::new(h2spec().await?);
    command.args(["--strict", "--host", "127.0.0.1", "--port", &setup.address().port().to_string()]);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.expect("h2spec ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failures = said.split_once("\nFailures:").map_or("", |(_, failures)| failures);
    let failed =
        failures.lines().filter_map(|line| line.trim().strip_prefix('×').map(|name| name.trim().to_owned()));
    Some((said.lines().last().unwrap_or_default().to_owned(), failed.collect()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_over_tls_is_strictly_conformant() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(dir.path().join("a.crt"), certificate.cert.pem()).unwrap();
    fs::write(dir.path().join("a.key"), certificate.signing_key.serialize_pem()).unwrap();
    // Some cases need an answer of some length.
    let _origin = Origin::unix("o-that-says-more", &dir);
    let yaml = "listeners: [{address: '127.0.0.1:0', tls: {}}]
certificates: [{name: a, cert_file: a.crt, key_file: a.key}]
proxy_routes: [{path: /, target: 'unix:DIR/o-that-says-more.sock'}]";
    let setup = Setup::start(dir, yaml).await;
    let Some(result) = run(&setup, &["--tls", "--insecure"]).await else {
        return skip("conformance::http2_over_tls_is_strictly_conformant", NOT_BUILT);
    };
    assert_eq!(result, ("146 tests, 146 passed, 0 skipped, 0 failed".to_owned(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_by_prior_knowledge_is_strictly_conformant() {
    let dir = tempfile::tempdir().unwrap();
    // Some cases need an answer of some length.
    let _origin = Origin::unix("o-that-says-more", &dir);
    let setup =
        Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o-that-says-more.sock'}]").await;
    let Some((last, failed)) = run(&setup, &[]).await else {
        return skip("conformance::http2_by_prior_knowledge_is_strictly_conformant", NOT_BUILT);
    };
    // What is no preface is answered as the bad HTTP/1 request that it is, and h2spec reads that as a frame.
    assert_eq!(failed, ["2: Sends invalid connection preface"]);
    assert_eq!(last, "146 tests, 145 passed, 0 skipped, 1 failed");
}
