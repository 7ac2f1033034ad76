use super::{example, table};
use crate::support::{Origin, Setup, until, write_config};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn documented(dir: &tempfile::TempDir) -> String {
    let target = format!("unix:{}/o.sock", dir.path().display());
    example("Access log").replace("http://127.0.0.1:3000", &target).replace("sample: 0.1 ", "sample: 1 ")
}

#[tokio::test]
async fn the_documented_example_logs_what_it_says_and_hides_what_it_must() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = documented(&dir);
    let setup = Setup::start(dir, &yaml).await;
    let sent =
        ["User-Agent: te\"st", "X-Tenant: blue", "Authorization: Bearer hunter2", "X-Request-Id: mine"];
    setup.send("GET /a?session=hunter2&page=2&access_token=hunter2", &sent, "").await;
    let log = setup.dir.path().join("access.log");
    until(|| !lines(&log).is_empty()).await;
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("blue"), "{text}");
    let line = lines(&log).remove(0);
    let fields: Vec<&String> = line.as_object().unwrap().keys().collect();
    let expected = [
        "time",
        "client",
        "method",
        "host",
        "path",
        "query",
        "status",
        "route",
        "duration_ms",
        "request_id",
        "headers",
    ];
    assert_eq!(fields, expected);
    assert_eq!(line["query"], "session=***&page=2&access_token=***");
    assert_eq!(line["request_id"], "mine");
    assert_eq!(line["headers"]["user-agent"], "te\"st");
    assert_eq!(line["headers"]["authorization"], "***");
}

#[tokio::test]
async fn a_file_that_is_moved_away_is_opened_again_and_another_is_begun_on_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = documented(&dir);
    let setup = Setup::start(dir, &yaml).await;
    let [first, moved, second] =
        ["access.log", "moved.log", "second.log"].map(|name| setup.dir.path().join(name));
    setup.get("/1").await;
    until(|| lines(&first).len() == 1).await;
    fs::rename(&first, &moved).unwrap();
    setup.gateway.reopen_logs();
    until(|| first.exists()).await;
    setup.get("/2").await;
    until(|| lines(&first).len() == 1).await;

    write_config(&setup.dir, &yaml.replace("access.log ", "second.log "));
    setup.gateway.reload().await.unwrap();
    setup.get("/3").await;
    until(|| lines(&second).len() == 1).await;
    write_config(&setup.dir, &yaml.replace("access.log ", "no/such/dir "));
    let refused = setup.gateway.reload().await.unwrap_err();
    assert!(refused.to_string().contains("access_log.to: cannot open it"), "{refused}");
    setup.get("/4").await;
    setup.gateway.drain().await;
    assert_eq!((lines(&moved).len(), lines(&first).len()), (1, 1));
    assert_eq!(lines(&second).len(), 2, "a drain writes what is left, and a refused reload changes nothing");
}

#[tokio::test]
async fn failures_are_logged_whatever_the_share() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = "
access_log: {to: DIR/access.log, sample: 0}
proxy_routes: [{path: /a, target: 'unix:DIR/o.sock'}, {path: /b, target: 'unix:DIR/nobody.sock'}]
";
    let setup = Setup::start(dir, yaml).await;
    for path in ["/a", "/b", "/c"] {
        setup.get(path).await;
    }
    let log = setup.dir.path().join("access.log");
    until(|| !lines(&log).is_empty()).await;
    setup.gateway.drain().await;
    let [line] = &lines(&log)[..] else { panic!("{:?}", lines(&log)) };
    assert_eq!((&line["status"], &line["refusal"]), (&503.into(), &"upstream_unavailable".into()));
    assert_eq!((&line["cluster"], &line["route"]), (&"/b".into(), &"/b".into()));
    assert!(line["endpoint"].as_str().unwrap().ends_with("nobody.sock"));
}

