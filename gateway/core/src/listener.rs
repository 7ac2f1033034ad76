//! Where the gateway accepts connections, and on what terms.

use crate::{host::HostPattern, ip::IpRules, network::Networks};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// Where the gateway accepts connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address to bind; port 0 lets the system choose.
    pub address: SocketAddr,
    /// How it encrypts; `None` serves plain text.
    pub tls: Option<ListenerTls>,
    /// Whether HTTP/2 is spoken too.
    pub http2: bool,
    /// How long a whole head or a TLS handshake may take.
    pub head_timeout: Duration,
    /// How long a connection may stay without a request, and how long a client may leave an answer untaken.
    pub idle_timeout: Duration,
    /// The largest head.
    pub head_bytes_max: usize,
    /// Whose word on where a request came from is believed.
    pub trusted_proxies: Networks,
    /// Who may connect.
    pub admission: IpRules,
}

/// TLS of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerTls {
    /// Names of certificates, at least one; the first answers for names that none has.
    pub certificates: Vec<String>,
    /// Whether plain text is served on the same port.
    pub allow_plain: bool,
    /// Whether TLS 1.2 is offered beside 1.3.
    pub tls12: bool,
    /// What clients must show.
    pub client_auth: Option<ClientAuth>,
}

/// The certificates of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAuth {
    /// The authorities that sign them, as PEM.
    pub ca: Pem,
    /// Whether a client without one is turned away.
    pub required: bool,
}

/// A certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Unique.
    pub name: String,
    /// The chain, the server's own certificate first.
    pub chain: Pem,
    /// The private key.
    pub key: Pem,
    /// The names it answers for; empty means those it holds.
    pub hosts: Vec<HostPattern>,
}

/// The text of a PEM file. Never shown: it may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem {
    /// Where it was read.
    pub file: PathBuf,
    /// What was found there.
    pub text: Vec<u8>,
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pem").field("file", &self.file).finish_non_exhaustive()
    }
}
