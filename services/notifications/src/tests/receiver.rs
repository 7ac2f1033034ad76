//! A receiver of webhooks that answers as badly as it is told to.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) enum Answer {
    Raw(Vec<u8>),
    /// Takes the request and says nothing.
    Hang,
    /// A beginning, and then the same for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// 200, after a while.
    Late(Duration),
}

impl Answer {
    pub(crate) fn status(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::Raw(
            format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
                .into_bytes(),
        )
    }

    pub(crate) fn redirect(to: &str) -> Self {
        let head =
            format!("HTTP/1.1 307 x\r\nlocation: {to}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        Self::Raw(head.into_bytes())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Receiver {
    /// `answer` is given the number of the request, from 0.
    pub(crate) async fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sink, answer) = (Arc::clone(&sink), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &sink, &*answer).await });
            }
        });
        Self { url, seen }
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) async fn until(&self, count: usize) {
        let arrived = async {
            while self.requests().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the requests did not arrive");
    }
}

async fn serve(mut stream: TcpStream, sink: &Mutex<Vec<Seen>>, answer: &(impl Fn(usize) -> Answer + Sync)) {
    let Some(seen) = read(&mut stream).await else {
        return;
    };
    let number = {
        let mut sink = sink.lock().unwrap();
        sink.push(seen);
        sink.len() - 1
    };
    // The other side may have gone away by now; that is its right.
    match answer(number) {
        Answer::Raw(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Answer::Hang => std::future::pending().await,
        Answer::Endless(beginning, more) => {
            let _ = stream.write_all(&beginning).await;
            while stream.write_all(&more).await.is_ok() {
                tokio::task::yield_now().await;
            }
        }
        Answer::Late(wait) => {
            tokio::time::sleep(wait).await;
            let _ =
                stream.write_all(b"HTTP/1.1 200 x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let seen = Seen { head: head.to_owned(), body: body.to_owned() };
        let length: usize = seen.header("content-length")?.parse().ok()?;
        if body.len() >= length {
            return Some(seen);
        }
    }
}
