//! The certificate a client showed.

use rustls::ServerConnection;
use sha2::{Digest, Sha256};
use std::fmt;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What upstreams are told of it. The handshake has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerCertificate {
    sha256: String,
    subject: String,
}

impl PeerCertificate {
    /// `None` when the client showed none.
    pub(crate) fn of(session: &ServerConnection) -> Option<Self> {
        let der = session.peer_certificates()?.first()?;
        let subject =
            X509Certificate::from_der(der).map(|(_, certificate)| certificate.subject().to_string());
        Some(Self {
            sha256: hex::encode(Sha256::digest(der)),
            subject: subject
                .unwrap_or_default()
                .chars()
                .filter(|c| c.is_ascii_graphic() || *c == ' ')
                .collect(),
        })
    }
}

/// `Hash=…;Subject="…"`.
impl fmt::Display for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "Hash={};Subject=\"{subject}\"", self.sha256)
    }
}
