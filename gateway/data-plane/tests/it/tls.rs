//! TLS: which certificate, which protocol, who may come in, and how all of it changes.

use crate::{
    listeners::yaml_blocks,
    support::{DEADLINE, Origin, Setup, header, write_config},
    wire::{answer, http2},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
    version::{TLS12, TLS13},
};
use std::{fs, io, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const ROUTE: &str = "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]\n";

/// An authority that signs what a test needs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

/// A certificate with its key.
pub(crate) struct Identity {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) key: KeyPair,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }

    pub(crate) fn sign(&self, common: &str, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { der: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// Writes `name.crt` and `name.key`.
    fn write(&self, dir: &Path, name: &str, names: &[&str]) -> CertificateDer<'static> {
        let identity = self.sign(name, names);
        fs::write(dir.join(format!("{name}.crt")), &identity.pem).unwrap();
        fs::write(dir.join(format!("{name}.key")), identity.key.serialize_pem()).unwrap();
        identity.der
    }

    fn client(&self) -> Client<'_> {
        Client { authority: self, identity: None, alpn: &[], tls12: false }
    }
}

/// How to connect.
struct Client<'a> {
    authority: &'a Authority,
    identity: Option<&'a Identity>,
    alpn: &'a [&'a str],
    tls12: bool,
}

impl Client<'_> {
    async fn connect(&self, setup: &Setup, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der.clone()).unwrap();
        let versions: &[_] = if self.tls12 { &[&TLS12] } else { &[&TLS12, &TLS13] };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
                builder.with_client_auth_cert(vec![identity.der.clone()], key).unwrap()
            }
        };
        config.alpn_protocols = self.alpn.iter().map(|alpn| alpn.as_bytes().to_vec()).collect();
        let tcp = TcpStream::connect(setup.address()).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        timeout(DEADLINE, TlsConnector::from(Arc::new(config)).connect(name, tcp)).await.expect("in time")
    }

    /// The certificate that answers for a name.
    async fn shown(&self, setup: &Setup, name: &str) -> CertificateDer<'static> {
        let stream = self.connect(setup, name).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }

    async fn get(&self, setup: &Setup) -> io::Result<String> {
        let mut stream = self.connect(setup, "a.test").await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await?;
        let text = answer(&mut stream).await;
        if text.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(text) }
    }
}

fn yaml(tls: &str, certificates: &[&str]) -> String {
    let each = certificates
        .iter()
        .map(|name| format!("{{name: {name}, cert_file: {name}.crt, key_file: {name}.key}}"));
    let certificates = each.collect::<Vec<_>>().join(", ");
    format!("listeners: [{{address: '127.0.0.1:0', {tls}}}]\ncertificates: [{certificates}]\n{ROUTE}")
}

async fn start(tls: &str, prepare: impl FnOnce(&Path, &Authority)) -> (Setup, Origin, Authority) {
    let dir: TempDir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    authority.write(dir.path(), "a", &["a.test"]);
    fs::write(dir.path().join("ca.crt"), &authority.pem).unwrap();
    prepare(dir.path(), &authority);
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, &yaml(tls, &["a"])).await;
    (setup, origin, authority)
}

#[tokio::test]
async fn the_name_asked_for_chooses_the_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    // The names of "all" are those it holds; it answers for those no other has, too, being the first.
    let all = authority.write(dir.path(), "all", &["all.test", "other.test", "deep.x.test", "x.test"]);
    let exact = authority.write(dir.path(), "exact", &["b.x.test"]);
    let wildcard = authority.write(dir.path(), "wildcard", &["*.x.test"]);
    let _origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, &yaml("tls: {}", &["all", "exact", "wildcard"])).await;
    let client = authority.client();
    for (name, expected) in [
        ("all.test", &all),
        ("b.x.test", &exact),
        ("B.X.TEST", &exact),
        ("c.x.test", &wildcard),
        ("x.test", &all),
        ("other.test", &all),
    ] {
        assert!(client.shown(&setup, name).await == *expected, "{name}");
    }
    let unknown = client.connect(&setup, "a.b.x.test").await.unwrap_err();
    assert!(unknown.to_string().contains("not valid for name"), "a wildcard is one label: {unknown}");
}

#[tokio::test]
async fn requests_over_tls_are_served_and_upstreams_are_told() {
    let (setup, origin, authority) = start("tls: {}", |_, _| {}).await;
    for tls12 in [false, true] {
        let client = Client { tls12, ..authority.client() };
        let mut stream = client.connect(&setup, "a.test").await.unwrap();
        for _ in 0..3 {
            let body = "x".repeat(100_000);
            let request =
                format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(request.as_bytes()).await.unwrap();
            assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
            assert_eq!(header(&origin.last(), "x-forwarded-proto"), Some("https"));
        }
    }
    let client = Client { alpn: &["h2", "http/1.1"], ..authority.client() };
    let stream = client.connect(&setup, "a.test").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(http2(stream, &["/1", "/2"]).await, [200, 200]);
    assert_eq!(header(&origin.last(), "x-forwarded-proto"), Some("https"));
}

#[tokio::test]
async fn versions_and_protocols_are_as_configured() {
    let (setup, _origin, authority) = start("http2: false, tls: {min_version: '1.3'}", |_, _| {}).await;
    let client = Client { alpn: &["h2", "http/1.1"], ..authority.client() };
    let stream = client.connect(&setup, "a.test").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(Client { tls12: true, ..authority.client() }.connect(&setup, "a.test").await.is_err());
}

