//! The cases of `http1.txt`.

use super::{Cut, Outcome, PATIENCE, cases, unescaped};
use crate::{
    strict_origin::{StrictOrigin, find},
    support::{Setup, header, until},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// One case of the file.
#[derive(Debug, Default)]
struct Case {
    sent: Vec<u8>,
    /// Whether the client closes its side after that.
    eof: bool,
    statuses: Vec<u16>,
    code: Option<String>,
    outcome: Outcome,
}

fn case(lines: &[&str]) -> Case {
    let mut case = Case::default();
    for line in lines {
        if let Some(raw) = line.strip_prefix(">> ") {
            case.sent.extend(unescaped(raw));
        } else if let Some(raw) = line.strip_prefix('>') {
            case.sent.extend(unescaped(raw.strip_prefix(' ').unwrap_or(raw)));
            case.sent.extend(b"\r\n");
        } else {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
            let value = value.trim_start();
            match key {
                "eof" => case.eof = true,
                "code" => case.code = Some(value.to_owned()),
                "want" => {
                    case.outcome.open = value.ends_with("open");
                    case.statuses = value.split(' ').filter_map(|word| word.parse().ok()).collect();
                }
                _ => case.outcome.take(key, value),
            }
        }
    }
    case
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

    /// The next answer's head and body, after those that only say to go on; nothing when the connection is closed before.
    async fn answer(&mut self, to_head: bool) -> Option<(String, Vec<u8>)> {
        let end = loop {
            match find(&self.unread, b"\r\n\r\n") {
                Some(end) if self.unread.starts_with(b"HTTP/1.1 100 ") => drop(self.unread.drain(..end + 4)),
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8(self.unread.drain(..end + 4).collect()).unwrap();
        let length = if to_head { None } else { header(&head, "content-length") };
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
    let expected = case.outcome.origin.len() + usize::from(case.outcome.cut == Cut::One);
    if case.outcome.open {
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
    until(|| origin.seen().len() >= expected + usize::from(case.outcome.open)).await;
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
    // What was given up there is over by then.
    until(|| !origin.is_reading()).await;
    case.outcome.compare(&origin.take())
}

#[tokio::test]
async fn http1_messages_have_one_reading_or_none() {
    let origin = StrictOrigin::start().await;
    let dir = tempfile::tempdir().unwrap();
    let setup =
        Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{}'}}]", origin.address)).await;
    let cases = cases(include_str!("http1.txt"));
    let mut failed = Vec::new();
    for (name, lines) in &cases {
        let done = timeout(PATIENCE, run(&setup, &origin, &case(lines))).await;
        if let Err(why) = done.unwrap_or_else(|_| Err(format!("hangs; the origin saw {:?}", origin.seen()))) {
            origin.take();
            failed.push(format!("{name}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
