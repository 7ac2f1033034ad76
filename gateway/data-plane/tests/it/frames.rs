//! An HTTP/2 client that sends whatever it is told to, and says what came back.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

const TYPES: [&str; 10] = [
    "data",
    "headers",
    "priority",
    "rst_stream",
    "settings",
    "push_promise",
    "ping",
    "goaway",
    "window_update",
    "continuation",
];
const ERRORS: [&str; 14] = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

/// The number of a frame's type, by its name or itself.
pub(crate) fn frame_type(name: &str) -> u8 {
    let known = TYPES.iter().position(|known| *known == name);
    known.map_or_else(|| number(name) as u8, |index| index as u8)
}

/// A number, decimal or `0x…`.
pub(crate) fn number(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

/// A frame as it goes over the wire.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    with_length(payload.len() as u32, kind, flags, stream, payload)
}

/// The same, with any length in its head.
pub(crate) fn with_length(length: u32, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Headers as literals without indexing (RFC 7541, section 6.2.2), so that nothing can be said that a table would mend.
pub(crate) fn header_block(headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            integer(&mut block, text.len());
            block.extend_from_slice(text);
        }
    }
    block
}

/// With a prefix of 7 bits (RFC 7541, section 5.1).
fn integer(block: &mut Vec<u8>, number: usize) {
    if number < 127 {
        return block.push(number as u8);
    }
    block.push(127);
    let mut rest = number - 127;
    while rest >= 128 {
        block.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    block.push(rest as u8);
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The head of an answer: stream, status, whether it is all.
    Status(u32, u16, bool),
    /// A part of its body: stream, bytes, whether it is the last.
    Data(u32, Vec<u8>, bool),
    /// The end of a stream, with the error's name.
    Reset(u32, String),
    /// The end of the connection is near, with the error's name.
    GoAway(String),
    Pong,
    /// The settings, or word that ours were taken.
    Settings,
    Window,
    Closed,
}

/// A connection.
pub(crate) struct H2Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl H2Client {
    /// Connects and says nothing.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), unread: Vec::new() }
    }

    /// Connects and begins as one should.
    pub(crate) async fn begin(address: SocketAddr) -> Self {
        let mut client = Self::connect(address).await;
        client.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await;
        client
    }

    /// Sends bytes; whether the other side still listens will be seen by what it says.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Asks for a path on a stream.
    pub(crate) async fn get(&mut self, stream: u32, path: &str) -> bool {
        let block = request("GET", path, &[]);
        self.send(&frame(HEADERS, END_HEADERS | END_STREAM, stream, &block)).await
    }

    /// The next thing that comes back.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.parse() {
                return event;
            }
            match self.stream.read_buf(&mut self.unread).await {
                Ok(0) | Err(_) => return Event::Closed,
                Ok(_) => {}
            }
        }
    }

    /// Waits for something.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().await;
            if wanted(&event) || event == Event::Closed {
                return event;
            }
        }
    }

    fn parse(&mut self) -> Option<Event> {
        let head = self.unread.first_chunk::<9>()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        let payload = self.unread.get(9..9 + length)?.to_vec();
        self.unread.drain(..9 + length);
        let last = flags & END_STREAM != 0;
        Some(match TYPES.get(usize::from(kind)).copied() {
            Some("data") => Event::Data(stream, payload, last),
            Some("headers") => Event::Status(stream, status(&payload), last),
            Some("rst_stream") => Event::Reset(stream, error(&payload)),
            Some("goaway") => Event::GoAway(error(&payload[4..])),
            Some("ping") => Event::Pong,
            Some("settings") => Event::Settings,
            Some("window_update") => Event::Window,
            other => panic!("a frame of type {other:?}"),
        })
    }
}

/// A header block with the four pseudo-headers before the others.
pub(crate) fn request(method: &str, path: &str, headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let pseudo: [(&[u8], &[u8]); 4] = [
        (b":method", method.as_bytes()),
        (b":scheme", b"http"),
        (b":path", path.as_bytes()),
        (b":authority", b"h"),
    ];
    header_block(&[&pseudo, headers].concat())
}

fn error(payload: &[u8]) -> String {
    let code = u32::from_be_bytes(payload[..4].try_into().unwrap());
    ERRORS.get(code as usize).map_or_else(|| code.to_string(), ToString::to_string)
}

/// The status at the beginning of a header block, where it must be; 0 for one that stands in the table of the connection.
fn status(block: &[u8]) -> u16 {
    let block = if block[0] & 0xe0 == 0x20 { &block[1..] } else { block };
    match block[0] {
        index @ 0x88..=0x8e => [200, 204, 206, 304, 400, 404, 500][usize::from(index - 0x88)],
        // Named by its index, with a text in Huffman code. Digits up to 2 have five bits, the others six.
        0x48 | 0x08 | 0x18 if block[1] & 0x80 != 0 => {
            let length = usize::from(block[1] & 0x7f);
            let bits: String = block[2..2 + length].iter().map(|byte| format!("{byte:08b}")).collect();
            let (mut rest, mut status) = (bits.as_str(), 0);
            for _ in 0..3 {
                let five = u16::from_str_radix(&rest[..5], 2).unwrap();
                let (digit, used) = if five < 3 {
                    (five, 5)
                } else {
                    (u16::from_str_radix(&rest[..6], 2).unwrap() - 0b01_1001 + 3, 6)
                };
                status = status * 10 + digit;
                rest = &rest[used..];
            }
            status
        }
        0x48 | 0x08 | 0x18 => std::str::from_utf8(&block[2..5]).unwrap().parse().unwrap(),
        _ => 0,
    }
}
