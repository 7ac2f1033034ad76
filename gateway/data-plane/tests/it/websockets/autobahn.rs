//! Autobahn|Testsuite against an echo server, directly and through the gateway. `scripts/autobahn.sh` installs it where there is a
//! Python 2.7.

use super::{
    echo::{echo, serve},
    start,
};
use crate::support::skip;
use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// It takes half a minute where nothing else happens.
const PATIENCE: Duration = Duration::from_secs(600);
/// Compression: the echo server has none.
const LEFT_OUT: [&str; 2] = ["12.*", "13.*"];

/// Where the program is, if it was installed.
async fn wstest() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/autobahn.sh");
    let output = Command::new("sh").args([script, "--path"]).output().await.ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.exists().then_some(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn autobahn_through_agw_is_what_it_is_direct() {
    let Some(wstest) = wstest().await else {
        skip(
            "websockets::autobahn::autobahn_through_agw_is_what_it_is_direct",
            "Autobahn was not installed; run scripts/autobahn.sh where there is a Python 2.7",
        );
        return;
    };
    let address = serve(echo).await;
    let setup = start(&address, "", "").await;
    let server = |agent: &str, address: &str| json!({ "agent": agent, "url": format!("ws://{address}") });
    let spec = json!({
        "outdir": setup.dir.path().join("reports"),
        "servers": [server("direct", &address), server("agw", &setup.address().to_string())],
        "cases": ["*"],
        "exclude-cases": LEFT_OUT,
        "exclude-agent-cases": {},
    });
    let file = setup.dir.path().join("spec.json");
    fs::write(&file, spec.to_string()).unwrap();
    let mut command = Command::new(wstest);
    command.args(["--mode", "fuzzingclient", "--spec"]).arg(&file).current_dir(&setup.dir);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.expect("Autobahn ends").unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let reports = setup.dir.path().join("reports");
    let index =
        fs::read_to_string(reports.join("index.json")).unwrap_or_else(|error| panic!("{error}: {said}"));
    let index: Value = serde_json::from_str(&index).unwrap();
    let (direct, through) = (index["direct"].as_object().unwrap(), index["agw"].as_object().unwrap());
    assert!(direct.len() > 240 && direct.len() == through.len(), "{} and {}", direct.len(), through.len());

    let result = |case: &Value| {
        let report = fs::read_to_string(reports.join(case["reportfile"].as_str().unwrap())).unwrap();
        // It quotes messages that are no text.
        let report: Value = serde_json::from_str(&report.replace("\\u", "u")).unwrap();
        assert!(report["behavior"].is_string() && report["rxFrameStats"].is_object(), "{report}");
        let seen =
            ["behavior", "behaviorClose", "remoteCloseCode", "remoteCloseReason", "wasClean", "rxFrameStats"];
        seen.map(|name| format!("{name} {}", report[name]))
    };
    let mut differing = Vec::new();
    for (name, case) in direct {
        let (expected, got) = (result(case), result(&through[name]));
        if expected != got {
            differing.push(format!("{name}: {expected:?} direct, {got:?} through agw"));
        }
    }
    assert!(
        differing.is_empty(),
        "{} of {} cases differ:\n{}",
        differing.len(),
        direct.len(),
        differing.join("\n")
    );
    let failed = direct.iter().filter(|(_, case)| case["behavior"] == "FAILED");
    let failed: Vec<&String> = failed.map(|(name, _)| name).collect();
    assert!(failed.is_empty(), "the echo server itself fails {failed:?}");
}
