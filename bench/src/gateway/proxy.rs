//! The proxies: how each is configured alike, started, weighed and stopped.

use super::origin::free_port;
use crate::process::resident_bytes;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::{
    fmt,
    fs::{self, File},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// What `/proc/PID/stat` counts in.
const TICKS_PER_S: u64 = 100;

/// A proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Agw,
    AgwOneRuntime,
    BarePingora,
    Nginx,
    Haproxy,
    Envoy,
}

impl Kind {
    /// What is asked for; every proxy passes it on.
    pub(crate) fn path(self) -> &'static str {
        "/service/0/hello"
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agw => "agw",
            Self::AgwOneRuntime => "agw, one runtime",
            Self::BarePingora => "bare Pingora",
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
            Self::Envoy => "Envoy",
        })
    }
}

/// What a proxy is to do.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    origin: u16,
    routes: usize,
    jwks: Option<PathBuf>,
    workers: usize,
}

impl Setup {
    /// One worker on the first core.
    pub(crate) fn pinned(origin: u16) -> Self {
        Self { origin, routes: 10, jwks: None, workers: 1 }
    }

    /// A worker for each of two cores.
    pub(crate) fn everywhere(origin: u16) -> Self {
        Self { workers: 2, ..Self::pinned(origin) }
    }

    pub(crate) fn routes(self, routes: usize) -> Self {
        Self { routes, ..self }
    }

    pub(crate) fn jwks(self, file: PathBuf) -> Self {
        Self { jwks: Some(file), ..self }
    }
}

/// A proxy that runs.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    child: Child,
    pid: Pid,
    _folder: tempfile::TempDir,
}

impl Proxy {
    /// Writes its configuration, starts it, and waits until it listens.
    pub(crate) async fn start(
        kind: Kind,
        program: &Path,
        folder: &Path,
        setup: &Setup,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = tempfile::Builder::new().prefix("proxy-").tempdir_in(folder)?;
        let arguments = configure(kind, folder.path(), port, setup)?;
        let mut command = if setup.workers == 1 {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let log = File::create(folder.path().join("stdout.log"))?;
        let errors = File::create(folder.path().join("stderr.log"))?;
        let child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).context("it has ended")?;
        if let Err(error) = wait_until_open(port).await {
            let said = fs::read_to_string(folder.path().join("stderr.log")).unwrap_or_default();
            return Err(error.context(format!("{kind} did not start; it said:\n{said}")));
        }
        Ok(Self { port, child, pid, _folder: folder })
    }

    /// CPU time spent so far, by the process and its children.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut ticks = 0;
        for pid in self.family() {
            ticks += ticks_of(pid).with_context(|| format!("cannot read the CPU time of {pid}"))?;
        }
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_S))
    }

    /// Memory in use by the process and its children.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let pids = self.family().into_iter().filter_map(Pid::from_raw);
        pids.map(resident_bytes).sum()
    }

    fn family(&self) -> Vec<i32> {
        let own = self.pid.as_raw_nonzero().get();
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        std::iter::once(own).chain(children.split_whitespace().filter_map(|pid| pid.parse().ok())).collect()
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        // It may have ended by itself, which `wait` tells.
        let _ = kill_process(self.pid, Signal::TERM);
        if timeout(PATIENCE, self.child.wait()).await.is_err() {
            self.child.kill().await.context("cannot kill a proxy")?;
        }
        Ok(())
    }
}

