//! Reloading, watching, and what is remembered of it.

use crate::support::{Answer, DEADLINE, Origin};
use agw::Gateway;
use serde_json::Value;
use std::{fs, future::Future, path::PathBuf};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::{sleep, timeout},
};

/// A gateway whose admin settings the test chooses.
pub(crate) struct Operated {
    pub(crate) gateway: Gateway,
    pub(crate) dir: TempDir,
}

impl Operated {
    pub(crate) async fn start(admin: &str, rest: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        write(&dir, admin, rest);
        let gateway =
            Gateway::start(dir.path().join("agw.yaml")).await.unwrap_or_else(|error| panic!("{error}"));
        Self { gateway, dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) async fn call(&self, request: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        match self.gateway.admin_address().to_string().strip_prefix("unix:") {
            Some(path) => exchange(UnixStream::connect(path).await.unwrap(), &text).await,
            None => {
                let address = self.gateway.admin_address().to_string();
                exchange(TcpStream::connect(address).await.unwrap(), &text).await
            }
        }
    }

    async fn admin(&self, request: &str) -> Answer {
        self.call(request, "Host: localhost\r\n", "").await
    }

    pub(crate) async fn json(&self, request: &str) -> Value {
        let answer = self.admin(request).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.0);
        serde_json::from_str(answer.body()).unwrap()
    }

