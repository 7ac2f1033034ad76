//! A gateway, origins and clients for the tests.

use agw::Gateway;
use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixListener},
    sync::Semaphore,
    time::timeout,
};

pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// A gateway and the directory it was configured in.
pub(crate) struct Setup {
    pub(crate) gateway: Gateway,
    pub(crate) dir: TempDir,
}

impl Setup {
    /// Starts a gateway with these routes, clusters and so on; `DIR` in it stands for the test's directory.
    pub(crate) async fn start(dir: TempDir, yaml: &str) -> Self {
        let path = write_config(&dir, yaml);
        fs::write(dir.path().join("identity.key"), "07".repeat(32)).unwrap();
        let gateway = Gateway::start(path).await.unwrap_or_else(|error| panic!("{error}"));
        Self { gateway, dir }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway.addresses()[0]
    }

    /// Sends a request of its own connection: the request line without version, header lines, a body.
    pub(crate) async fn send(&self, request: &str, headers: &[&str], body: &str) -> Answer {
        let mut text = format!("{request} HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.raw(format!("{text}\r\n{body}").as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &[], "").await
    }

    /// Sends bytes and reads until the gateway closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut client = TcpStream::connect(self.address()).await.unwrap();
        // The gateway may close before it has read everything.
        let _ = client.write_all(bytes).await;
        let mut answer = Vec::new();
        timeout(DEADLINE, client.read_to_end(&mut answer)).await.expect("an answer in time").unwrap();
        Answer(String::from_utf8(answer).unwrap())
    }

    /// Calls the admin server.
    pub(crate) async fn admin(&self, request: &str) -> Answer {
        let mut client = TcpStream::connect(self.gateway.admin_address().to_string()).await.unwrap();
        let text = format!("{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        client.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(DEADLINE, client.read_to_end(&mut answer)).await.unwrap().unwrap();
        Answer(String::from_utf8(answer).unwrap())
    }
}

/// Puts the common head before a configuration, a listener if it has none, and writes it.
pub(crate) fn write_config(dir: &TempDir, yaml: &str) -> PathBuf {
    let path = dir.path().join("agw.yaml");
    let mut head = "admin: {address: \"127.0.0.1:0\"}\n".to_owned();
    if !yaml.contains("listeners:") {
        head.push_str("listeners: [{address: \"127.0.0.1:0\"}]\n");
    }
    // Tests have better things to say on their standard output.
    let quiet = if yaml.contains("access_log:") { "" } else { "access_log: {to: \"off\"}\n" };
    let yaml = yaml.replace("DIR", dir.path().to_str().unwrap());
    fs::write(&path, format!("{head}{quiet}{yaml}")).unwrap();
    path
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.0, name)
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// Status and code of a refusal.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.0);
        let body: serde_json::Value = serde_json::from_str(self.body()).unwrap();
        assert_eq!(body["status"], self.status());
        (self.status(), body["code"].as_str().unwrap().to_owned())
    }
}

/// A header's value in a message's text.
pub(crate) fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.split("\r\n\r\n").next()?;
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// A server that records what it gets and answers 200 with its name, or as told; what ends in `/slow` waits for [`Origin::release`], an upgrade is
/// answered with 101 and an echo, `/break` with a closed connection, `/silent` never.
#[derive(Clone)]
pub(crate) struct Origin {
    name: &'static str,
    requests: Arc<Mutex<Vec<String>>>,
    statuses: Arc<Mutex<HashMap<String, &'static str>>>,
    released: Arc<Semaphore>,
}

impl Origin {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            requests: Arc::default(),
            statuses: Arc::default(),
            released: Arc::new(Semaphore::new(0)),
        }
    }

    /// Listens on a port of its own; returns it with its address.
    pub(crate) async fn tcp(name: &'static str) -> (Self, String) {
        let origin = Self::new(name);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let served = origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream));
            }
        });
        (origin, address)
    }

    /// Listens on `name.sock` in the directory.
    pub(crate) fn unix(name: &'static str, dir: &TempDir) -> Self {
        let origin = Self::new(name);
        let listener = UnixListener::bind(dir.path().join(format!("{name}.sock"))).unwrap();
        let served = origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream));
            }
        });
        origin
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The requests so far, each as it arrived.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> String {
        self.requests().pop().expect("the origin got a request")
    }

    /// Waits until so many requests have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        until(|| self.requests().len() >= count).await;
    }

    /// Answers this path with another status from now on.
    pub(crate) fn answer(&self, path: &str, status: &'static str) {
        self.statuses.lock().unwrap().insert(path.to_owned(), status);
    }

    /// Lets one slow request be answered.
    pub(crate) fn release(&self) {
        self.released.add_permits(1);
    }

    /// Answers the requests of a connection.
    pub(crate) async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        while let Some(request) = read_request(&mut stream).await {
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let upgrade = header(&request, "upgrade").is_some();
            self.requests.lock().unwrap().push(request);
            match path.as_str() {
                "/break" => return,
                "/silent" => std::future::pending().await,
                slow if slow.ends_with("/slow") => self.released.acquire().await.unwrap().forget(),
                _ => {}
            }
            if upgrade {
                let head =
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
                stream.write_all(head.as_bytes()).await.unwrap();
                let (mut read, mut write) = tokio::io::split(stream);
                let _ = tokio::io::copy(&mut read, &mut write).await;
                return;
            }
            let status = self.statuses.lock().unwrap().get(&path).copied().unwrap_or("200 OK");
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{}", self.name.len(), self.name);
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Head and body; `None` when the other side closed before a whole request was there.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n") {
            let length = header(&text, "content-length").map_or(0, |length| length.parse().unwrap());
            let chunked = header(&text, "transfer-encoding").is_some();
            if if chunked { body.ends_with("0\r\n\r\n") } else { body.len() >= length } {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Waits for a condition.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, wait).await.expect("the condition in time");
}

/// Says that a test is skipped, where a passing test's output does not hide it, and has it counted by `make test`.
pub(crate) fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}\n");
    // The macros would be captured. Nothing can be done if standard error is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("AETHERIUS_SKIPPED_TESTS") {
        let written = fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = written.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// An address that is free now, and stays so while nobody listens there: outgoing connections have another.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.2:0").unwrap().local_addr().unwrap()
}
