//! The framing corpus: messages from the RFCs, good and bad, and what must become of each.

use crate::{
    strict_origin::{Message, Seen, StrictOrigin, find},
    support::{Setup, until},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(2);
const HTTP1: &str = include_str!("corpus/http1.txt");

/// One case of the file.
#[derive(Debug, Default)]
struct Case {
    name: String,
    sent: Vec<u8>,
    /// Whether the client closes its side after that.
    eof: bool,
    statuses: Vec<u16>,
    open: bool,
    code: Option<String>,
    origin: Vec<Expected>,
    cut: bool,
}

/// A request as it must have reached the origin.
#[derive(Debug, Default)]
struct Expected {
    line: String,
    has: Vec<(String, Vec<u8>)>,
    lacks: Vec<String>,
    body: Option<Vec<u8>>,
}

fn cases() -> Vec<Case> {
    let text: String =
        HTTP1.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    text.split("\nname: ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let mut lines = text.lines();
    let mut case = Case { name: lines.next().unwrap().to_owned(), ..Case::default() };
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(raw) = line.strip_prefix(">> ") {
            case.sent.extend(unescaped(raw));
        } else if let Some(raw) = line.strip_prefix('>') {
            case.sent.extend(unescaped(raw.strip_prefix(' ').unwrap_or(raw)));
            case.sent.extend(b"\r\n");
        } else {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{}: {line}", case.name));
            let value = value.trim_start();
            match key {
                "rfc" => {}
                "eof" => case.eof = true,
                "cut" => case.cut = true,
                "code" => case.code = Some(value.to_owned()),
                "want" => {
                    case.open = value.ends_with("open");
                    case.statuses = value.split(' ').filter_map(|word| word.parse().ok()).collect();
                }
                "origin" => {
                    let line = String::from_utf8(unescaped(value)).unwrap();
                    case.origin.push(Expected { line, ..Expected::default() });
                }
                _ => {
                    let expected = case.origin.last_mut().expect("an origin line before");
                    match key {
                        "has" => {
                            let (name, value) = value.split_once(':').unwrap();
                            expected.has.push((name.to_owned(), unescaped(value.trim_start())));
                        }
                        "lacks" => expected.lacks.push(value.to_owned()),
                        "body" => expected.body = Some(unescaped(value)),
                        _ => panic!("{}: {line}", case.name),
                    }
                }
            }
        }
    }
    case
}

/// Resolves `\r`, `\xHH` and so on, and `{a*9}`.
fn unescaped(text: &str) -> Vec<u8> {
    if let Some((before, rest)) = text.split_once('{') {
        let (repeated, after) = rest.split_once('}').unwrap();
        let (what, times) = repeated.rsplit_once('*').unwrap();
        let middle = unescaped(what).repeat(times.parse().unwrap());
        return [unescaped(before), middle, unescaped(after)].concat();
    }
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().unwrap() {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    bytes
}

/// A client's connection, and what of its answers is not yet looked at.
struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    async fn connect(setup: &Setup) -> Self {
        Self { stream: TcpStream::connect(setup.address()).await.unwrap(), unread: Vec::new() }
    }

    /// The next answer's head and body; nothing when the connection is closed before.
    async fn answer(&mut self, to_head: bool) -> Option<(String, Vec<u8>)> {
        let end = loop {
            match find(&self.unread, b"\r\n\r\n") {
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8(self.unread.drain(..end + 4).collect()).unwrap();
        let length = if to_head { None } else { crate::support::header(&head, "content-length") };
        let length = length.map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            self.more().await?;
        }
        Some((head, self.unread.drain(..length).collect()))
    }

    async fn more(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.unread).await;
        // A reset is an end as well.
        read.ok().filter(|&bytes| bytes > 0).map(|_| ())
    }
}

async fn run(setup: &Setup, origin: &StrictOrigin, case: &Case) -> Result<(), String> {
    let mut client = Client::connect(setup).await;
    // The gateway may close before it has read everything.
    let _ = client.stream.write_all(&case.sent).await;
    if case.eof {
        client.stream.shutdown().await.unwrap();
    }
    let mut statuses = Vec::new();
    let mut codes = Vec::new();
    while statuses.len() < case.statuses.len() {
        let Some((head, body)) = client.answer(case.sent.starts_with(b"HEAD")).await else { break };
        if head.starts_with("HTTP/1.1 100 ") {
            // Whether it is asked for depends on what of the body has arrived already.
            continue;
        }
        statuses.push(head[9..12].parse::<u16>().unwrap());
        let problem: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
        codes.extend(problem.and_then(|problem| problem["code"].as_str().map(str::to_owned)));
    }
    if statuses != case.statuses {
        return Err(format!(
            "answered {statuses:?}, and then {:?}",
            client.unread.escape_ascii().to_string()
        ));
    }
    if case.code.as_ref().is_some_and(|code| codes.last() != Some(code)) {
        return Err(format!("its own answer says {codes:?}"));
    }
    let expected = case.origin.len() + usize::from(case.cut);
    if case.open {
        client
            .stream
            .write_all(b"GET /after HTTP/1.1\r\nHost: h\r\n\r\n")
            .await
            .map_err(|error| error.to_string())?;
        match client.answer(false).await {
            Some((head, _)) if head.starts_with("HTTP/1.1 200 ") => {}
            other => return Err(format!("the connection should have served on: {other:?}")),
        }
    } else if let Some(answer) = client.answer(false).await {
        return Err(format!("should have been closed, and answered {answer:?}"));
    }
    until(|| origin.seen().len() >= expected + usize::from(case.open)).await;
    // Another connection's request, so that what is left on a pooled connection comes to light.
    let mut other = Client::connect(setup).await;
    other.stream.write_all(b"GET /other HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
    if !other
        .answer(false)
        .await
        .is_some_and(|(head, body)| head.starts_with("HTTP/1.1 200 ") && body == b"ok")
    {
        return Err("another client's request was not served".to_owned());
    }
    compare(case, origin.take())
}

fn compare(case: &Case, seen: Vec<Seen>) -> Result<(), String> {
    let own = |seen: &Seen| matches!(seen, Seen::Request(message) if ["GET /after HTTP/1.1", "GET /other HTTP/1.1"].contains(&message.line().as_str()));
    let cut = seen.iter().filter(|seen| matches!(seen, Seen::Cut(_))).count();
    let others: Vec<Seen> =
        seen.iter().filter(|seen| !own(seen) && !matches!(seen, Seen::Cut(_))).cloned().collect();
    let described = format!("the origin saw {seen:?}");
    if cut != usize::from(case.cut)
        || others.len() != case.origin.len()
        || seen.len() != 1 + usize::from(case.open) + cut + others.len()
    {
        return Err(described);
    }
    for (seen, expected) in others.iter().zip(&case.origin) {
        let Seen::Request(message) = seen else { return Err(described) };
        looks_like(message, expected).map_err(|why| format!("{why}: {described}"))?;
    }
    Ok(())
}

fn looks_like(message: &Message, expected: &Expected) -> Result<(), String> {
    if message.line() != format!("{} HTTP/1.1", expected.line) {
        return Err(message.line());
    }
    for (name, value) in &expected.has {
        if !message.values(name).contains(value) {
            return Err(format!("{name} is not {:?}", String::from_utf8_lossy(value)));
        }
    }
    for name in &expected.lacks {
        if !message.values(name).is_empty() {
            return Err(format!("{name} is there"));
        }
    }
    if expected.body.as_ref().is_some_and(|body| *body != message.body)
        || (expected.body.is_none() && !message.body.is_empty() && expected.has.is_empty())
    {
        return Err(format!("the body is {:?}", String::from_utf8_lossy(&message.body)));
    }
    Ok(())
}

#[tokio::test]
async fn http1_messages_have_one_reading_or_none() {
    let origin = StrictOrigin::start().await;
    let dir = tempfile::tempdir().unwrap();
    let setup =
        Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{}'}}]", origin.address)).await;
    let cases = cases();
    assert!(cases.len() >= 120, "{}", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let done = timeout(PATIENCE, run(&setup, &origin, case)).await;
        if let Err(why) = done.unwrap_or_else(|_| Err(format!("hangs; the origin saw {:?}", origin.seen()))) {
            origin.take();
            failed.push(format!("{}: {why}", case.name));
        }
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