#[tokio::test]
async fn plain_and_encrypted_share_a_port_only_when_told_to() {
    let (both, origin, authority) = start("tls: {allow_plain: true}", |_, _| {}).await;
    assert_eq!(both.get("/").await.status(), 200);
    assert_eq!(header(&origin.last(), "x-forwarded-proto"), Some("http"));
    assert!(authority.client().get(&both).await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(header(&origin.last(), "x-forwarded-proto"), Some("https"));
    let tcp = TcpStream::connect(both.address()).await.unwrap();
    assert_eq!(http2(tcp, &["/"]).await, [200], "HTTP/2 by prior knowledge, too");

    let (tls_only, origin, _authority) = start("tls: {}", |_, _| {}).await;
    let mut client = TcpStream::connect(tls_only.address()).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut told = Vec::new();
    let _ = timeout(DEADLINE, client.read_to_end(&mut told)).await.unwrap();
    assert!(!told.starts_with(b"HTTP/1.1 2"));
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn clients_must_show_a_certificate_that_our_authorities_signed() {
    let own = Authority::new();
    let ca = |dir: &Path, _: &Authority| fs::write(dir.join("clients.crt"), &own.pem).unwrap();
    let (setup, origin, authority) = start("tls: {client_ca_file: clients.crt}", ca).await;
    let (known, stranger) = (own.sign("service \"a\"", &[]), authority.sign("b", &[]));
    let with = |identity| Client { identity, ..authority.client() };
    assert!(with(Some(&known)).get(&setup).await.unwrap().starts_with("HTTP/1.1 200"));
    let told = header(&origin.last(), "x-forwarded-client-cert").unwrap().to_owned();
    assert!(told.starts_with("Hash=") && told.ends_with(r#";Subject="CN=service \"a\"""#), "{told}");
    assert!(with(Some(&stranger)).get(&setup).await.is_err());
    assert!(with(None).get(&setup).await.is_err());
    assert_eq!(origin.requests().len(), 1);

    let optional = "tls: {client_ca_file: clients.crt, client_certificate: optional}";
    write_config(&setup.dir, &yaml(optional, &["a"]));
    setup.gateway.reload().await.unwrap();
    assert!(with(None).get(&setup).await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(header(&origin.last(), "x-forwarded-client-cert"), None);
    assert!(with(Some(&stranger)).get(&setup).await.is_err(), "what is shown must be valid");
}

#[tokio::test]
async fn the_documented_certificates_work() {
    let blocks = yaml_blocks(include_str!("../../../../docs/gateway/listeners.md"));
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let shop = authority.write(dir.path(), "shop", &["a.test", "shop.test"]);
    let wildcard = authority.write(dir.path(), "wildcard", &["*.shop.test"]);
    fs::write(dir.path().join("clients.crt"), &authority.pem).unwrap();
    let (_origin, origin) = Origin::tcp("o").await;
    let yaml = blocks[1].replace("127.0.0.1:8443", "127.0.0.1:0").replace("127.0.0.1:3000", &origin);
    let setup = Setup::start(dir, &yaml).await;
    let known = authority.sign("known", &[]);
    let client = Client { identity: Some(&known), ..authority.client() };
    assert!(client.shown(&setup, "shop.test").await == shop);
    assert!(client.shown(&setup, "www.shop.test").await == wildcard);
    assert!(client.get(&setup).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(authority.client().get(&setup).await.is_err());
}

#[tokio::test]
async fn a_client_cannot_say_itself_which_certificate_it_showed() {
    let (setup, origin, _authority) = start("tls: {allow_plain: true}", |_, _| {}).await;
    setup.send("GET /", &["X-Forwarded-Client-Cert: Hash=00"], "").await;
    assert_eq!(header(&origin.last(), "x-forwarded-client-cert"), None);
}

#[tokio::test]
async fn a_new_certificate_is_taken_over_and_open_connections_stay() {
    let (setup, _origin, authority) = start("tls: {}", |_, _| {}).await;
    let client = authority.client();
    let first = client.shown(&setup, "a.test").await;
    let mut open = client.connect(&setup, "a.test").await.unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    answer(&mut open).await;

    let second = authority.write(setup.dir.path(), "a", &["a.test"]);
    assert!(first != second);
    setup.gateway.reload().await.unwrap();
    assert!(client.shown(&setup, "a.test").await == second);
    open.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(answer(&mut open).await.starts_with("HTTP/1.1 200"));

    let key = setup.dir.path().join("a.key");
    fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let refused = setup.admin("POST /reload-config").await;
    assert!(refused.body().contains("certificates[0].key_file: the key in "), "{}", refused.0);
    fs::write(&key, "nothing").unwrap();
    let refused = setup.admin("POST /reload-config").await;
    assert!(refused.body().contains("certificates[0].key_file: "), "{}", refused.0);
    assert!(client.shown(&setup, "a.test").await == second, "the running one stays");
}

#[tokio::test]
async fn a_handshake_must_end_in_time() {
    for tls in ["tls: {}", "tls: {allow_plain: true}"] {
        let (setup, _origin, authority) = start(&format!("head_timeout_ms: 200, {tls}"), |_, _| {}).await;
        let mut silent = TcpStream::connect(setup.address()).await.unwrap();
        assert!(timeout(DEADLINE, silent.read_u8()).await.unwrap().is_err(), "{tls}");
        let mut half = TcpStream::connect(setup.address()).await.unwrap();
        half.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(DEADLINE, half.read_to_end(&mut rest)).await.expect("an end in time");

        let client = Client { alpn: &["h2"], ..authority.client() };
        let mut without_preface = client.connect(&setup, "a.test").await.unwrap();
        let end = timeout(Duration::from_secs(5), without_preface.read_u8()).await;
        assert!(end.expect("an end in time").is_err(), "{tls}");
    }
}
