//! TLS to endpoints: who is believed, what is shown, and that no connection serves under other terms than it was made under.

use crate::{
    clusters::documented,
    support::{Origin, Setup, until, write_config},
    tls::{Authority, Identity},
};
use agw_core::health::Health;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;

/// What a server shows; with `clients`, it wants to be shown a certificate of theirs.
pub(crate) fn acceptor(identity: &Identity, clients: Option<&Authority>, alpn: &[&str]) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let mut config = builder.with_single_cert(vec![identity.der.clone()], key).unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn origin(name: &'static str, tls: TlsAcceptor) -> (Origin, String) {
    let origin = Origin::new(name);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = origin.clone();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (tls, served) = (tls.clone(), served.clone());
            tokio::spawn(async move {
                if let Ok(stream) = tls.accept(tcp).await {
                    served.serve(stream).await;
                }
            });
        }
    });
    (origin, address)
}

fn write(dir: &Path, name: &str, identity: &Identity) {
    fs::write(dir.join(format!("{name}.pem")), &identity.pem).unwrap();
    fs::write(dir.join(format!("{name}.key")), identity.key.serialize_pem()).unwrap();
}

/// One route and cluster with these fields.
fn cluster(address: &str, fields: &str) -> String {
    format!(
        "workers: 1
clusters: [{{name: c, endpoints: ['{address}'], {fields}}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c}}]
"
    )
}

async fn start(dir: TempDir, yaml: &str) -> Setup {
    Setup::start(dir, yaml).await
}

#[tokio::test]
async fn both_sides_show_certificates_and_check_them() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let server = acceptor(&servers.sign("app", &["app.test"]), Some(&clients), &[]);
    let (_origin, address) = origin("secret", server).await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &servers.pem).unwrap();
    write(dir.path(), "client", &clients.sign("gateway", &["gateway.test"]));
    write(dir.path(), "stranger", &servers.sign("stranger", &["stranger.test"]));
    let yaml = documented("## TLS to endpoints", &[&address]);
    let setup = start(dir, &yaml).await;
    assert_eq!(setup.get("/").await.body(), "secret");

    // A certificate of another authority, and none: connections made with the right one are not used for these.
    for other in [
        yaml.replace("client.pem", "stranger.pem").replace("client.key", "stranger.key"),
        yaml.replace(", cert_file: client.pem, key_file: client.key", ""),
    ] {
        write_config(&setup.dir, &other);
        setup.gateway.reload().await.unwrap();
        let status = setup.get("/").await.status();
        assert!([502, 503].contains(&status), "{status}");
    }
    write_config(&setup.dir, &yaml);
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.get("/").await.status(), 200);
}

#[tokio::test]
async fn only_the_right_name_from_the_right_authority_is_believed() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = acceptor(&authority.sign("app", &["app.test", "127.0.0.1"]), None, &[]);
    let (origin, address) = origin("o", server).await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    fs::write(dir.path().join("other.pem"), &other.pem).unwrap();
    let setup = start(dir, &cluster(&address, "tls: {ca_file: ca.pem, server_name: app.test}")).await;
    assert_eq!(setup.get("/").await.status(), 200);
    for (tls, expected) in [
        ("{ca_file: ca.pem}", 200),
        ("{ca_file: ca.pem, server_name: elsewhere.test}", 503),
        ("{ca_file: other.pem, server_name: app.test}", 503),
        ("{server_name: app.test}", 503),
        ("{server_name: elsewhere.test, verify: false}", 200),
        ("{ca_file: ca.pem, server_name: app.test}", 200),
    ] {
        write_config(&setup.dir, &cluster(&address, &format!("tls: {tls}")));
        setup.gateway.reload().await.unwrap();
        assert_eq!(setup.get("/").await.status(), expected, "{tls}");
    }
    write_config(&setup.dir, &cluster(&address, "tls: null"));
    setup.gateway.reload().await.unwrap();
    assert_ne!(setup.get("/").await.status(), 200, "no plain text over an encrypted connection");
    assert_eq!(origin.requests().len(), 4, "nothing was sent to whom was not believed");
}

#[tokio::test]
async fn new_files_are_taken_over_and_broken_ones_refused() {
    let (before, after) = (Authority::new(), Authority::new());
    let (_origin, address) = origin("o", acceptor(&before.sign("a", &["a.test"]), None, &[])).await;
    let (_renewed, renewed) = origin("n", acceptor(&after.sign("a", &["a.test"]), None, &[])).await;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &before.pem).unwrap();
    let yaml = |address: &str| cluster(address, "tls: {ca_file: ca.pem, server_name: a.test}");
    let setup = start(dir, &yaml(&address)).await;
    assert_eq!(setup.get("/").await.body(), "o");

    fs::write(setup.dir.path().join("ca.pem"), "broken").unwrap();
    assert!(setup.gateway.reload().await.is_err());
    assert_eq!(setup.get("/").await.body(), "o");

    fs::write(setup.dir.path().join("ca.pem"), &after.pem).unwrap();
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.get("/").await.status(), 503, "the kept connection was made under the old file");
    write_config(&setup.dir, &yaml(&renewed));
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.get("/").await.body(), "n");
}

#[tokio::test]
async fn sockets_and_health_checks_are_encrypted_too() {
    let authority = Authority::new();
    let tls = acceptor(&authority.sign("s", &["s.test"]), None, &[]);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), &authority.pem).unwrap();
    let origin = Origin::new("socket");
    let listener = UnixListener::bind(dir.path().join("s.sock")).unwrap();
    let served = origin.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, served) = (tls.clone(), served.clone());
            tokio::spawn(async move {
                if let Ok(stream) = tls.accept(stream).await {
                    served.serve(stream).await;
                }
            });
        }
    });
    let check = "health_check: {interval_ms: 50, unhealthy_after: 1, healthy_after: 1}, panic_percent: 0";
    let with = |name: &str| {
        cluster("unix:DIR/s.sock", &format!("{check}, tls: {{ca_file: ca.pem, server_name: {name}}}"))
    };
    let setup = start(dir, &with("s.test")).await;
    origin.arrived(2).await;
    assert!(origin.last().starts_with("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"), "{}", origin.last());
    assert_eq!(setup.get("/").await.body(), "socket");
    write_config(&setup.dir, &with("other.test"));
    setup.gateway.reload().await.unwrap();
    until(|| setup.gateway.cluster_status()[0].endpoints[0].health != Health::Healthy).await;
    assert_eq!(setup.get("/").await.status(), 503);
}
