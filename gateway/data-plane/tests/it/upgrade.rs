//! A running program is replaced by a new one, and nobody notices.

use crate::{
    streams::UPGRADE,
    support::{DEADLINE, Origin, until},
    wire::answer,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener as StdTcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Puts a program at `path`. `install` writes it and not this process: a child that another test forks meanwhile would hold the
/// file open for writing, and to run it would fail with "text file busy".
fn install(path: &Path, content: &[u8]) {
    let mut install = Command::new("install");
    let mut install =
        install.args(["-m", "755", "/dev/stdin"]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    install.stdin.take().unwrap().write_all(content).unwrap();
    assert!(install.wait().unwrap().success(), "no program at {}", path.display());
}

/// A program in a directory of its own, and everything it and its successors have logged.
struct Program {
    child: Child,
    dir: TempDir,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Program {
    async fn start(drain_ms: u64) -> (Self, Origin) {
        let dir = tempfile::tempdir().unwrap();
        let origin = Origin::unix("o", &dir);
        let address = StdTcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = dir.path().join("agw.yaml");
        let (at, path) = (dir.path().join("agw"), dir.path().display());
        let yaml = format!(
            "listeners: [{{address: '{address}'}}, {{address: '127.0.0.1:0'}}]
admin: {{address: 'unix:{path}/admin.sock'}}
drain_ms: {drain_ms}
workers: 2
proxy_routes: [{{path: /, target: 'unix:{path}/o.sock'}}]
"
        );
        fs::write(&config, yaml).unwrap();
        install(&at, &fs::read(env!("CARGO_BIN_EXE_agw")).unwrap());
        let mut command = Command::new(&at);
        command.args(["run", "--config", config.to_str().unwrap()]).env_remove("AETHERIUS_LOG");
        let mut child = command.env("NO_COLOR", "1").stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let program = Self { child, dir, address, log };
        program.logged("admin server listening").await;
        (program, origin)
    }

    /// Puts another file where the program lies, as an installer does.
    fn replace(&self, content: &[u8]) {
        let (new, at) = (self.dir.path().join("new"), self.dir.path().join("agw"));
        install(&new, content);
        fs::rename(new, at).unwrap();
    }

    async fn logged(&self, text: &str) {
        until(|| self.log.lock().unwrap().contains(text)).await;
    }

    /// The processes that took over, in order.
    fn successors(&self) -> Vec<u32> {
        let log = self.log.lock().unwrap();
        let mut pids = Vec::new();
        for line in log.lines().filter(|line| line.contains("replaced by a new process")) {
            let pid: String =
                line.split("successor").nth(1).unwrap().chars().filter(char::is_ascii_digit).collect();
            pids.push(pid.parse().unwrap());
        }
        pids
    }

    fn admin(&self) -> String {
        let socket = self.dir.path().join("admin.sock");
        let output = Command::new("curl")
            .args([
                "-sS",
                "--max-time",
                "5",
                "--unix-socket",
                socket.to_str().unwrap(),
                "http://localhost/healthz",
            ])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        for pid in self.successors() {
            signal(pid, "KILL");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

fn runs(pid: u32) -> bool {
    // A zombie has ended.
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    Path::new(&format!("/proc/{pid}")).exists() && !status.contains(") Z ")
}

/// Requests in a loop, each on a new connection and on one that is kept for as long as it may be, until told to stop.
fn load(
    address: SocketAddr,
    stop: &Arc<AtomicBool>,
    answered: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let run = |keep: bool| {
        let (stop, answered) = (Arc::clone(stop), Arc::clone(answered));
        tokio::spawn(async move {
            let mut client = None;
            while !stop.load(Ordering::Relaxed) {
                let mut stream = match client.take() {
                    Some(stream) => stream,
                    None => TcpStream::connect(address).await.expect("a listener is always there"),
                };
                stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("somebody listens");
                let text = answer(&mut stream).await;
                assert!(text.starts_with("HTTP/1.1 200 OK"), "{text:?}");
                answered.fetch_add(1, Ordering::Relaxed);
                if keep && text.contains("Connection: keep-alive") {
                    client = Some(stream);
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
    };
    vec![run(false), run(true), run(false), run(true)]
}

async fn websocket(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 101"));
    client
}

async fn echoes(client: &mut TcpStream) {
    client.write_all(b"hello").await.unwrap();
    let mut echo = [0; 5];
    timeout(DEADLINE, client.read_exact(&mut echo)).await.unwrap().unwrap();
    assert_eq!(&echo, b"hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_upgrades_lose_no_request_and_a_websocket_lives_to_its_end() {
    let (mut program, _origin) = Program::start(60_000).await;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut open = websocket(program.address).await;
    let load = load(program.address, &stop, &answered);
    until(|| answered.load(Ordering::Relaxed) > 50).await;

    program.replace(&fs::read(env!("CARGO_BIN_EXE_agw")).unwrap());
    signal(program.child.id(), "USR2");
    until(|| program.successors().len() == 1).await;
    let first = program.successors()[0];
    let so_far = answered.load(Ordering::Relaxed);
    until(|| answered.load(Ordering::Relaxed) > so_far + 50).await;
    echoes(&mut open).await;
    assert_eq!(program.admin(), "ok\n");

    signal(first, "USR2");
    until(|| program.successors().len() == 2).await;
    let second = program.successors()[1];
    until(|| !runs(first)).await;
    let so_far = answered.load(Ordering::Relaxed);
    until(|| answered.load(Ordering::Relaxed) > so_far + 50).await;
    assert_eq!(program.admin(), "ok\n");
    echoes(&mut open).await;
    assert!(program.child.try_wait().unwrap().is_none(), "the oldest stays for its WebSocket");
    drop(open);
    until(|| !runs(program.child.id())).await;
    assert!(program.child.wait().unwrap().success());

    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.expect("no request failed");
    }
    signal(second, "TERM");
    until(|| !runs(second)).await;
    assert!(TcpStream::connect(program.address).await.is_err());
    assert!(!program.dir.path().join("admin.sock").exists(), "the last one cleans up");
}

#[tokio::test]
async fn a_websocket_that_does_not_end_is_ended_by_the_deadline() {
    let (program, _origin) = Program::start(300).await;
    let mut open = websocket(program.address).await;
    signal(program.child.id(), "USR2");
    let mut last = Vec::new();
    timeout(DEADLINE, open.read_to_end(&mut last)).await.unwrap().unwrap();
    assert!(last.starts_with(&[0x88]), "a close frame: {last:x?}");
    until(|| !runs(program.child.id())).await;
    echoes(&mut websocket(program.address).await).await;
}

#[tokio::test]
async fn when_the_new_program_fails_the_old_one_says_why_and_goes_on() {
    let (mut program, _origin) = Program::start(1_000).await;
    let config = program.dir.path().join("agw.yaml");
    let good = fs::read_to_string(&config).unwrap();
    fs::write(&config, good.clone() + "nonsense: 1\n").unwrap();
    signal(program.child.id(), "USR2");
    program.logged("not replaced, going on").await;
    program.logged("nonsense: unknown field").await;
    echoes(&mut websocket(program.address).await).await;

    fs::write(&config, &good).unwrap();
    program.replace(b"#!/bin/sh\nexit 3\n");
    signal(program.child.id(), "USR2");
    program.logged("exit status: 3").await;
    echoes(&mut websocket(program.address).await).await;

    program.replace(b"not a program");
    signal(program.child.id(), "USR2");
    program.logged("cannot start the new program").await;
    echoes(&mut websocket(program.address).await).await;
    assert!(program.child.try_wait().unwrap().is_none());
    assert_eq!(program.admin(), "ok\n");

    program.replace(&fs::read(env!("CARGO_BIN_EXE_agw")).unwrap());
    signal(program.child.id(), "USR2");
    until(|| program.successors().len() == 1).await;
}