fn ticks_of(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may contain spaces.
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

pub(super) async fn wait_until_open(port: u16) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        if Instant::now() > deadline {
            bail!("port {port} was not open within {} s", PATIENCE.as_secs());
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Writes the files and returns the arguments. All keep 64 connections to the origin, and log every request.
fn configure(kind: Kind, folder: &Path, port: u16, setup: &Setup) -> anyhow::Result<Vec<String>> {
    let path = |name: &str| folder.join(name).display().to_string();
    Ok(match kind {
        Kind::Agw | Kind::AgwOneRuntime => {
            fs::write(path("agw.json"), agw(kind, folder, port, setup))?;
            vec!["run".into(), "--config".into(), path("agw.json")]
        }
        Kind::BarePingora => {
            vec![
                format!("127.0.0.1:{port}"),
                format!("127.0.0.1:{}", setup.origin),
                setup.workers.to_string(),
            ]
        }
        Kind::Nginx => {
            fs::write(path("nginx.conf"), nginx(folder, port, setup))?;
            vec![
                "-e".into(),
                "stderr".into(),
                "-p".into(),
                folder.display().to_string(),
                "-c".into(),
                path("nginx.conf"),
            ]
        }
        Kind::Haproxy => {
            fs::write(path("haproxy.cfg"), haproxy(port, setup))?;
            vec!["-f".into(), path("haproxy.cfg")]
        }
        Kind::Envoy => {
            fs::write(path("envoy.json"), envoy(port, setup))?;
            let concurrency = setup.workers.to_string();
            ["-c", &path("envoy.json"), "--concurrency", &concurrency, "-l", "error", "--disable-hot-restart"]
                .map(str::to_owned)
                .to_vec()
        }
    })
}

/// JSON is YAML too.
fn agw(kind: Kind, folder: &Path, port: u16, setup: &Setup) -> String {
    let route = |name: String, prefix: String| json!({ "name": name, "match": { "path_prefix": prefix }, "cluster": "origin" });
    let mut routes: Vec<_> = (0..setup.routes)
        .map(|number| route(format!("service-{number}"), format!("/service/{number}")))
        .collect();
    routes.push(route("bodies".into(), "/bodies".into()));
    routes.push(route("open".into(), "/open".into()));
    let mut config = json!({
        "listeners": [{ "address": format!("127.0.0.1:{port}") }],
        "admin": { "address": format!("unix:{}", folder.join("admin.sock").display()) },
        "workers": setup.workers,
        "upstream_pools": if kind == Kind::AgwOneRuntime { "shared" } else { "per_worker" },
        "connections_max": 100_000,
        "access_log": { "to": folder.join("access.log") },
        "clusters": [{ "name": "origin", "endpoints": [format!("127.0.0.1:{}", setup.origin)] }],
    });
    if let Some(jwks) = &setup.jwks {
        config["jwt_issuers"] = json!([{
            "name": "issuer", "issuer": "https://issuer.test", "audiences": ["bench"], "jwks_file": jwks,
        }]);
        let mut protected = route("jwt".into(), "/jwt".into());
        protected["auth"] = json!({ "methods": ["jwt"], "roles": ["viewer"] });
        routes.push(protected);
    }
    config["routes"] = routes.into();
    config.to_string()
}

fn nginx(folder: &Path, port: u16, setup: &Setup) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nworker_processes {workers};\npid {folder}/nginx.pid;\nworker_rlimit_nofile 65536;\n\
         events {{ worker_connections 16384; }}\n\
         http {{\n  access_log {folder}/access.log;\n  keepalive_requests 1000000000;\n  client_body_buffer_size 64k;\n\
         \x20 client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp; uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;\n\
         \x20 upstream origin {{ server 127.0.0.1:{origin}; keepalive 64; keepalive_requests 1000000000; }}\n\
         \x20 server {{\n    listen 127.0.0.1:{port} backlog=4096;\n    location / {{\n      proxy_pass http://origin;\n\
         \x20     proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n    }}\n  }}\n}}\n",
        workers = setup.workers,
        origin = setup.origin,
    )
}

fn haproxy(port: u16, setup: &Setup) -> String {
    format!(
        "global\n  nbthread {workers}\n  maxconn 8000\n  log stdout format raw local0\n\
         defaults\n  mode http\n  log global\n  option httplog\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
         frontend in\n  bind 127.0.0.1:{port}\n  default_backend origin\n\
         backend origin\n  http-reuse always\n  server origin 127.0.0.1:{origin}\n",
        workers = setup.workers,
        origin = setup.origin,
    )
}

fn envoy(port: u16, setup: &Setup) -> String {
    let address = |port: u16| json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": { "virtual_hosts": [{
            "name": "all", "domains": ["*"], "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "origin" } }],
        }] },
        "http_filters": [{
            "name": "envoy.filters.http.router",
            "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
        }],
    });
    json!({ "static_resources": {
        "listeners": [{
            "name": "in", "address": address(port),
            "filter_chains": [{ "filters": [{
                "name": "envoy.filters.network.http_connection_manager", "typed_config": manager,
            }] }],
        }],
        "clusters": [{
            "name": "origin", "type": "STATIC", "connect_timeout": "5s",
            "load_assignment": { "cluster_name": "origin", "endpoints": [{
                "lb_endpoints": [{ "endpoint": { "address": address(setup.origin) } }],
            }] },
        }],
    } })
    .to_string()
}
