//! A running Aetherius with a data directory and a port of its own.

use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take on a busy machine before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_aetherius")
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A configuration in which the cluster `default` is a recorded case.
pub(crate) fn recorded(case: &str) -> String {
    let dir = repository().join("examples/cases").join(case);
    format!(
        "services: {{execution: {{clusters: [{{id: default, recorded: {{dir: {}}}}}]}}}}\n",
        dir.display()
    )
}

pub(crate) struct Instance {
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
    config: PathBuf,
    serve: Child,
    http: reqwest::Client,
    _directory: Option<tempfile::TempDir>,
}

impl Instance {
    pub(crate) async fn start(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let mut instance = Self::start_in(&path, config).await;
        instance._directory = Some(directory);
        instance
    }

    /// In a directory that outlives the instance.
    pub(crate) async fn start_in(directory: &Path, config: &str) -> Self {
        let file = directory.join("aetherius.yaml");
        // Tests ask more often than people.
        fs::write(&file, format!("gateway: {{rate_limit_per_minute: 1000000}}\n{config}")).unwrap();
        let (port, data) = (free_port(), directory.join("data"));
        let serve = spawn(port, &data, &file);
        let http = aetherius_rpc::channel::http_client().unwrap();
        let instance = Self { port, data, config: file, serve, http, _directory: None };
        instance.until_ready().await;
        instance
    }

    /// Starts `serve` again after it was killed or stopped.
    pub(crate) async fn serve_again(&mut self) {
        // Reaps the one before, if it is dead.
        let _ = self.serve.try_wait();
        self.serve = spawn(self.port, &self.data, &self.config);
        self.until_ready().await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn admin_token(&self) -> String {
        fs::read_to_string(self.data.join("admin-token")).unwrap().trim().to_owned()
    }

    pub(crate) fn pid(&self, name: &str) -> i32 {
        fs::read_to_string(self.data.join("run").join(format!("{name}.pid"))).unwrap().trim().parse().unwrap()
    }

    pub(crate) fn kill(&self, name: &str) -> i32 {
        let pid = self.pid(name);
        signal(pid, "-KILL");
        while is_alive(pid) {
            std::thread::sleep(Duration::from_millis(1));
        }
        pid
    }

    pub(crate) async fn until_ready(&self) {
        until("ready", || async {
            let asked = self.http.get(self.url("/health/ready")).send().await;
            asked.is_ok_and(|answer| answer.status() == 200).then_some(())
        })
        .await;
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        self.http.request(method, self.url(path)).bearer_auth(self.admin_token())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request("GET", path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {} {}", answer.status(), answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.request("GET", path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }

    pub(crate) async fn post_alert(&self, body: &Value) -> reqwest::Response {
        self.request("POST", "/webhook/alertmanager").json(body).send().await.unwrap()
    }

    /// Sends an alert and says the id of its event.
    pub(crate) async fn alert(&self, name: &str) -> String {
        let answer = self.post_alert(&alert(name)).await;
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        let accepted: Value = answer.json().await.unwrap();
        accepted["events"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tasks(&self) -> Vec<Value> {
        self.get("/api/orchestrator/v1/tasks?limit=200").await["items"].as_array().unwrap().clone()
    }

    /// The whole task of an event, once it has ended.
    pub(crate) async fn ended_task(&self, event_id: &str) -> Value {
        let id = until("the task's end", || async {
            let tasks = self.tasks().await;
            let task = tasks.into_iter().find(|task| task["event_id"] == event_id)?;
            let open = ["pending", "scheduled", "running"].contains(&task["status"].as_str()?);
            (!open).then(|| task["id"].as_str().unwrap().to_owned())
        })
        .await;
        self.get(&format!("/api/orchestrator/v1/tasks/{id}")).await
    }

    pub(crate) async fn report_of(&self, task_id: &str) -> Value {
        let path = format!("/api/reports/v1/tasks/{task_id}/report");
        until("the report", || async {
            let answer = self.request("GET", &path).send().await.ok()?;
            if answer.status() == 200 { answer.json().await.ok() } else { None }
        })
        .await
    }

    /// Stops as an operator would, and waits for the end.
    pub(crate) fn stop(&mut self) {
        signal(i32::try_from(self.serve.id()).unwrap(), "-TERM");
        let asked = Instant::now();
        while self.serve.try_wait().unwrap().is_none() {
            assert!(asked.elapsed() < PATIENCE, "serve did not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if matches!(self.serve.try_wait(), Ok(None)) {
            signal(i32::try_from(self.serve.id()).unwrap(), "-TERM");
            let _ = self.serve.wait();
        }
        // What a killed supervisor has left behind.
        for name in ["agw", "platform"] {
            if let Ok(pid) = fs::read_to_string(self.data.join("run").join(format!("{name}.pid"))) {
                signal(pid.trim().parse().unwrap_or(0), "-KILL");
            }
        }
    }
}

fn spawn(port: u16, data: &Path, config: &Path) -> Child {
    Command::new(program())
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .arg("--config")
        .arg(config)
        .env("AETHERIUS_LOG", "warn,access=off")
        .env_remove("KUBECONFIG")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
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

pub(crate) fn signal(pid: i32, signal: &str) {
    if pid > 1 {
        let _ = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
    }
}

/// True while any thread of it lives: the first may be gone while the others still hold the sockets open.
pub(crate) fn is_alive(pid: i32) -> bool {
    let lives = |stat: String| !stat.rsplit(')').next().unwrap_or("Z").trim_start().starts_with('Z');
    fs::read_dir(format!("/proc/{pid}/task")).is_ok_and(|mut threads| {
        threads.any(|thread| {
            thread.is_ok_and(|thread| fs::read_to_string(thread.path().join("stat")).is_ok_and(lives))
        })
    })
}

/// Runs the binary to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    run_with(args, &[])
}

/// Runs the binary to its end with more in its environment.
pub(crate) fn run_with(args: &[&str], environment: &[(&str, &str)]) -> Output {
    run_within(PATIENCE, args, environment)
}

/// As [`run_with`], for what takes longer.
pub(crate) fn run_within(patience: Duration, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let child = Command::new(program())
        .args(args)
        .current_dir(repository())
        .env("AETHERIUS_LOG", "off")
        .env_remove("KUBECONFIG")
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let (ended, waited) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // A command that should end but serves instead must fail its test, not hang it.
        if waited.recv_timeout(patience).is_err() {
            signal(pid, "-TERM");
        }
    });
    let output = child.wait_with_output().unwrap();
    let _ = ended.send(());
    output
}

/// Asks again and again until there is an answer.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A webhook of Alertmanager with one alert.
pub(crate) fn alert(name: &str) -> Value {
    json!({
        "version": "4",
        "groupKey": "{}:{}",
        "receiver": "aetherius",
        "status": "firing",
        "alerts": [{
            "status": "firing",
            "labels": { "alertname": name, "severity": "critical" },
            "annotations": { "summary": "something is wrong" },
            "startsAt": "2026-01-02T03:04:05Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
        }],
    })
}
