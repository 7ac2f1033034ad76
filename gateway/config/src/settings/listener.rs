//! Where clients connect.

use super::security::IpSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where clients connect. HTTP/1.1, HTTP/2 and WebSocket are told apart by what arrives.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenerSettings {
    /// `IP:port`; port 0 lets the system choose.
    pub address: String,
    /// Encrypts. Default: plain text only.
    pub tls: Option<ListenerTlsSettings>,
    /// Whether HTTP/2 is offered: by ALPN with TLS, by prior knowledge without. Default true.
    pub http2: bool,
    /// How long a client may take for a whole head or TLS handshake, in milliseconds, 100–600,000. Default 10,000.
    pub head_timeout_ms: u64,
    /// How long a connection may stay without a request, and a client may leave an answer untaken, in milliseconds,
    /// 100–3,600,000. Default 60,000.
    pub idle_timeout_ms: u64,
    /// The largest request head, in bytes, 1,024–65,536. Default 65,536.
    pub head_bytes_max: usize,
    /// Proxies in front of us whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses or networks. Default: none.
    pub trusted_proxies: Vec<String>,
    /// Who may connect at all.
    pub ip: Option<IpSettings>,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            address: String::new(),
            tls: None,
            http2: true,
            head_timeout_ms: 10_000,
            idle_timeout_ms: 60_000,
            head_bytes_max: 64 << 10,
            trusted_proxies: Vec::new(),
            ip: None,
        }
    }
}

/// TLS of a listener. The certificate is chosen by the name the client asks for (SNI).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenerTlsSettings {
    /// Names of `certificates`; the first answers clients that ask for no name, or for one that none has. Default: all.
    pub certificates: Vec<String>,
    /// Whether plain text is served on the same port too. Default false.
    pub allow_plain: bool,
    /// The oldest version offered. Default `1.2`.
    pub min_version: TlsVersion,
    /// A PEM file with the authorities that sign clients' certificates.
    pub client_ca_file: Option<String>,
    /// Whether clients must show a certificate, if `client_ca_file` is given. Default `required`.
    pub client_certificate: ClientCertificate,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    Tls13,
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificate {
    /// Without one the handshake fails.
    #[default]
    Required,
    /// Clients may come without; what they show must be valid.
    Optional,
}

/// A certificate with its key. The files are watched, and taken over when they change.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CertificateSettings {
    /// Unique.
    pub name: String,
    /// A PEM file with the chain, the server's own certificate first. Relative to the configuration's directory.
    pub cert_file: String,
    /// A PEM file with the private key.
    pub key_file: String,
    /// The names it answers for, exact or `*.example.com`. Default: those in the certificate.
    pub hosts: Vec<String>,
}
