//! The program: its words and its exit codes.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
};

fn agw(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agw"));
    command.args(arguments).env_remove("AETHERIUS_LOG");
    command
}

fn config(dir: &Path, listener: SocketAddr) -> String {
    let path = dir.join("agw.yaml");
    let text = format!(
        "listeners: [{{address: \"{listener}\"}}]\nadmin: {{address: \"127.0.0.1:0\"}}\nproxy_routes: [{{path: /, target: http://127.0.0.1:1}}]\n"
    );
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_port_in_use_is_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = agw(&["run", "--config", &config(dir.path(), address)]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = format!(
        "agw: cannot listen on {address}: the port is in use by another program; stop that program, or choose another \
         address (listeners[0].address, or --listen of aetherius serve)\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[test]
fn check_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let good = config(dir.path(), "127.0.0.1:0".parse().unwrap());
    let output = agw(&["check", &good]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("ok, 1 routes, 1 clusters, 0 consumers\n"));

    let bad = dir.path().join("bad.yaml");
    fs::write(&bad, "rooutes: []").unwrap();
    let output = agw(&["check", bad.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("rooutes: unknown field"));
}

#[test]
fn sigterm_ends_it_with_success() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), "127.0.0.1:0".parse().unwrap());
    let mut child = agw(&["run", "--config", &config]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("admin server listening")));
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success());
}