#[tokio::test]
async fn every_documented_field_is_there_when_there_is_something_to_say() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = "access_log: {to: DIR/access.log}\nproxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]";
    let setup = Setup::start(dir, yaml).await;
    setup.send("POST /a?b=c", &[], "12345").await;
    setup.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await;
    let log = setup.dir.path().join("access.log");
    until(|| lines(&log).len() == 2).await;
    let documented: Vec<String> = table_of_fields();
    for line in lines(&log) {
        let order: Vec<usize> = line
            .as_object()
            .unwrap()
            .keys()
            .map(|key| documented.iter().position(|field| field == key).unwrap_or_else(|| panic!("{key}")))
            .collect();
        assert!(order.is_sorted(), "{line}");
    }
    let mut lines = lines(&log);
    // Each thread has lines of its own.
    lines.sort_by_key(|line| line["status"].as_u64());
    let [request, refused] = &lines[..] else { panic!() };
    assert_eq!((&request["bytes_in"], &request["bytes_out"]), (&5.into(), &1.into()));
    assert!(request["upstream_ms"].as_f64() <= request["duration_ms"].as_f64());
    assert_eq!(request["trace_id"].as_str().unwrap().len(), 32);
    assert!(request.get("query").is_none() && request.get("refusal").is_none());
    assert_eq!((&refused["status"], &refused["refusal"]), (&400.into(), &"bad_framing".into()));
}

fn table_of_fields() -> Vec<String> {
    let (_, rest) = super::DOCS.split_once("| field | what |").unwrap();
    assert!(!table("Metrics").is_empty());
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    let documented: Vec<String> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    let known = agw_config::config::AccessField::ALL.iter().map(|field| field.as_str());
    assert_eq!(documented, known.collect::<Vec<_>>());
    documented
}

/// The program with a quiet origin of the test's own.
fn program(dir: &Path, access_log: &str) -> (Child, String, String) {
    let config = dir.join("agw.yaml");
    let text = format!(
        "listeners: [{{address: '127.0.0.1:0'}}]\nadmin: {{address: 'unix:{}/admin.sock'}}\n{access_log}\n\
         proxy_routes: [{{path: /only, target: http://127.0.0.1:1}}]\n",
        dir.display()
    );
    fs::write(&config, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_agw"))
        .args(["run", "--json-logs", "--config", config.to_str().unwrap()])
        .env_remove("AETHERIUS_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = log.by_ref().map(Result::unwrap).find(|line| line.contains("\"listening\"")).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(log.any(|line| line.unwrap().contains("admin server listening")));
    std::thread::spawn(move || log.for_each(drop));
    let address = line["fields"]["address"].as_str().unwrap().to_owned();
    let admin = dir.join("admin.sock").display().to_string();
    (child, address, admin)
}

fn get(address: &str, path: &str, requests: usize) {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(crate::support::DEADLINE)).unwrap();
    for number in 1..=requests {
        let close = if number == requests { "Connection: close\r\n" } else { "" };
        client.write_all(format!("GET {path} HTTP/1.1\r\nHost: h\r\n{close}\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut some = [0; 4096];
            let bytes = client.read(&mut some).expect("an answer in time");
            assert!(bytes > 0);
            answer.extend_from_slice(&some[..bytes]);
        }
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn by_default_lines_go_to_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, address, _) = program(dir.path(), "");
    get(&address, "/nothing", 1);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["path"], &line["status"]), (&"/nothing".into(), &404.into()));
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_signal_opens_the_file_again() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("access.log");
    let (mut child, address, _) = program(dir.path(), &format!("access_log: {{to: '{}'}}", log.display()));
    fs::rename(&log, dir.path().join("moved.log")).unwrap();
    signal(&child, "-USR1");
    let deadline = std::time::Instant::now() + crate::support::DEADLINE;
    while !log.exists() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    get(&address, "/nothing", 1);
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
    assert_eq!(lines(&log).len(), 1);
}

#[test]
fn a_reader_that_does_not_read_stops_nobody() {
    const REQUESTS: usize = 600;
    let dir = tempfile::tempdir().unwrap();
    let (mut child, address, admin) = program(dir.path(), "workers: 1");
    // Much more than a pipe and the buffers hold.
    get(&address, &format!("/{}", "x".repeat(3000)), REQUESTS);
    let mut client = std::os::unix::net::UnixStream::connect(admin).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut metrics = String::new();
    client.read_to_string(&mut metrics).unwrap();
    let dropped = metrics
        .lines()
        .find_map(|line| line.strip_prefix("agw_access_log_lines_total{outcome=\"dropped\"} "));
    assert!(
        dropped.is_some_and(|count| count.parse::<usize>().is_ok_and(|count| (1..REQUESTS).contains(&count)))
    );
    let stopping = std::time::Instant::now();
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
    assert!(stopping.elapsed() < crate::support::DEADLINE, "it does not keep the gateway from stopping");
}
