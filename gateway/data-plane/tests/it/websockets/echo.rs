//! What is said arrives, whatever it travels over.

use super::{
    start,
    wire::{Endpoint, expect, frame, logged, masked},
};
use crate::{
    streams::UPGRADE,
    support::{DEADLINE, Setup},
    tls::Authority,
    upstream_tls::acceptor,
};
use futures::{SinkExt, StreamExt};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{fs, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixListener},
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    accept_async, client_async,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Echoes the messages of a connection, after its handshake. What breaks the protocol is answered with a close frame that says so,
/// and heard out, so that it arrives.
pub(super) async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    loop {
        match socket.next().await {
            Some(Ok(message)) if message.is_text() || message.is_binary() => {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
            Some(Ok(_)) => {}
            None => break,
            Some(Err(error)) => {
                let code = match error {
                    Error::Protocol(_) => CloseCode::Protocol,
                    Error::Utf8(_) => CloseCode::Invalid,
                    Error::Capacity(_) => CloseCode::Size,
                    _ => break,
                };
                let _ = socket.close(Some(CloseFrame { code, reason: "".into() })).await;
                break;
            }
        }
    }
    let stream = socket.get_mut();
    let _ = stream.shutdown().await;
    let _ = timeout(DEADLINE, tokio::io::copy(stream, &mut tokio::io::sink())).await;
}

/// Serves connections on a port of its own.
pub(super) async fn serve<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Says all sorts of things and hears them again.
async fn talk(path: &str, stream: Box<dyn Io>) {
    let (mut socket, answer) = client_async(format!("ws://site.test{path}"), stream).await.unwrap();
    assert!(answer.headers().contains_key("x-request-id"));
    let large: Vec<u8> = (0..2 << 20).map(|number: u32| (number ^ (number >> 8)) as u8).collect();
    for message in [
        Message::text("short"),
        Message::text("Grüße, 世界, 🌍".repeat(10_000)),
        Message::binary(Vec::new()),
        Message::binary(large.clone()),
        Message::text("after"),
    ] {
        timeout(DEADLINE, socket.send(message.clone())).await.unwrap().unwrap();
        let echo = timeout(DEADLINE, socket.next()).await.unwrap().unwrap().unwrap();
        assert!(echo == message, "{} bytes came back", echo.len());
    }
    // Both ways at once.
    let (mut sending, mut receiving) = socket.split();
    let send = async {
        for _ in 0..2 {
            sending.send(Message::binary(large.clone())).await.unwrap();
        }
        sending.close().await.unwrap();
    };
    let receive = async {
        let mut bytes = 0;
        while let Some(Ok(message)) = receiving.next().await {
            bytes += if message.is_binary() { message.len() } else { 0 };
        }
        bytes
    };
    let ((), bytes) = timeout(DEADLINE * 3, async { tokio::join!(send, receive) }).await.unwrap();
    assert_eq!(bytes, 2 * large.len());
}

/// A gateway with a plain and an encrypted listener, and an endpoint of each kind under `/tcp`, `/unix` and `/tls`.
async fn everything(authority: &Authority) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let site = authority.sign("site", &["site.test"]);
    fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    fs::write(dir.path().join("site.crt"), &site.pem).unwrap();
    fs::write(dir.path().join("site.key"), site.key.serialize_pem()).unwrap();
    let tcp = serve(echo).await;
    let tls = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let unix = UnixListener::bind(dir.path().join("o.sock")).unwrap();
    let yaml = format!(
        "listeners: [{{address: '127.0.0.1:0'}}, {{address: '127.0.0.1:0', tls: {{}}}}]
certificates: [{{name: site, cert_file: site.crt, key_file: site.key}}]
clusters:
  - {{name: tcp, endpoints: ['{}']}}
  - {{name: unix, endpoints: ['unix:DIR/o.sock']}}
  - {{name: tls, endpoints: ['{}'], tls: {{ca_file: ca.pem, server_name: site.test}}}}
routes:
  - {{name: tcp, match: {{path_prefix: /tcp}}, cluster: tcp}}
  - {{name: unix, match: {{path_prefix: /unix}}, cluster: unix}}
  - {{name: tls, match: {{path_prefix: /tls}}, cluster: tls}}
",
        tcp,
        tls.local_addr().unwrap(),
    );
    let acceptor = acceptor(&site, None, &["http/1.1"]);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Ok((stream, _)) = unix.accept() => drop(tokio::spawn(echo(stream))),
                Ok((stream, _)) = tls.accept() => {
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move { echo(acceptor.accept(stream).await.unwrap()).await });
                }
            }
        }
    });
    Setup::start(dir, &yaml).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_all_kinds_and_sizes_come_back_over_everything() {
    let authority = Authority::new();
    let setup = everything(&authority).await;
    let mut roots = RootCertStore::empty();
    roots.add(authority.der.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let addresses = setup.gateway.addresses();
    for path in ["/tcp", "/unix", "/tls"] {
        talk(path, Box::new(TcpStream::connect(addresses[0]).await.unwrap())).await;
        let tcp = TcpStream::connect(addresses[1]).await.unwrap();
        let tls = connector.connect(ServerName::try_from("site.test").unwrap(), tcp).await.unwrap();
        talk(path, Box::new(tls)).await;
    }
}

#[tokio::test]
async fn what_comes_right_behind_the_handshake_is_passed_on() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    // The client cannot wait, and neither can the endpoint.
    let early = [masked(0x81, b"early"), masked(0x82, &[7; 5000])].concat();
    client.write_all(&[UPGRADE.as_bytes(), &early].concat()).await.unwrap();
    let (mut origin, _) = endpoint.accept().await;
    sleep(Duration::from_millis(50)).await;
    let welcome = [frame(0x81, b"welcome"), frame(0x82, &[8; 70_000])].concat();
    origin.write_all(&[super::wire::SWITCH.as_bytes(), &welcome].concat()).await.unwrap();
    expect(&mut origin, &early).await;
    assert!(super::wire::head(&mut client).await.starts_with("HTTP/1.1 101 "));
    expect(&mut client, &welcome).await;
}

#[tokio::test]
async fn a_frame_passes_as_soon_as_a_piece_of_it_is_there() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    for byte in masked(0x81, b"byte by byte") {
        client.write_all(&[byte]).await.unwrap();
        expect(&mut origin, &[byte]).await;
    }
    for byte in frame(0x01, b"and back") {
        origin.write_all(&[byte]).await.unwrap();
        expect(&mut client, &[byte]).await;
    }
}

#[tokio::test]
async fn who_reads_slowly_holds_up_only_himself() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let (mut slow, mut busy) = endpoint.open(&setup).await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    let mut taken = 0;
    while let Ok(bytes) = timeout(Duration::from_millis(300), busy.write(&[0x82; 64 << 10])).await {
        taken += bytes.unwrap();
        // What the kernel holds for the four ends of two connections.
        assert!(taken < 64 << 20, "nobody holds so much");
    }
    client.write_all(&masked(0x81, b"x")).await.unwrap();
    expect(&mut origin, &masked(0x81, b"x")).await;
    let mut read = 0;
    let mut bytes = vec![0; 64 << 10];
    while read < taken {
        read += timeout(DEADLINE, slow.read(&mut bytes)).await.unwrap().unwrap();
    }
    drop((slow, busy));
    let line = logged(&setup, 1).await.remove(0);
    assert_eq!((line["bytes_out"].as_u64(), line["bytes_in"].as_u64()), (Some(taken as u64), Some(0)));
}
