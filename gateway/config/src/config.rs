//! A configuration that was found to be good.

use agw_core::{
    jwt::TokenPolicy,
    mask::Mask,
    resource::{Listener, Resources},
};
use http::HeaderName;
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// What the data plane runs on.
#[derive(Clone, Debug)]
pub struct Config {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// Where the admin server listens.
    pub admin: AdminAddress,
    /// The most connections from clients at one time, 1–1,000,000.
    pub connections_max: usize,
    /// How long requests may go on after the gateway was told to stop.
    pub drain: Duration,
    /// How upstreams are told who calls.
    pub identity: Option<Identity>,
    /// Whose tokens are believed.
    pub jwt_issuers: Vec<JwtIssuer>,
    /// What is never written to a log.
    pub mask: Mask,
    /// Routes, clusters, consumers.
    pub resources: Resources,
}

/// Where the admin server listens: nothing that another machine can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAddress {
    /// A loopback address; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The signed header that tells upstreams who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The header's name.
    pub header: HeaderName,
    /// The key it is signed with.
    pub key: SigningKey,
    /// For how long a signature is valid, 2 s – 1 h.
    pub ttl: Duration,
    /// The `iss` claim.
    pub issuer: String,
}

/// Somebody whose tokens are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtIssuer {
    /// What its tokens must be like.
    pub policy: TokenPolicy,
    /// Where its keys are.
    pub keys: KeySource,
    /// A list of what it no longer stands for, looked at every second.
    pub revoked_file: Option<PathBuf>,
    /// How often keys are fetched from a URL, 1 s – 1 h.
    pub refresh: Duration,
}

/// Where the keys of an issuer are. Files are looked at every second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A JWK set in a file.
    File(PathBuf),
    /// A JWK set at a URL.
    Url(String),
    /// A file with a secret for HMAC in hexadecimal digits.
    Secret(PathBuf),
}

/// A key for HMAC-SHA-256, at least 32 bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(pub Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(•••)")
    }
}
