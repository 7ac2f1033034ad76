//! gRPC from a client over TLS to an endpoint over TLS, and calls that do not go well.

use crate::{
    support::{DEADLINE, Setup, until},
    tls::Authority,
    upstream_h2::{Http2Origin, begin, framed, read},
    upstream_tls::acceptor,
};
use bytes::Bytes;
use h2::{Reason, client};
use http::Request;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{fs, sync::Arc};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

#[tokio::test]
async fn calls_and_streams_pass_over_tls_on_both_sides() {
    let authority = Authority::new();
    let identity = authority.sign("site", &["site.test"]);
    let (_origin, address) = Http2Origin::start(Some(acceptor(&identity, None, &["h2"]))).await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    fs::write(dir.path().join("site.crt"), &identity.pem).unwrap();
    fs::write(dir.path().join("site.key"), identity.key.serialize_pem()).unwrap();
    let yaml = format!(
        "listeners: [{{address: '127.0.0.1:0', tls: {{}}}}]
certificates: [{{name: site, cert_file: site.crt, key_file: site.key}}]
clusters: [{{name: c, endpoints: ['{address}'], protocol: http2, tls: {{ca_file: ca.pem, server_name: site.test}}}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c}}]
"
    );
    let setup = Setup::start(dir, &yaml).await;
    let mut roots = RootCertStore::empty();
    roots.add(authority.der.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = TcpStream::connect(setup.address()).await.unwrap();
    let name = ServerName::try_from("site.test").unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (send, connection) = client::handshake(tls).await.unwrap();
    tokio::spawn(connection);
    let mut send = send.ready().await.unwrap();

    // Unary, and a stream, on one connection.
    for messages in [1_u8, 20] {
        let request =
            Request::post("https://site.test/grpc.Echo/Stream").header("te", "trailers").body(()).unwrap();
        let (answer, mut sending) = send.send_request(request, false).unwrap();
        let mut body = timeout(DEADLINE, answer).await.unwrap().unwrap().into_body();
        for number in 0..messages {
            sending.send_data(framed(&[number]), number + 1 == messages).unwrap();
            let data =
                timeout(DEADLINE, body.data()).await.expect("each message comes at once").unwrap().unwrap();
            assert_eq!(data, framed(&[number]));
            body.flow_control().release_capacity(data.len()).unwrap();
        }
        let (rest, trailers) = timeout(DEADLINE, read(body)).await.unwrap().unwrap();
        assert_eq!((rest.len(), trailers.unwrap()["grpc-status"].to_str().unwrap()), (0, "0"));
    }
}

async fn plain(route: &str) -> (Http2Origin, Setup) {
    let (origin, address) = Http2Origin::start(None).await;
    let yaml = format!(
        "workers: 1
clusters: [{{name: c, endpoints: ['{address}'], protocol: http2}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c{route}}}]
"
    );
    (origin, Setup::start(tempfile::tempdir().unwrap(), &yaml).await)
}

#[tokio::test]
async fn a_call_that_is_cancelled_is_cancelled_at_the_endpoint() {
    let (_origin, setup) = plain("").await;
    let (mut sending, answer) = begin(&setup, "/grpc.Echo/Stream").await;
    let body = timeout(DEADLINE, answer).await.unwrap().unwrap().into_body();
    until(|| setup.gateway.cluster_status()[0].endpoints[0].in_flight == 1).await;
    // As clients do when the deadline of a call is over.
    sending.send_reset(Reason::CANCEL);
    drop(body);
    until(|| setup.gateway.cluster_status()[0].endpoints[0].in_flight == 0).await;
}

#[tokio::test]
async fn an_endpoint_that_is_silent_for_too_long_ends_the_call() {
    let (_origin, setup) = plain(", timeout_ms: 300").await;
    let (mut sending, answer) = begin(&setup, "/grpc.Echo/Stream").await;
    let body = timeout(DEADLINE, answer).await.unwrap().unwrap().into_body();
    sending.send_data(Bytes::new(), false).unwrap();
    // No message comes, so none goes back.
    let cut = timeout(DEADLINE, read(body)).await.expect("silence is not waited for");
    assert!(cut.is_err(), "a call that is cut off does not end as if it were whole");
}
