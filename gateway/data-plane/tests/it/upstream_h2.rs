//! HTTP/2 to endpoints, and gRPC from end to end.

use crate::{
    clusters::documented,
    support::{DEADLINE, Setup, until},
    tls::Authority,
    upstream_tls::acceptor,
};
use agw_core::health::Health;
use bytes::{Bytes, BytesMut};
use h2::{RecvStream, SendStream, client, server};
use http::{HeaderMap, Request, Response};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// A server of HTTP/2 alone: `/grpc…` echoes messages one by one and ends with trailers, all else is echoed with its path.
#[derive(Clone, Default)]
pub(crate) struct Http2Origin {
    connections: Arc<AtomicUsize>,
    sick: Arc<AtomicUsize>,
}

impl Http2Origin {
    pub(crate) async fn start(tls: Option<TlsAcceptor>) -> (Self, String) {
        let origin = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let served = origin.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (served, tls) = (served.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => served.serve(tcp).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                served.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        (origin, address)
    }

    async fn serve(self, io: impl AsyncRead + AsyncWrite + Unpin) {
        let Ok(mut connection) = server::handshake(io).await else { return };
        self.connections.fetch_add(1, Ordering::SeqCst);
        while let Some(Ok((request, respond))) = connection.accept().await {
            tokio::spawn(self.clone().answer(request, respond));
        }
        self.connections.fetch_sub(1, Ordering::SeqCst);
    }

    async fn answer(self, request: Request<RecvStream>, mut respond: server::SendResponse<Bytes>) {
        let path = request.uri().path().to_owned();
        let head = || Response::builder().header("content-type", "application/grpc");
        match path.as_str() {
            "/grpc.health.v1.Health/Check" => {
                let status = if self.sick.load(Ordering::SeqCst) == 0 { 1 } else { 2 };
                let mut send = respond.send_response(head().body(()).unwrap(), false).unwrap();
                send.send_data(Bytes::from(vec![0, 0, 0, 0, 2, 8, status]), false).unwrap();
                send.send_trailers(grpc_status("0")).unwrap();
            }
            "/grpc.Echo/Nothing" => {
                let head = head().header("grpc-status", "5").header("grpc-message", "nothing here");
                respond.send_response(head.body(()).unwrap(), true).unwrap();
            }
            grpc if grpc.starts_with("/grpc") => {
                assert_eq!(request.headers()["te"], "trailers");
                let mut send = respond.send_response(head().body(()).unwrap(), false).unwrap();
                let mut body = request.into_body();
                while let Some(Ok(data)) = body.data().await {
                    body.flow_control().release_capacity(data.len()).unwrap();
                    send.send_data(data, false).unwrap();
                }
                send.send_trailers(grpc_status("0")).unwrap();
            }
            "/reset" => respond.send_reset(h2::Reason::INTERNAL_ERROR),
            "/reset-later" => {
                let mut send = respond.send_response(Response::new(()), false).unwrap();
                send.send_data(Bytes::from_static(b"some"), false).unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                send.send_reset(h2::Reason::INTERNAL_ERROR);
            }
            _ => {
                let authority = request.uri().authority().unwrap().to_string();
                let mut send = respond.send_response(Response::new(()), false).unwrap();
                let body = read(request.into_body()).await.unwrap().0;
                let answer = format!("{authority}{path} {}", String::from_utf8_lossy(&body));
                send.send_data(answer.into(), true).unwrap();
            }
        }
    }
}

fn grpc_status(status: &'static str) -> HeaderMap {
    HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())])
}

/// Body and trailers.
pub(crate) async fn read(mut body: RecvStream) -> Result<(BytesMut, Option<HeaderMap>), h2::Error> {
    let mut bytes = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, body.trailers().await?))
}

fn plain(address: &str) -> String {
    format!(
        "workers: 1
clusters: [{{name: c, endpoints: ['{address}'], protocol: http2}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c, timeout_ms: 2000}}]
"
    )
}

async fn setup(yaml: &str) -> Setup {
    Setup::start(tempfile::tempdir().unwrap(), yaml).await
}

/// Begins a request over a connection of its own.
pub(crate) async fn begin(setup: &Setup, path: &str) -> (SendStream<Bytes>, client::ResponseFuture) {
    let tcp = TcpStream::connect(setup.address()).await.unwrap();
    let (send, connection) = client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!("http://gateway.test{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let (answer, sending) = send.ready().await.unwrap().send_request(request, false).unwrap();
    (sending, answer)
}

async fn call(setup: &Setup, path: &str, message: &[u8]) -> (Response<()>, BytesMut, Option<HeaderMap>) {
    let (mut sending, answer) = begin(setup, path).await;
    sending.send_data(framed(message), true).unwrap();
    let (head, body) = timeout(DEADLINE, answer).await.unwrap().unwrap().into_parts();
    let (body, trailers) = timeout(DEADLINE, read(body)).await.unwrap().unwrap();
    (Response::from_parts(head, ()), body, trailers)
}

pub(crate) fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0][..], &length, message].concat().into()
}

