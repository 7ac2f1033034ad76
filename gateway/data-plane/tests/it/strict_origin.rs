//! An origin that reads HTTP/1.1 by the letter and keeps what it read, byte for byte.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A whole request.
    Request(Message),
    /// A request that was begun and not finished.
    Cut(Vec<u8>),
    /// Something that is no request by the letter, and why.
    Wrong(&'static str, Vec<u8>),
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Request line and headers, without the empty line.
    pub(crate) head: Vec<u8>,
    /// Without chunk lines.
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.head.escape_ascii(), self.body.escape_ascii())
    }
}

impl Message {
    pub(crate) fn line(&self) -> String {
        String::from_utf8_lossy(self.head.split(|&byte| byte == b'\r').next().unwrap_or_default())
            .into_owned()
    }

    /// All values of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<Vec<u8>> {
        fields(&self.head)
            .filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.to_vec())
            .collect()
    }
}

/// A recording server; it answers 200 with `ok`, and 100 first to who expects it.
#[derive(Clone)]
pub(crate) struct StrictOrigin {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Connections on which a request has begun and not ended.
    reading: Arc<AtomicUsize>,
}

impl StrictOrigin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap().to_string(),
            seen: Arc::default(),
            reading: Arc::default(),
        };
        let served = origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let origin = served.clone();
                tokio::spawn(async move {
                    let began = AtomicBool::new(false);
                    origin.serve(stream, &began).await;
                    origin.note(&began, false);
                });
            }
        });
        origin
    }

    /// What arrived since the last call.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// What has arrived.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Whether a request has begun that has not ended.
    pub(crate) fn is_reading(&self) -> bool {
        self.reading.load(Ordering::SeqCst) > 0
    }

    fn record(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
    }

    fn note(&self, began: &AtomicBool, begins: bool) {
        match (began.swap(begins, Ordering::SeqCst), begins) {
            (false, true) => _ = self.reading.fetch_add(1, Ordering::SeqCst),
            (true, false) => _ = self.reading.fetch_sub(1, Ordering::SeqCst),
            _ => {}
        }
    }

    async fn serve(&self, mut stream: TcpStream, began: &AtomicBool) {
        let mut bytes = Vec::new();
        loop {
            self.note(began, !bytes.is_empty());
            let mut continued = false;
            let (message, used) = loop {
                match parse(&bytes) {
                    Ok(Parsed::Whole(message, used)) => break (message, used),
                    Ok(Parsed::Head(expects)) if expects && !continued => {
                        continued = true;
                        if stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
                            return self.record(Seen::Cut(bytes));
                        }
                    }
                    Ok(_) => match stream.read_buf(&mut bytes).await {
                        Ok(0) | Err(_) if bytes.is_empty() => return,
                        Ok(0) | Err(_) => return self.record(Seen::Cut(bytes)),
                        Ok(_) => self.note(began, true),
                    },
                    Err(why) => return self.record(Seen::Wrong(why, bytes)),
                }
            };
            bytes.drain(..used);
            let body: &[u8] = if message.head.starts_with(b"HEAD ") { b"" } else { b"ok" };
            self.record(Seen::Request(message));
            let answer = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", body].concat();
            if stream.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}

enum Parsed {
    /// More bytes are needed.
    Nothing,
    /// The head is there; whether its sender waits for 100.
    Head(bool),
    /// All is there; so many bytes.
    Whole(Message, usize),
}

fn parse(bytes: &[u8]) -> Result<Parsed, &'static str> {
    let Some(end) = find(bytes, b"\r\n\r\n") else { return Ok(Parsed::Nothing) };
    let head = &bytes[..end];
    if head.iter().any(|byte| matches!(byte, 0..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f)) {
        return Err("a control character in the head");
    }
    let text = String::from_utf8_lossy(head).replace("\r\n", "");
    if text.contains(['\r', '\n']) {
        return Err("a bare CR or LF in the head");
    }
    let line =
        String::from_utf8_lossy(head.split(|&byte| byte == b'\r').next().unwrap_or_default()).into_owned();
    let parts: Vec<&str> = line.split(' ').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) || parts[2] != "HTTP/1.1" {
        return Err("a request line that is not three words");
    }
    if head.split(|&byte| byte == b'\n').skip(1).any(|line| !is_field(line)) {
        return Err("a header line without a name");
    }
    let message = Message { head: head.to_vec(), body: Vec::new() };
    if message.values("host").len() != 1 {
        return Err("not one Host");
    }
    let body = &bytes[end + 4..];
    let expects = message.values("expect").iter().any(|value| value.eq_ignore_ascii_case(b"100-continue"));
    match (message.values("content-length").as_slice(), message.values("transfer-encoding").as_slice()) {
        ([], []) => Ok(Parsed::Whole(message, end + 4)),
        ([length], []) => {
            let length: usize =
                String::from_utf8_lossy(length).parse().map_err(|_| "a Content-Length that is no number")?;
            match body.get(..length) {
                Some(body) => Ok(Parsed::Whole(Message { body: body.to_vec(), ..message }, end + 4 + length)),
                None => Ok(Parsed::Head(expects)),
            }
        }
        ([], [coding]) if coding == b"chunked" => match chunks(body)? {
            Some((body, used)) => Ok(Parsed::Whole(Message { body, ..message }, end + 4 + used)),
            None => Ok(Parsed::Head(expects)),
        },
        _ => Err("ambiguous framing"),
    }
}

/// The content and how many bytes it took; nothing while it is incomplete.
fn chunks(mut bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    let (mut content, total) = (Vec::new(), bytes.len());
    loop {
        let Some(end) = find(bytes, b"\r\n") else { return Ok(None) };
        let size =
            std::str::from_utf8(&bytes[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or("a chunk size that is no number")?;
        bytes = &bytes[end + 2..];
        if bytes.len() < size + 2 {
            return Ok(None);
        }
        if &bytes[size..size + 2] != b"\r\n" {
            return Err("a chunk or trailers that do not end with CR LF");
        }
        content.extend_from_slice(&bytes[..size]);
        bytes = &bytes[size + 2..];
        if size == 0 {
            return Ok(Some((content, total - bytes.len())));
        }
    }
}

fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    head.split(|&byte| byte == b'\n').skip(1).filter_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

fn is_field(line: &[u8]) -> bool {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(0);
    let token = |&byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    colon > 0 && line[..colon].iter().all(token)
}

pub(crate) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
