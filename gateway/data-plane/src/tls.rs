//! TLS of listeners: configurations made from certificates in memory.

mod peer;
mod resolver;

pub(crate) use peer::PeerCertificate;

use agw_config::{Config, Problem};
use agw_core::listener::{Certificate, ClientAuth, Listener, ListenerTls, Pem};
use resolver::Resolver;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoServerSessionStorage, ProducesTickets, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// TLS as one listener offers it.
#[derive(Clone)]
pub(crate) struct ServerTls {
    config: Arc<ServerConfig>,
    /// Whether plain text is served on the same port.
    pub(crate) allow_plain: bool,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("allow_plain", &self.allow_plain).finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Shakes hands. `None` when that fails, which is the client's business; it has been told by an alert.
    pub(crate) async fn accept(&self, tcp: TcpStream) -> Option<TlsStream<TcpStream>> {
        let shaken = TlsAcceptor::from(Arc::clone(&self.config)).accept(tcp).await;
        shaken.inspect_err(|error| tracing::debug!(%error, "TLS handshake failed")).ok()
    }
}

/// What each listener of the configuration offers, in their order.
///
/// # Errors
/// Everything that is wrong with certificates and keys.
pub(crate) fn load(config: &Config) -> Result<Vec<Option<ServerTls>>, Vec<Problem>> {
    let provider = Arc::new(ring::default_provider());
    let mut problems = Vec::new();
    let mut certified = Vec::new();
    for (index, certificate) in config.certificates.iter().enumerate() {
        match certify(certificate, &provider) {
            Ok(key) => certified.push((certificate, Arc::new(key))),
            Err((field, error)) => {
                problems.push(Problem::new(format!("certificates[{index}].{field}"), error));
            }
        }
    }
    let mut loaded = Vec::new();
    for (index, listener) in config.listeners.iter().enumerate() {
        let Some(tls) = &listener.tls else {
            loaded.push(None);
            continue;
        };
        let verifier = tls.client_auth.as_ref().map(|auth| verifier(auth, &provider)).transpose();
        let offered = verifier.map_err(|error| (".client_ca_file", error)).and_then(|verifier| {
            offer(listener, tls, verifier, &certified, &provider).map_err(|error| ("", error))
        });
        match offered {
            Ok(offered) => loaded.push(Some(offered)),
            Err((field, error)) => {
                problems.push(Problem::new(format!("listeners[{index}].tls{field}"), error));
            }
        }
    }
    if problems.is_empty() { Ok(loaded) } else { Err(problems) }
}

fn offer(
    listener: &Listener,
    tls: &ListenerTls,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
    certified: &[(&Certificate, Arc<CertifiedKey>)],
    provider: &Arc<CryptoProvider>,
) -> Result<ServerTls, String> {
    let by_name = |name: &String| certified.iter().find(|(certificate, _)| certificate.name == *name);
    let resolver = Resolver::new(tls.certificates.iter().filter_map(by_name));
    let versions: &[_] = if tls.tls12 { &[&TLS13, &TLS12] } else { &[&TLS13] };
    let authenticated = verifier.is_some();
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider));
    let builder = builder.with_protocol_versions(versions).map_err(|error| error.to_string())?;
    let mut config = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    }
    .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if listener.http2 {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    if authenticated {
        // A ticket outlives the authorities it was given under, and would pass for a certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    } else if let Some(tickets) = tickets() {
        config.ticketer = tickets;
    }
    Ok(ServerTls { config: Arc::new(config), allow_plain: tls.allow_plain })
}

/// One for all listeners and reloads: clients come back with tickets of an earlier configuration. It changes its key by itself.
fn tickets() -> Option<Arc<dyn ProducesTickets>> {
    static TICKETS: OnceLock<Option<Arc<dyn ProducesTickets>>> = OnceLock::new();
    // Without randomness there are no tickets, only full handshakes.
    TICKETS.get_or_init(|| ring::Ticketer::new().ok()).clone()
}

/// Reads a certificate with its key and checks that they belong together. An error comes with the field it is about.
fn certify(
    certificate: &Certificate,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, (&'static str, String)> {
    let chain = certificates(&certificate.chain).map_err(|error| ("cert_file", error))?;
    let at_key = |error: String| ("key_file", error);
    let file = certificate.key.file.display();
    let key = PrivateKeyDer::from_pem_slice(&certificate.key.text)
        .map_err(|error| at_key(format!("{file} holds no private key in PEM form: {error}")))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| at_key(format!("the key in {file} cannot be used: {error}")))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Err(error @ rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
            Err(at_key(format!("the key in {file} is not that of the certificate: {error}")))
        }
        Err(rustls::Error::InvalidCertificate(error)) => {
            Err(("cert_file", format!("the certificate cannot be read: {error:?}")))
        }
        // Other kinds of keys cannot tell; then the first handshake does.
        Ok(()) | Err(_) => Ok(certified),
    }
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    let file = pem.file.display();
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem.text).collect();
    let read = read.map_err(|error| format!("{file} is not in PEM form: {error}"))?;
    if read.is_empty() { Err(format!("{file} holds no certificate in PEM form")) } else { Ok(read) }
}

fn verifier(
    auth: &ClientAuth,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(&auth.ca)? {
        roots.add(authority).map_err(|error| format!("{}: {error}", auth.ca.file.display()))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = if auth.required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|error| error.to_string())
}