#[tokio::test]
async fn clients_of_http1_reach_origins_of_http2_over_one_connection() {
    let (origin, address) = Http2Origin::start(None).await;
    let setup = setup(&plain(&address)).await;
    let answer = setup.send("POST /x?y", &[], "body").await;
    assert_eq!((answer.status(), answer.body().contains("gateway.test/x body")), (200, true), "{}", answer.0);
    for number in 0..20 {
        let path = format!("/{number}");
        assert!(setup.get(&path).await.body().contains(&format!("gateway.test{path} ")));
    }
    assert_eq!(origin.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn with_tls_http2_is_agreed_on() {
    let authority = Authority::new();
    let tls = acceptor(&authority.sign("o", &["o.test"]), None, &["h2"]);
    let (_origin, address) = Http2Origin::start(Some(tls)).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let tls = "protocol: http2, tls: {ca_file: ca.pem, server_name: o.test}, health_check: {kind: http, path: /up, interval_ms: 50}";
    let yaml = plain(&address).replace("protocol: http2", tls);
    let setup = Setup::start(dir, &yaml).await;
    assert!(setup.get("/secret").await.body().contains("gateway.test/secret "));
    assert_eq!(setup.gateway.cluster_status()[0].endpoints[0].health, Health::Healthy);
}

#[tokio::test]
async fn grpc_calls_pass_with_their_trailers() {
    let (origin, address) = Http2Origin::start(None).await;
    let setup = setup(&documented("## HTTP/2 and gRPC", &[&address])).await;
    let (head, body, trailers) = call(&setup, "/grpc.Echo/Unary", b"hello").await;
    assert_eq!((head.status().as_u16(), &body[..]), (200, &framed(b"hello")[..]));
    assert_eq!(head.headers()["content-type"], "application/grpc");
    assert_eq!(trailers.unwrap()["grpc-status"], "0");

    let (head, body, trailers) = call(&setup, "/grpc.Echo/Nothing", b"").await;
    assert_eq!((head.headers()["grpc-status"].to_str().unwrap(), body.len(), trailers), ("5", 0, None));

    let large = vec![7; 300_000];
    let (_, body, trailers) = call(&setup, "/grpc.Echo/Unary", &large).await;
    assert_eq!((body.len(), trailers.is_some()), (large.len() + 5, true));
    drop(origin);
}

#[tokio::test]
async fn grpc_streams_pass_message_by_message_in_both_directions() {
    let (_origin, address) = Http2Origin::start(None).await;
    let setup = setup(&documented("## HTTP/2 and gRPC", &[&address])).await;
    let (mut sending, answer) = begin(&setup, "/grpc.Echo/Stream").await;
    let mut body =
        timeout(DEADLINE, answer).await.expect("the head comes before any message").unwrap().into_body();
    for number in 0..10_u8 {
        sending.send_data(framed(&[number]), false).unwrap();
        let mut message = BytesMut::new();
        while message.len() < 6 {
            let data = timeout(DEADLINE, body.data()).await.expect("each message comes at once");
            let data = data.unwrap().unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
            message.extend_from_slice(&data);
        }
        assert_eq!(message, framed(&[number]));
    }
    sending.send_data(Bytes::new(), true).unwrap();
    let (rest, trailers) = timeout(DEADLINE, read(body)).await.unwrap().unwrap();
    assert_eq!((rest.len(), trailers.unwrap()["grpc-status"].to_str().unwrap()), (0, "0"));
}

#[tokio::test]
async fn grpc_health_takes_an_endpoint_out_and_brings_it_back() {
    let (origin, address) = Http2Origin::start(None).await;
    let setup = setup(&documented("## HTTP/2 and gRPC", &[&address])).await;
    let healthy = || setup.gateway.cluster_status()[0].endpoints[0].health == Health::Healthy;
    origin.sick.store(1, Ordering::SeqCst);
    until(|| !healthy()).await;
    origin.sick.store(0, Ordering::SeqCst);
    until(healthy).await;
}

#[tokio::test]
async fn streams_that_are_reset_are_a_502_or_a_reset_and_the_others_go_on() {
    let (origin, address) = Http2Origin::start(None).await;
    let setup = setup(&plain(&address)).await;
    let (mut stream, answer) = begin(&setup, "/grpc.Echo/Stream").await;
    let mut body = timeout(DEADLINE, answer).await.unwrap().unwrap().into_body();

    assert_eq!(setup.get("/reset").await.problem(), (502, "upstream_failed".to_owned()));
    let (mut sending, answer) = begin(&setup, "/reset-later").await;
    sending.send_data(Bytes::new(), true).unwrap();
    let answer = timeout(DEADLINE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let cut = timeout(DEADLINE, read(answer.into_body())).await.unwrap();
    assert!(cut.is_err(), "a body that is cut off does not end as if it were whole");

    stream.send_data(framed(b"still"), true).unwrap();
    let data = timeout(DEADLINE, body.data()).await.unwrap().unwrap().unwrap();
    assert_eq!(data, framed(b"still"));
    assert_eq!(origin.connections.load(Ordering::SeqCst), 1);
}
