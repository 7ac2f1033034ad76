//! TLS to endpoints without the engine, for connections that are to be taken from it. Believed is who the engine would believe.

use agw_core::{
    cluster::Member,
    resource::{ClientIdentity, UpstreamTls},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
};
use std::{
    io,
    sync::{Arc, OnceLock},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OnceCell,
    task::spawn_blocking,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The certificates the system believes, read when first asked for.
static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// TLS as one cluster wants it.
pub(crate) struct ClientTls {
    settings: UpstreamTls,
    config: OnceCell<Arc<ClientConfig>>,
}

impl ClientTls {
    pub(super) fn new(settings: &UpstreamTls) -> Self {
        Self { settings: settings.clone(), config: OnceCell::new() }
    }

    /// The name an endpoint is asked for.
    pub(super) fn name(&self, member: &Member) -> Option<ServerName<'static>> {
        let name = self.settings.server_name.as_ref().or(member.host.as_ref())?;
        ServerName::try_from(name.as_str()).ok().map(|name| name.to_owned())
    }

    /// Shakes hands.
    pub(super) async fn connect<S>(&self, name: ServerName<'static>, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.config.get_or_try_init(|| async {
            let settings = self.settings.clone();
            // Reads files, perhaps.
            let made = spawn_blocking(move || config(&settings)).await;
            made.unwrap_or_else(|panic| Err(io::Error::other(panic)))
        });
        TlsConnector::from(Arc::clone(config.await?)).connect(name, stream).await
    }
}

fn config(settings: &UpstreamTls) -> io::Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let builder = match &settings.authorities {
        _ if !settings.verify => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider)))
        }
        Some(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots.add(CertificateDer::from(authority.clone())).map_err(io::Error::other)?;
            }
            builder.with_root_certificates(roots)
        }
        None => builder.with_root_certificates(Arc::clone(SYSTEM.get_or_init(system))),
    };
    let mut config = match settings.identity.as_deref() {
        Some(ClientIdentity { chain, key }) => {
            let chain = chain.iter().cloned().map(CertificateDer::from).collect();
            let key = PrivateKeyDer::try_from(key.clone()).map_err(io::Error::other)?;
            builder.with_client_auth_cert(chain, key).map_err(io::Error::other)?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn system() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    // Whatever of it cannot be read is not believed.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
}

/// Believes every certificate, because the configuration says so; that its owner is there is checked.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
