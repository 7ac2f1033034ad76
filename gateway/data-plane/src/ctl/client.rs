//! A caller of the admin server, as small as it can be: one request a connection, over TCP or a Unix socket.

use agw_config::config::AdminAddress;
use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::Duration,
};

/// A reload of thousands of routes takes a while.
const SILENCE_MAX: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The status of ten thousand routes has about 3 MB.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// Where to call.
#[derive(Debug)]
pub(super) struct Client {
    address: AdminAddress,
}

impl Client {
    pub(super) fn new(address: AdminAddress) -> Self {
        Self { address }
    }

    pub(super) fn get(&self, target: &str) -> anyhow::Result<Value> {
        self.call("GET", target, None)
    }

    pub(super) fn post(&self, target: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        self.call("POST", target, body)
    }

    fn call(&self, method: &str, target: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let body = body.map(ToString::to_string).unwrap_or_default();
        // The server speaks HTTP/1.0 too, in which an answer ends with its connection.
        let request = format!(
            "{method} {target} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.exchange(request.as_bytes()).with_context(|| {
            format!(
                "cannot reach the admin server at {}; is the gateway running? name it with --admin or --config",
                self.address
            )
        })?;
        let (status, body) = parse(&answer).ok_or_else(|| anyhow!("{} does not speak HTTP", self.address))?;
        let value: Value = serde_json::from_slice(body).with_context(|| {
            format!("{} answered {status}, but not as the admin server does", self.address)
        })?;
        if status >= 400 {
            bail!("{}", complaint(&value));
        }
        Ok(value)
    }

    fn exchange(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        match &self.address {
            AdminAddress::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, CONNECT_TIMEOUT)?;
                stream.set_read_timeout(Some(SILENCE_MAX))?;
                stream.set_write_timeout(Some(SILENCE_MAX))?;
                talk(stream, request)
            }
            AdminAddress::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(SILENCE_MAX))?;
                stream.set_write_timeout(Some(SILENCE_MAX))?;
                talk(stream, request)
            }
        }
    }
}

fn talk(mut stream: impl Read + Write, request: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Status and body.
fn parse(answer: &[u8]) -> Option<(u16, &[u8])> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(answer).ok()? else {
        return None;
    };
    Some((response.code?, &answer[head..]))
}

/// Problem details as lines for a person.
fn complaint(problem: &Value) -> String {
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    let mut lines = format!("the gateway refused: {}", text("detail"));
    for one in problem["problems"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        lines.push_str("\n  - ");
        lines.push_str(one);
    }
    lines
}
