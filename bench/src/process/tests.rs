use super::{is_ended, kill, living, parse_resident, resident_bytes, wait_for};
use std::{fs, path::Path, process::Stdio, time::Duration};
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(5);

/// A process that names itself `name`, and its pid file.
fn start(data: &Path, name: &str) -> Child {
    let child = Command::new("sh")
        .args(["-c", "while :; do sleep 1; done", name])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    fs::create_dir_all(data.join("run")).unwrap();
    let pid_file = data.join("run").join(format!("{name}.pid"));
    fs::write(pid_file, format!("{}\n", child.id().unwrap())).unwrap();
    child
}

#[tokio::test]
async fn a_killed_process_is_not_taken_for_a_living_one_nor_for_its_successor() {
    let data = tempfile::tempdir().unwrap();
    let mut first = start(data.path(), "agw");
    let pid = wait_for(data.path(), "agw", None, PATIENCE).await.unwrap();
    assert!(resident_bytes(pid).unwrap() > 0);
    assert_eq!(living(data.path(), "platform"), None);
    kill(pid).unwrap();
    first.wait().await.unwrap();
    wait_for(data.path(), "agw", None, Duration::ZERO).await.unwrap_err();
    let _second = start(data.path(), "agw");
    let next = wait_for(data.path(), "agw", Some(pid), PATIENCE).await.unwrap();
    assert_ne!(next, pid);
}

#[test]
fn a_stranger_with_the_number_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("run")).unwrap();
    fs::write(data.path().join("run/agw.pid"), std::process::id().to_string()).unwrap();
    assert_eq!(living(data.path(), "agw"), None);
    fs::write(data.path().join("run/agw.pid"), "nonsense").unwrap();
    assert_eq!(living(data.path(), "agw"), None);
}

#[test]
fn what_proc_says_is_read() {
    assert_eq!(parse_resident("Name:\tagw\nVmRSS:\t   12345 kB\n"), Some(12345 * 1024));
    assert_eq!(parse_resident("Name:\tagw\n"), None);
    assert!(is_ended(b"12 (a) b)) Z 1 1"));
    assert!(!is_ended(b"12 (Z) S 1 1"));
}
