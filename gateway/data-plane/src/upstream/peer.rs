//! An endpoint in the form that Pingora's engine takes.

use super::{
    dial::{Dialer, WebSocketDialer},
    tls::ClientTls,
};
use crate::websocket::{Handover, UpstreamSocket};
use agw_core::{
    cluster::{CompiledCluster, Member, STREAMS_MAX, Target},
    resource::{Cluster, Protocol, UpstreamTls},
};
use pingora_core::{
    connectors::l4::Connect,
    protocols::{ALPN, tls::CaType},
    upstreams::peer::{HttpPeer, Scheme},
    utils::tls::{CertKey, WrappedX509, parse_x509},
};
use pingora_error::Result;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Keys of connections that nobody shares.
static ALONE: AtomicU64 = AtomicU64::new(0);

/// What the peers of a cluster have in common.
pub(super) struct PeerTemplate {
    tls: Option<Tls>,
    protocol: Protocol,
    connect_timeout: Duration,
    idle_timeout: Duration,
    dialer: Arc<Dialer>,
    /// Connections are used again only where this is the same.
    group: u64,
}

impl fmt::Debug for PeerTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerTemplate").field("group", &self.group).finish_non_exhaustive()
    }
}

/// Connections are used again only where this is the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PoolKey {
    group: u64,
    target: Target,
    /// Whom a TLS handshake asked for.
    name: Option<String>,
}

struct Tls {
    server_name: Option<String>,
    authorities: Option<Arc<CaType>>,
    identity: Option<Arc<CertKey>>,
    verify: bool,
    /// The same for connections that the engine is not to encrypt.
    ours: Arc<ClientTls>,
}

impl PeerTemplate {
    pub(super) fn new(live: &Arc<CompiledCluster>) -> Self {
        let cluster = &live.cluster;
        Self {
            tls: cluster.tls.as_ref().map(Tls::new),
            protocol: cluster.protocol,
            connect_timeout: cluster.connect_timeout,
            idle_timeout: cluster.idle_timeout,
            dialer: Arc::new(Dialer { cluster: Arc::clone(live) }),
            group: group(cluster),
        }
    }

    /// `None` for a path that cannot be a socket's.
    pub(super) fn peer(&self, member: &Member) -> Option<Box<HttpPeer>> {
        let name = self.tls.as_ref().map(|tls| tls.server_name.as_ref().or(member.host.as_ref()));
        let name = name.flatten().cloned().unwrap_or_default();
        let encrypted = self.tls.is_some();
        let mut peer = match &member.target {
            Target::Tcp(address) => HttpPeer::new(address, encrypted, name),
            Target::Unix(path) => HttpPeer::new_uds(path.to_str()?, encrypted, name).ok()?,
        };
        peer.group_key = self.group;
        if let Some(tls) = &self.tls {
            peer.options.ca.clone_from(&tls.authorities);
            peer.client_cert_key.clone_from(&tls.identity);
            peer.options.verify_cert = tls.verify;
            peer.options.verify_hostname = tls.verify;
        }
        if self.protocol == Protocol::Http2 {
            peer.options.alpn = ALPN::H2;
            peer.options.max_h2_streams = STREAMS_MAX as usize;
        }
        let dialer: Arc<dyn Connect + Send + Sync> = self.dialer.clone();
        peer.options.custom_l4 = Some(dialer);
        peer.options.connection_timeout = Some(self.connect_timeout);
        peer.options.total_connection_timeout = Some(self.connect_timeout);
        peer.options.idle_timeout = Some(self.idle_timeout);
        Some(Box::new(peer))
    }
}

impl PeerTemplate {
    /// `None` where TLS has no name to ask for.
    pub(super) fn pool_key(&self, member: &Member) -> Option<PoolKey> {
        let name = match &self.tls {
            Some(tls) => Some(tls.ours.name(member)?.to_str().into_owned()),
            None => None,
        };
        Some(PoolKey { group: self.group, target: member.target.clone(), name })
    }

    /// A connection of its own; `None` where TLS has no name to ask for.
    pub(super) async fn connect(&self, member: &Member, within: Duration) -> Result<Option<UpstreamSocket>> {
        let tls = match &self.tls {
            Some(tls) => match tls.ours.name(member) {
                Some(name) => Some((&*tls.ours, name)),
                None => return Ok(None),
            },
            None => None,
        };
        self.dialer.connect_to(&member.target, tls, within).await.map(Some)
    }

    /// Makes `peer` one of a connection of its own that is handed over when the upstream switches protocols. `None` where that is
    /// not possible: over HTTP/2 there is nothing to switch.
    pub(super) fn hand_over(&self, peer: &mut HttpPeer, member: &Member) -> Option<Arc<Handover>> {
        if self.protocol == Protocol::Http2 {
            return None;
        }
        let tls = match &self.tls {
            Some(tls) => Some((Arc::clone(&tls.ours), tls.ours.name(member)?)),
            None => None,
        };
        // The engine would not give back what it encrypts.
        peer.scheme = Scheme::HTTP;
        let handover = Arc::<Handover>::default();
        let dialer =
            WebSocketDialer { dialer: Arc::clone(&self.dialer), tls, handover: Arc::clone(&handover) };
        peer.options.custom_l4 = Some(Arc::new(dialer));
        // No other request finds it in the pool.
        peer.group_key = ALONE.fetch_add(1, Ordering::Relaxed);
        peer.options.idle_timeout = Some(Duration::from_millis(1));
        Some(handover)
    }
}

impl Tls {
    fn new(tls: &UpstreamTls) -> Self {
        let authorities = tls.authorities.as_ref().map(|authorities| {
            // They were parsed when the configuration was read; Pingora panics at what cannot be.
            authorities.iter().map(|der| WrappedX509::new(der.clone(), parse_x509)).collect()
        });
        let identity = tls.identity.as_ref();
        Self {
            server_name: tls.server_name.clone(),
            authorities,
            identity: identity.map(|own| Arc::new(CertKey::new(own.chain.clone(), own.key.clone()))),
            verify: tls.verify,
            ours: Arc::new(ClientTls::new(tls)),
        }
    }
}

/// Pingora's own key for pools has no authorities and only the serial of a certificate in it. Clusters that bound or count what
/// they have open do not share connections with others.
fn group(cluster: &Cluster) -> u64 {
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(if cluster.protocol == Protocol::Http2 { b"h2" } else { b"h1" });
    if cluster.bounds != agw_core::resource::Bounds::default() {
        field(cluster.name.as_bytes());
    }
    if let Some(tls) = &cluster.tls {
        field(if tls.verify { b"verified" } else { b"unverified" });
        for authority in tls.authorities.iter().flatten() {
            field(authority);
        }
        if let Some(identity) = &tls.identity {
            field(b"identity");
            for certificate in &identity.chain {
                field(certificate);
            }
            field(&identity.key);
        }
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |group, byte| group << 8 | u64::from(*byte))
}
