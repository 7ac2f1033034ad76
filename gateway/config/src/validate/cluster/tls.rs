//! TLS to endpoints: the files are read here, so that a configuration with a broken one is refused.

use super::super::Problems;
use crate::settings::UpstreamTlsSettings;
use agw_core::resource::{Address, ClientIdentity, Endpoint, UpstreamTls};
use rustls::{
    RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    sign::CertifiedKey,
};
use std::{fs, path::Path, sync::Arc};

pub(super) fn check(
    at: &str,
    settings: &UpstreamTlsSettings,
    endpoints: &[Endpoint],
    dir: &Path,
    problems: &mut Problems,
) -> UpstreamTls {
    match &settings.server_name {
        Some(name) => {
            let parsed = ServerName::try_from(name.as_str());
            let parsed = parsed.map_err(|_| format!("{name:?} is neither a host name nor an address"));
            problems.ok(format!("{at}.server_name"), parsed);
        }
        // Without a name nothing could be checked.
        None if endpoints.iter().any(|endpoint| matches!(endpoint.address, Address::Unix(_))) => {
            problems.add(format!("{at}.server_name"), "a socket's path has no name of its own; give one");
        }
        None => {}
    }
    let authorities = settings.ca_file.as_ref().and_then(|file| {
        problems
            .ok(format!("{at}.ca_file"), certificates(&dir.join(file)).and_then(|found| authorities(&found)))
    });
    let identity = match (&settings.cert_file, &settings.key_file) {
        (None, None) => None,
        (Some(cert), Some(key)) => identity(at, &dir.join(cert), &dir.join(key), problems),
        (Some(_), None) => {
            problems.add(format!("{at}.key_file"), "there is a cert_file, so its key is needed too");
            None
        }
        (None, Some(_)) => {
            problems.add(format!("{at}.cert_file"), "there is a key_file, so its certificate is needed too");
            None
        }
    };
    UpstreamTls {
        server_name: settings.server_name.clone(),
        authorities,
        identity: identity.map(Arc::new),
        verify: settings.verify,
    }
}

fn identity(at: &str, cert: &Path, key: &Path, problems: &mut Problems) -> Option<ClientIdentity> {
    let chain = problems.ok(format!("{at}.cert_file"), certificates(cert));
    let key = problems.ok(format!("{at}.key_file"), private_key(key));
    let (chain, key) = (chain?, key?);
    let der = chain.iter().map(|certificate| certificate.to_vec()).collect();
    let identity = ClientIdentity { chain: der, key: key.secret_der().to_vec() };
    let fits = CertifiedKey::from_der(chain, key, &ring::default_provider());
    problems
        .ok(format!("{at}.key_file"), fits.map_err(|error| format!("does not fit cert_file: {error}")))?;
    Some(identity)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| format!("{} is not PEM: {error}", path.display()))?;
    if found.is_empty() {
        return Err(format!("{} holds no certificate", path.display()));
    }
    for certificate in &found {
        x509_parser::parse_x509_certificate(certificate)
            .map_err(|error| format!("{} holds a broken certificate: {error}", path.display()))?;
    }
    Ok(found)
}

fn authorities(certificates: &[CertificateDer<'static>]) -> Result<Vec<Vec<u8>>, String> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate.clone()).map_err(|error| format!("not usable as an authority: {error}"))?;
    }
    Ok(certificates.iter().map(|certificate| certificate.to_vec()).collect())
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&read(path)?)
        .map_err(|error| format!("{} holds no private key: {error}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