    pub(crate) async fn status_of(&self, path: &str) -> u16 {
        let stream = TcpStream::connect(self.gateway.addresses()[0]).await.unwrap();
        exchange(stream, &format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
            .await
            .status()
    }
}

pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> Answer {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    Answer(String::from_utf8(answer).unwrap())
}

pub(crate) fn write(dir: &TempDir, admin: &str, rest: &str) {
    let dir_name = dir.path().to_str().unwrap();
    let text = format!("listeners: [{{address: \"127.0.0.1:0\"}}]\nadmin: {{{admin}}}\n{rest}\n")
        .replace("DIR", dir_name);
    fs::write(dir.path().join("agw.yaml"), text).unwrap();
}

/// Waits for a condition that has to be asked for.
async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let wait = async {
        while !condition().await {
            sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, wait).await.expect("the condition in time");
}

fn lines(path: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) const QUIET: &str = "address: '127.0.0.1:0', watch: false";

#[tokio::test]
async fn pages_in_a_browser_get_nothing_and_do_nothing() {
    let gateway = Operated::start(
        "address: '127.0.0.1:0', watch: false, audit_file: audit.jsonl",
        "proxy_routes: [{path: /a, target: 'http://127.0.0.1:1'}]",
    )
    .await;
    write(&gateway.dir, QUIET, "proxy_routes: [{path: /b, target: 'http://127.0.0.1:1'}]");
    for headers in [
        "Host: evil.test\r\n",
        "Host: localhost\r\nOrigin: http://evil.test\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
    ] {
        for request in
            ["POST /reload-config", "POST /reload-proxy-routes", "GET /status", "GET /config", "GET /metrics"]
        {
            let refused = gateway.call(request, headers, "").await;
            assert_eq!(refused.problem(), (403, "not_for_pages".to_owned()), "{request} {headers}");
        }
    }
    assert_eq!(gateway.status_of("/b").await, 404, "nothing was reloaded");
    let calls = lines(&gateway.path("audit.jsonl"));
    assert_eq!(calls.len(), 20);
    assert_eq!((calls[0]["path"].as_str(), calls[0]["status"].as_u64()), (Some("/reload-config"), Some(403)));
    assert!(
        calls[0]["by"].as_str().unwrap().starts_with("127.0.0.1:") && calls[0]["problem"] == "not_for_pages"
    );
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_with_problem_details() {
    let gateway = Operated::start(QUIET, "proxy_routes: [{path: /a, target: 'http://127.0.0.1:1'}]").await;
    assert_eq!(gateway.admin("GET /nothing").await.problem(), (404, "not_found".to_owned()));
    let wrong_method = gateway.admin("GET /reload-config").await;
    assert_eq!(wrong_method.problem(), (405, "method_not_allowed".to_owned()));
    assert_eq!(wrong_method.header("allow"), Some("POST"));
    assert_eq!(gateway.admin("GET /changes?lost=1").await.problem(), (400, "bad_query".to_owned()));
    let xml = gateway.call("GET /nothing", "Host: localhost\r\nAccept: application/xml\r\n", "").await;
    assert_eq!(xml.header("content-type"), Some("application/problem+xml"));
    assert_eq!((xml.header("vary"), xml.header("cache-control")), (Some("Accept"), Some("no-store")));

    let status = gateway.call("GET /status", "Host: localhost\r\nAccept: application/xml\r\n", "").await;
    assert!(status.body().contains("<version>"), "{}", status.0);
    let yaml = gateway.call("GET /config", "Host: localhost\r\nAccept: application/yaml\r\n", "").await;
    assert!(yaml.body().contains("drain_ms: 10000"), "{}", yaml.0);
}

#[tokio::test]
async fn the_configuration_in_force_is_shown_without_secrets() {
    let key = "5e".repeat(32);
    let rest = format!(
        "consumers: [{{name: ann, key_sha256: '{key}'}}]\nproxy_routes: [{{path: /a, target: 'http://127.0.0.1:1'}}]"
    );
    let gateway = Operated::start(QUIET, &rest).await;
    let shown = gateway.json("GET /config").await;
    assert_eq!(
        (&shown["connections_max"], &shown["proxy_routes"][0]["path"]),
        (&10_000.into(), &"/a".into())
    );
    assert_eq!(shown["consumers"][0]["key_sha256"], "***");
}

#[tokio::test]
async fn proxy_routes_alone_are_taken_over_when_only_they_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let target = format!("unix:{}/o.sock", dir.path().display());
    let routes = |fixed: &str, path: &str| {
        format!(
            "clusters: [{{name: c, endpoints: ['{target}']}}]
routes: [{{name: r, match: {{path: {fixed}}}, cluster: c}}]
proxy_routes: [{{path: {path}, target: '{target}'}}]"
        )
    };
    let gateway = Operated::start(QUIET, &routes("/one", "/a")).await;
    write(&gateway.dir, QUIET, &format!("connections_max: none\n{}", routes("/two", "/b")));
    assert_eq!(gateway.admin("POST /reload-proxy-routes").await.status(), 200);
    let mut statuses = Vec::new();
    for path in ["/a", "/b", "/one", "/two"] {
        statuses.push(gateway.status_of(path).await);
    }
    assert_eq!(statuses, [404, 200, 200, 404], "the rest was edited, wrongly too, and stays as it runs");
    let shown = gateway.json("GET /config").await;
    assert_eq!(shown["routes"][0]["match"]["path"], "/one");
    assert_eq!(gateway.json("GET /status").await["last_reload"]["scope"], "proxy_routes");

    write(&gateway.dir, QUIET, "proxy_routes: [{path: b, target: 'ftp://a'}]");
    let refused = gateway.admin("POST /reload-proxy-routes").await;
    assert_eq!(refused.problem(), (400, "invalid_config".to_owned()));
    assert!(
        refused.body().contains("proxy_routes[0].path: ")
            && refused.body().contains("proxy_routes[0].target: ")
    );
    write(&gateway.dir, QUIET, &routes("/two", "/c"));
    assert_eq!(gateway.admin("POST /reload-config").await.status(), 200);
    assert_eq!((gateway.status_of("/two").await, gateway.status_of("/c").await), (200, 200));
}

#[tokio::test]
async fn changes_are_remembered_with_who_and_what() {
    let admin =
        "address: 'unix:DIR/admin.sock', watch: false, changes_file: changes.jsonl, audit_file: audit.jsonl";
    let gateway = Operated::start(admin, "proxy_routes: [{path: /a, target: 'http://127.0.0.1:1'}]").await;
    assert_eq!(gateway.json("GET /changes").await, Value::Array(Vec::new()));
    write(
        &gateway.dir,
        admin,
        "proxy_routes:
  - {path: /a, target: 'http://127.0.0.1:2', meta: {version: '2', owner: ann, tags: [shop]}}
  - {path: /b, target: 'http://127.0.0.1:1'}",
    );
    assert_eq!(gateway.json("POST /reload-config").await["changes"], 2);
    let changes = gateway.json("GET /changes").await;
    let first = &changes[0];
    assert_eq!(
        (&first["kind"], &first["name"], &first["change"]),
        (&"proxy_route".into(), &"/a".into(), &"changed".into())
    );
    assert_eq!(
        (&first["version"], &first["owner"], &first["tags"][0]),
        (&"2".into(), &"ann".into(), &"shop".into())
    );
    let target = first["fields"].as_array().unwrap().iter().find(|field| field["field"] == "target").unwrap();
    assert_eq!(
        (&target["before"], &target["after"]),
        (&"http://127.0.0.1:1".into(), &"http://127.0.0.1:2".into())
    );
    let uid = std::os::unix::fs::MetadataExt::uid(&fs::metadata(gateway.dir.path()).unwrap());
    assert!(first["by"].as_str().unwrap().starts_with(&format!("admin uid {uid} ")), "{first}");
    assert_eq!(first["from"], gateway.path("agw.yaml").display().to_string());
    assert_eq!(changes[1]["change"], "added");
    assert_eq!(gateway.json("GET /changes?last=1").await.as_array().unwrap().len(), 1);
    assert_eq!(Value::from(lines(&gateway.path("changes.jsonl"))), changes, "the file has the same");
    let reload =
        lines(&gateway.path("audit.jsonl")).into_iter().find(|call| call["method"] == "POST").unwrap();
    assert_eq!((reload["uid"].as_u64(), reload["status"].as_u64()), (Some(uid.into()), Some(200)));
}

#[tokio::test]
async fn an_edited_file_is_taken_over_and_a_broken_one_is_not() {
    let admin = "address: '127.0.0.1:0'";
    let identity = "identity: {key_file: identity.key}\n";
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let target = format!("unix:{}/o.sock", dir.path().display());
    let routes = |path: &str| format!("{identity}proxy_routes: [{{path: {path}, target: '{target}'}}]");
    let config = tempfile::tempdir().unwrap();
    fs::write(config.path().join("identity.key"), "07".repeat(32)).unwrap();
    write(&config, admin, &routes("/a"));
    let gateway = Gateway::start(config.path().join("agw.yaml")).await.unwrap();
    let gateway = Operated { gateway, dir: config };

    write(&gateway.dir, admin, &routes("/b"));
    until(|| async { gateway.status_of("/b").await == 200 }).await;
    // It is written down a moment after it is in force.
    until(|| async { gateway.json("GET /changes").await[0]["by"] == "file watch" }).await;

    let reloads = || async { gateway.json("GET /status").await["last_reload"].clone() };
    write(&gateway.dir, admin, "proxy_routes: [{path: b}]\ndrain_ms: soon");
    until(|| async { reloads().await["taken_over"] == false }).await;
    let refused = reloads().await;
    assert_eq!(refused["problems"].as_array().unwrap().len(), 1, "types come first: {refused}");
    assert!(refused["problems"][0].as_str().unwrap().starts_with("drain_ms: "));
    assert_eq!(gateway.status_of("/b").await, 200, "the running one stays");

    fs::write(gateway.path("identity.key"), "08".repeat(32)).unwrap();
    write(&gateway.dir, admin, &routes("/c"));
    until(|| async { gateway.status_of("/c").await == 200 }).await;
    let before = reloads().await;
    fs::write(gateway.path("identity.key"), "09".repeat(32)).unwrap();
    until(|| async { reloads().await["at"] != before["at"] }).await;
    assert_eq!(reloads().await["taken_over"], true, "a file that the configuration names is watched too");
}
