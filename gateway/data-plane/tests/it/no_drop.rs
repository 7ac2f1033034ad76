//! Nothing that is open ends because the configuration changes.

use crate::support::{DEADLINE, free_address};
use agw::Gateway;
use futures::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{accept_async, client_async, tungstenite::Message};

const WEBSOCKETS: usize = 200;
const STREAMS: usize = 200;
const CALLERS: usize = 6;
const CHANGES: usize = 500;
/// Longer than this without an event means that a stream has been dropped unnoticed.
const EVENT_EVERY: Duration = Duration::from_millis(250);

/// What a client reports: nothing, or why it was not content.
type Outcome = Result<(), String>;

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_and_requests_outlive_five_hundred_changes() {
    let dir = TempDir::new().unwrap();
    let authority = authority();
    let origins = [origin("a").await, origin("b").await, origin("c").await];
    let places = Places {
        origins,
        plain: free_address(),
        secure: free_address(),
        changing: [free_address(), free_address(), free_address()],
    };
    let config = dir.path().join("agw.yaml");
    write_certificate(dir.path(), &authority, 0);
    fs::write(&config, places.configuration(0)).unwrap();
    let gateway = Gateway::start(config.clone()).await.unwrap_or_else(|error| panic!("{error}"));

    let connector = connector(&authority);
    let done = Arc::new(AtomicBool::new(false));
    let open = Arc::new(AtomicUsize::new(0));
    let mut clients: JoinSet<Outcome> = JoinSet::new();
    for number in 0..WEBSOCKETS {
        let stream = places.connect(number, &connector).await;
        clients.spawn(websocket(stream, Arc::clone(&done), Arc::clone(&open)));
    }
    for number in 0..STREAMS {
        let stream = places.connect(number, &connector).await;
        clients.spawn(event_stream(stream, Arc::clone(&done), Arc::clone(&open)));
    }
    let answered = Arc::new(AtomicUsize::new(0));
    for number in 0..CALLERS {
        let (address, done, answered) = (places.plain, Arc::clone(&done), Arc::clone(&answered));
        clients.spawn(async move { caller(address, number, &done, &answered).await });
    }
    timeout(DEADLINE, async {
        while open.load(Ordering::Relaxed) < WEBSOCKETS + STREAMS {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("all streams open in time");

    for change in 1..=CHANGES {
        if change.is_multiple_of(5) {
            write_certificate(dir.path(), &authority, change);
        }
        fs::write(&config, places.configuration(change)).unwrap();
        gateway.reload().await.unwrap_or_else(|error| panic!("change {change}: {error}"));
        if change.is_multiple_of(50) {
            // What was taken over is in force: the new listener answers, over the new certificate.
            let mut fresh = tls(&connector, places.secure).await;
            request(&mut fresh).await.unwrap();
            let mut moved = TcpStream::connect(places.changing[change % 3]).await.unwrap();
            request(&mut moved).await.unwrap();
        }
    }

    sleep(EVENT_EVERY * 2).await;
    done.store(true, Ordering::Relaxed);
    let mut unhappy = Vec::new();
    while let Some(outcome) = clients.join_next().await {
        unhappy.extend(outcome.unwrap().err());
    }
    assert!(unhappy.is_empty(), "{} of the clients were disturbed, first: {}", unhappy.len(), unhappy[0]);
    let answered = answered.load(Ordering::Relaxed);
    assert!(answered > CHANGES, "only {answered} requests were answered meanwhile");
}

/// Where everything listens.
struct Places {
    origins: [SocketAddr; 3],
    plain: SocketAddr,
    secure: SocketAddr,
    /// Two of the three are open at any time.
    changing: [SocketAddr; 3],
}

impl Places {
    /// The configuration after so many changes: every part of it differs from the one before.
    fn configuration(&self, change: usize) -> String {
        let [a, b, c] = self.origins.map(|address| address.to_string());
        let endpoints = match change % 3 {
            0 => json!([a, b, { "address": c, "lane": "feature" }]),
            1 => json!([{ "address": b, "weight": 3 }, a, { "address": c, "lane": "feature.deep" }]),
            _ => json!([c, a]),
        };
        let balance = ["round_robin", "least_connections", "p2c_ewma"][change % 3];
        let mut routes: Vec<_> = (0..change % 20)
            .map(|number| {
                json!({ "name": format!("extra-{number}"), "match": { "path_prefix": format!("/extra/{change}/{number}") },
                        "cluster": "others" })
            })
            .collect();
        routes.push(json!({
            "name": "everything", "match": { "path_prefix": "/" }, "cluster": "origins",
            "timeout_ms": 30_000 + change, "response_headers": { "set": { "x-change": change.to_string() } },
        }));
        let first = change % 3;
        json!({
            "listeners": [
                { "address": self.plain, "head_timeout_ms": 10_000 + change },
                { "address": self.secure, "tls": { "certificates": ["site"] } },
                { "address": self.changing[first] },
                { "address": self.changing[(first + 1) % 3], "idle_timeout_ms": 20_000 + change },
            ],
            "certificates": [{ "name": "site", "cert_file": "site.crt", "key_file": "site.key" }],
            "admin": { "address": "127.0.0.1:0", "watch": false },
            "access_log": { "to": "off" },
            "workers": 2,
            "lanes": { "choosers": { "everybody": true },
                       "rules": [{ "lane": format!("feature-{change}"), "header": { "name": "x-tester", "value": "yes" } }] },
            "clusters": [
                { "name": "origins", "endpoints": endpoints, "balance": balance },
                { "name": "others", "endpoints": [self.origins[change % 2].to_string()] },
            ],
            "routes": routes,
        })
        .to_string()
    }

    /// Clients are spread over the listeners that stay, the one with TLS, and one that is removed and comes back.
    async fn connect(&self, number: usize, connector: &TlsConnector) -> Box<dyn Io> {
        match number % 4 {
            0 => Box::new(tls(connector, self.secure).await),
            1 => Box::new(TcpStream::connect(self.changing[0]).await.unwrap()),
            _ => Box::new(TcpStream::connect(self.plain).await.unwrap()),
        }
    }
}

async fn websocket(stream: Box<dyn Io>, done: Arc<AtomicBool>, open: Arc<AtomicUsize>) -> Outcome {
    let (mut socket, _) = client_async("ws://site.test/socket", stream)
        .await
        .map_err(|error| format!("a WebSocket could not be opened: {error}"))?;
    open.fetch_add(1, Ordering::Relaxed);
    let mut number = 0;
    while !done.load(Ordering::Relaxed) {
        number += 1;
        let text = format!("message {number}");
        let lost = |why: String| format!("a WebSocket was lost at its message {number}: {why}");
        socket.send(Message::text(text.clone())).await.map_err(|error| lost(error.to_string()))?;
        match timeout(DEADLINE, socket.next()).await {
            Ok(Some(Ok(echo))) if echo == Message::text(text) => {}
            other => return Err(lost(format!("{other:?}"))),
        }
        sleep(EVENT_EVERY).await;
    }
    Ok(())
}

/// Reads numbered events; none may be missing.
async fn event_stream(mut stream: Box<dyn Io>, done: Arc<AtomicBool>, open: Arc<AtomicUsize>) -> Outcome {
    let head = "GET /events HTTP/1.1\r\nHost: site.test\r\nAccept: text/event-stream\r\n\r\n";
    stream.write_all(head.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut lines = BufReader::new(stream).lines();
    let mut expected = 0;
    while !done.load(Ordering::Relaxed) {
        let lost = |why: String| format!("an event stream was lost before event {expected}: {why}");
        let line = match timeout(DEADLINE, lines.next_line()).await {
            Ok(Ok(Some(line))) => line,
            other => return Err(lost(format!("{other:?}"))),
        };
        let Some(number) = line.strip_prefix("data: ") else { continue };
        if number != expected.to_string() {
            return Err(lost(format!("event {number} came")));
        }
        if expected == 0 {
            open.fetch_add(1, Ordering::Relaxed);
        }
        expected += 1;
    }
    Ok(())
}

/// Asks again and again, on a connection that it keeps or, every other caller, on a new one each time.
async fn caller(address: SocketAddr, number: usize, done: &AtomicBool, answered: &AtomicUsize) -> Outcome {
    let mut kept: Option<TcpStream> = None;
    while !done.load(Ordering::Relaxed) {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => TcpStream::connect(address).await.map_err(|error| format!("cannot connect: {error}"))?,
        };
        request(&mut stream).await?;
        answered.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(2) {
            kept = Some(stream);
        }
    }
    Ok(())
}

/// One request; only the expected answer will do.
async fn request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Outcome {
    let failed = |error: std::io::Error| format!("a request failed: {error}");
    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: site.test\r\n\r\n").await.map_err(failed)?;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"hello\n") {
        let read = timeout(DEADLINE, stream.read_buf(&mut bytes)).await;
        if read.map_err(|_| "a request was not answered".to_owned())?.map_err(failed)? == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    if text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\nhello\n") {
        Ok(())
    } else {
        Err(format!("an unexpected answer: {text:?}"))
    }
}

async fn tls(connector: &TlsConnector, address: SocketAddr) -> tokio_rustls::client::TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    connector.connect(ServerName::try_from("site.test").unwrap(), stream).await.unwrap()
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The key stays for a change in every other one, as it may when a certificate is renewed.
fn write_certificate(dir: &Path, authority: &CertifiedIssuer<'static, KeyPair>, number: usize) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["site.test".to_owned()]).unwrap();
    params.serial_number = Some((number as u64 + 1).into());
    let certificate = params.signed_by(&key, authority).unwrap();
    fs::write(dir.join("site.crt"), certificate.pem()).unwrap();
    fs::write(dir.join("site.key"), key.serialize_pem()).unwrap();
}

fn connector(authority: &CertifiedIssuer<'static, KeyPair>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// An origin that answers `/hello`, streams `/events` and echoes `/socket`.
async fn origin(_name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn serve(mut stream: TcpStream) {
    loop {
        let mut head = [0; 2048];
        // Looked at first: a WebSocket's handshake is read by its library.
        let Ok(seen @ 1..) = stream.peek(&mut head).await else { return };
        let text = String::from_utf8_lossy(&head[..seen]).into_owned();
        let Some(end) = text.find("\r\n\r\n") else { continue };
        if text.starts_with("GET /socket") {
            let mut socket = accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = socket.next().await {
                if !message.is_text() || socket.send(message).await.is_err() {
                    return;
                }
            }
            return;
        }
        stream.read_exact(&mut head[..end + 4]).await.unwrap();
        if text.starts_with("GET /events") {
            let begin =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            if stream.write_all(begin.as_bytes()).await.is_err() {
                return;
            }
            let mut ticks = interval(EVENT_EVERY);
            for number in 0_u64.. {
                ticks.tick().await;
                let event = format!("data: {number}\n\n");
                let chunk = format!("{:x}\r\n{event}\r\n", event.len());
                if stream.write_all(chunk.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
