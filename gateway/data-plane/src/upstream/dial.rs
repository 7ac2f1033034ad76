//! Connections to endpoints, counted while they are open.

use crate::websocket::{self, Handover, UpstreamSocket};
use agw_core::{
    cluster::{CompiledCluster, Target},
    health::EndpointState,
};
use async_trait::async_trait;
use pingora_core::{
    connectors::l4::Connect,
    protocols::l4::{socket::SocketAddr, stream::Stream},
    upstreams::peer::{Tracer, Tracing},
};
use pingora_error::{Error, ErrorType, Result};
use std::{fmt, io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// Connects for one cluster.
pub(super) struct Dialer {
    pub(super) cluster: Arc<CompiledCluster>,
}

/// Connects for one request that may open a WebSocket.
#[derive(Debug)]
pub(super) struct WebSocketDialer {
    pub(super) dialer: Arc<Dialer>,
    pub(super) handover: Arc<Handover>,
}

#[async_trait]
impl Connect for WebSocketDialer {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let (socket, target) = self.dialer.socket(address).await?;
        let counted = self.dialer.count(&target);
        Ok(websocket::watched(UpstreamSocket::new(socket, counted), Arc::clone(&self.handover)))
    }
}

/// A connection, just made.
pub(crate) enum Socket {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("cluster", &self.cluster.cluster.name).finish()
    }
}

#[async_trait]
impl Connect for Dialer {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let (socket, target) = self.socket(address).await?;
        let mut stream = match socket {
            Socket::Tcp(tcp) => Stream::from(tcp),
            Socket::Unix(unix) => Stream::from(unix),
        };
        if let Some(counted) = self.count(&target) {
            stream.tracer = Some(Tracer(Box::new(Open(counted))));
        }
        Ok(stream)
    }
}

impl Dialer {
    async fn socket(&self, address: &SocketAddr) -> Result<(Socket, Target)> {
        let within = self.cluster.cluster.connect_timeout;
        match address {
            SocketAddr::Inet(inet) => {
                let tcp = connected(address, within, TcpStream::connect(inet)).await?;
                Ok((Socket::Tcp(tcp), Target::Tcp(*inet)))
            }
            SocketAddr::Unix(unix) => {
                let path = unix.as_pathname().unwrap_or(std::path::Path::new(""));
                let socket = connected(address, within, UnixStream::connect(path)).await?;
                Ok((Socket::Unix(socket), Target::Unix(path.to_owned())))
            }
        }
    }

    /// An endpoint that has left the cluster meanwhile is nobody's business any more.
    fn count(&self, target: &Target) -> Option<Arc<Counted>> {
        let members = self.cluster.members();
        let member = members.iter().find(|member| member.target == *target)?;
        member.state.opened();
        Some(Arc::new(Counted(Arc::clone(&member.state))))
    }
}

/// A connection that is counted until the last of these is gone.
#[derive(Debug)]
pub(crate) struct Counted(Arc<EndpointState>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.closed();
    }
}

async fn connected<S>(
    address: &SocketAddr,
    within: Duration,
    connecting: impl Future<Output = io::Result<S>>,
) -> Result<S> {
    let failed = |kind| move |cause| Error::because(kind, format!("cannot connect to {address}"), cause);
    match timeout(within, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failed(ErrorType::ConnectError)(error)),
        Err(elapsed) => Err(failed(ErrorType::ConnectTimedout)(elapsed.into())),
    }
}

/// An open connection, for as long as Pingora keeps it.
#[derive(Clone, Debug)]
struct Open(#[allow(dead_code, reason = "counts by being held")] Arc<Counted>);

impl Tracing for Open {
    fn on_connected(&self) {}

    fn on_disconnected(&self) {}

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(self.clone())
    }
}
