//! Limits that several gateways share.

use crate::{
    docs,
    support::{DEADLINE, Origin, Setup},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PASSWORD: &str = "a password";
const PAGE: &str = include_str!("../../../../docs/gateway/limits.md");

/// A Redis of the test's own.
struct Redis {
    port: u16,
    dir: TempDir,
    server: Option<Child>,
}

impl Redis {
    /// `None`, after a loud word, where it is not installed.
    #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
    fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!(
                "SKIPPED: redis-server is not installed (scripts/setup.sh test); shared limits were not tested"
            );
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self { port, dir: tempfile::tempdir().unwrap(), server: None };
        redis.run();
        Some(redis)
    }

    fn run(&mut self) {
        let server = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &self.port.to_string(),
                "--save",
                "",
                "--requirepass",
                PASSWORD,
            ])
            .arg("--dir")
            .arg(self.dir.path())
            .stdout(Stdio::null())
            .spawn();
        self.server = Some(server.unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(self.server.as_ref().unwrap());
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A gateway with the page's configuration and this limit, and beside it a route on which can be seen whether Redis is in use.
async fn gateway(port: u16, limit: &str) -> (Setup, Origin) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    fs::write(dir.path().join("redis.password"), format!("{PASSWORD}\n")).unwrap();
    let documented = "{requests: 10, per: hour, key: route, shared: true}";
    let yaml = docs::yaml(PAGE, 1);
    assert!(yaml.contains(documented));
    let yaml = yaml.replace("127.0.0.1:6379", &format!("127.0.0.1:{port}"));
    let yaml = yaml.replace("127.0.0.1:3000", "unix:DIR/o.sock").replace(documented, limit);
    let probe = "  - name: probe
    match: {path: /probe}
    cluster: api
    rate_limit: {requests: 1000000, shared: true}
";
    (Setup::start(dir, &format!("{yaml}{probe}")).await, origin)
}

async fn counted(setup: &Setup, how: &str) -> u32 {
    let metrics = setup.admin("GET /metrics").await;
    let name = format!("agw_shared_limits_total{{counted=\"{how}\"}} ");
    let line = metrics.body().lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.trim().parse().unwrap())
}

/// Asks until the gateway counts so.
async fn until_counted(setup: &Setup, how: &str) {
    let before = counted(setup, how).await;
    let began = Instant::now();
    while counted(setup, how).await == before {
        assert!(began.elapsed() < DEADLINE, "not counted {how} in time");
        assert_eq!(setup.get("/probe").await.status(), 200);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn two_gateways_share_one_allowance_exactly() {
    let Some(redis) = Redis::start() else { return };
    // An hour is not a whole number of times seven microseconds: no fraction may let an eighth pass, or keep the seventh out.
    let limit = "{requests: 7, per: hour, key: route, shared: true}";
    let (one, _a) = gateway(redis.port, limit).await;
    let (two, _b) = gateway(redis.port, limit).await;
    until_counted(&one, "together").await;
    until_counted(&two, "together").await;

    let alone = async || counted(&one, "alone").await + counted(&two, "alone").await;
    let alone_before = alone().await;
    let passed = AtomicU32::new(0);
    let client = async |setup: &Setup| {
        for _ in 0..10 {
            let answer = setup.get("/").await;
            assert_eq!(answer.header("ratelimit-policy"), Some("\"route\";q=7;w=3600"));
            match answer.status() {
                200 => {
                    passed.fetch_add(1, Relaxed);
                    assert!(answer.header("ratelimit").unwrap().starts_with("\"route\";r="), "{answer:?}");
                }
                _ => assert_eq!(answer.problem(), (429, "rate_limited".to_owned())),
            }
        }
    };
    tokio::join!(client(&one), client(&two), client(&one), client(&two));
    assert_eq!(passed.load(Relaxed), 7);
    let wait: u32 = one.get("/").await.header("retry-after").unwrap().parse().unwrap();
    assert!((430..=515).contains(&wait), "{wait}");
    assert_eq!(alone().await, alone_before);
}

#[tokio::test]
async fn redis_may_die_under_load_and_come_back() {
    let Some(mut redis) = Redis::start() else { return };
    let (setup, _origin) =
        gateway(redis.port, "{requests: 1000000, per: hour, key: route, shared: true}").await;
    until_counted(&setup, "together").await;
    let stop = AtomicBool::new(false);
    let load = async {
        let mut sent = 0;
        while !stop.load(Relaxed) {
            assert_eq!(setup.get("/").await.status(), 200, "request {sent}");
            sent += 1;
        }
        assert!(sent > 0);
    };
    let fate = async {
        redis.kill();
        until_counted(&setup, "alone").await;
        redis.run();
        until_counted(&setup, "together").await;
        // It hangs instead of dying: the first request waits as long as it may, the others do not.
        redis.signal(Signal::STOP);
        until_counted(&setup, "alone").await;
        let began = Instant::now();
        for _ in 0..20 {
            assert_eq!(setup.get("/").await.status(), 200);
        }
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "nobody waits for a Redis that hangs: {:?}",
            began.elapsed()
        );
        redis.signal(Signal::CONT);
        until_counted(&setup, "together").await;
        stop.store(true, Relaxed);
    };
    tokio::join!(load, fate);
}

#[tokio::test]
async fn without_redis_the_limit_is_kept_alone() {
    // Nothing listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (setup, _origin) = gateway(port, "{requests: 2, per: hour, key: route, shared: true}").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(setup.get("/").await.status());
    }
    assert_eq!(statuses, [200, 200, 429]);
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.get("/").await.status(), 429, "a reload forgets nothing");
}
