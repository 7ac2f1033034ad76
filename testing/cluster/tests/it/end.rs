//! Nothing is left, and a node that fails is told.

use crate::PATIENCE;
use aetherius_test_cluster::{Cluster, Node, fault, shared_or_skip};
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

fn is_alive(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

#[test]
fn a_cluster_takes_its_processes_and_files_with_it() {
    let Some(_) = shared_or_skip("the end of a cluster") else { return };
    let cluster = Cluster::start_with(0).unwrap();
    let (processes, dir) = (cluster.process_ids(), cluster.dir().to_owned());
    assert!(processes.len() == 5 && processes.iter().all(|&it| is_alive(it)), "{processes:?}");
    drop(cluster);
    assert!(!dir.exists(), "{}", dir.display());
    assert!(!processes.iter().any(|&it| is_alive(it)), "{processes:?}");
}

#[test]
fn a_killed_process_takes_its_cluster_with_it() {
    let Some(_) = shared_or_skip("the end of a killed process") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_aetherius-test-cluster"))
        .args(["up", "--nodes", "0"])
        .env("TMPDIR", temporary.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    // Killed in the middle of its start: what runs by then must go too.
    let parts = wait_until(deadline, || Some(processes_in(temporary.path())).filter(|it| it.len() >= 2));
    program.kill().unwrap();
    program.wait().unwrap();
    wait_until(deadline, || (!parts.iter().any(|&it| is_alive(it))).then_some(()));
    wait_until(deadline, || fs::read_dir(temporary.path()).unwrap().next().is_none().then_some(()));
}

#[test]
fn a_node_that_fails_says_so() {
    let Some(cluster) = shared_or_skip("a node that fails") else { return };
    // Tainted, so that no other test's pod comes here.
    cluster.add_node(&Node::new("weak").taint("test", "weak", "NoSchedule")).unwrap();
    let status = || {
        let node = cluster.get("/api/v1/nodes/weak").ok()?;
        let conditions = node["status"]["conditions"].as_array()?.clone();
        conditions.into_iter().find(|it| it["type"] == "Ready")?["status"].as_str().map(str::to_owned)
    };
    cluster.wait("ready node", PATIENCE, || status().filter(|it| it == "True")).unwrap();
    let annotation = format!("{}=not-ready", fault::NODE);
    assert!(cluster.kubectl(&["annotate", "node", "weak", &annotation]).unwrap().status.success());
    cluster.wait("node that is not ready", PATIENCE, || status().filter(|it| it == "False")).unwrap();
    let told = || {
        let events = cluster.events_of("default", "weak").ok()?;
        events.into_iter().find(|it| it["reason"] == "NodeNotReady")
    };
    let event = cluster.wait("event of the node", PATIENCE, told).unwrap();
    assert_eq!(event["message"], "Node weak status is now: NodeNotReady");
}

/// The processes whose command line names that folder.
fn processes_in(folder: &Path) -> Vec<u32> {
    let folder = folder.to_str().unwrap();
    let ids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let names_it = |&id: &u32| {
        fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(folder))
    };
    ids.filter(names_it).collect()
}

fn wait_until<T>(deadline: Instant, mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come in time");
        thread::sleep(Duration::from_millis(50));
    }
}
