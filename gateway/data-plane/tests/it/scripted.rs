//! Origins that answer as a test says.

use crate::support::{read_request, until};
use std::sync::{Arc, Mutex};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

/// What an origin does with a request.
pub(crate) enum Reply {
    /// Answers with this status, these header lines and this body.
    Answer(u16, &'static str, &'static str),
    /// Says nothing.
    Silence,
    /// Breaks off.
    Close,
    /// Sends a byte of a body without end now and then.
    Trickle,
}

/// An origin that answers as a test says, and records what it gets.
#[derive(Clone)]
pub(crate) struct Scripted {
    requests: Arc<Mutex<Vec<String>>>,
    pub(crate) address: String,
}

impl Scripted {
    /// `script` is given each request and its number, from 0.
    pub(crate) async fn start(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let origin = Self { requests: Arc::default(), address };
        let (served, script) = (origin.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream, Arc::clone(&script)));
            }
        });
        origin
    }

    /// One that answers 200 with its name.
    pub(crate) async fn named(name: &'static str) -> Self {
        Self::start(move |_, _| Reply::Answer(200, "", name)).await
    }

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

    async fn serve(self, mut stream: TcpStream, script: Arc<impl Fn(&str, usize) -> Reply>) {
        while let Some(request) = read_request(&mut stream).await {
            let number = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request.clone());
                requests.len() - 1
            };
            match script(&request, number) {
                Reply::Answer(status, headers, body) => {
                    let length = body.len();
                    let text =
                        format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Reply::Silence => std::future::pending().await,
                Reply::Close => return,
                Reply::Trickle => {
                    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                    stream.write_all(head.as_bytes()).await.unwrap();
                    let mut pause = tokio::time::interval(std::time::Duration::from_millis(10));
                    while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
                        pause.tick().await;
                    }
                    return;
                }
            }
        }
    }
}
