//! Connections to endpoints, counted while they are open.

use super::tls::ClientTls;
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
use rustls::pki_types::ServerName;
use std::{
    fmt, io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::client::TlsStream;

/// Connects for one cluster.
pub(super) struct Dialer {
    pub(super) cluster: Arc<CompiledCluster>,
}

/// Connects for one request that may open a WebSocket.
pub(super) struct WebSocketDialer {
    pub(super) dialer: Arc<Dialer>,
    /// How to encrypt, and the name to ask for.
    pub(super) tls: Option<(Arc<ClientTls>, ServerName<'static>)>,
    pub(super) handover: Arc<Handover>,
}

impl fmt::Debug for WebSocketDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketDialer").field("dialer", &self.dialer).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connect for WebSocketDialer {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let tls = self.tls.as_ref().map(|(tls, name)| (&**tls, name.clone()));
        let within = self.dialer.cluster.cluster.connect_timeout;
        let socket = self.dialer.connect_to(&target(address), tls, within).await?;
        Ok(websocket::watched(socket, Arc::clone(&self.handover)))
    }
}

/// A connection, just made.
pub(crate) enum Socket {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
    /// Over one of these, encrypted.
    Tls(Box<TlsStream<Socket>>),
}

impl Socket {
    pub(crate) fn set_nodelay(&self) {
        if let Self::Tcp(tcp) = self {
            // Only the latency of small messages would suffer.
            let _ = tcp.set_nodelay(true);
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Unix(unix) => Pin::new(unix).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Unix(unix) => Pin::new(unix).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Unix(unix) => Pin::new(unix).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("cluster", &self.cluster.cluster.name).finish()
    }
}

#[async_trait]
impl Connect for Dialer {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let target = target(address);
        let mut stream = match socket(&target, self.cluster.cluster.connect_timeout).await? {
            Socket::Tcp(tcp) => Stream::from(tcp),
            Socket::Unix(unix) => Stream::from(unix),
            Socket::Tls(_) => return Err(Error::explain(ErrorType::InternalError, "the engine encrypts")),
        };
        if let Some(counted) = self.count(&target) {
            stream.tracer = Some(Tracer(Box::new(Open(counted))));
        }
        Ok(stream)
    }
}

fn target(address: &SocketAddr) -> Target {
    match address {
        SocketAddr::Inet(inet) => Target::Tcp(*inet),
        SocketAddr::Unix(unix) => Target::Unix(unix.as_pathname().map(Path::to_owned).unwrap_or_default()),
    }
}

async fn socket(target: &Target, within: Duration) -> Result<Socket> {
    match target {
        Target::Tcp(address) => connected(target, within, TcpStream::connect(address)).await.map(Socket::Tcp),
        Target::Unix(path) => connected(target, within, UnixStream::connect(path)).await.map(Socket::Unix),
    }
}

impl Dialer {
    /// Connects without the engine, encrypted as `tls` says and asking for the name beside it. `within` is for each of the two.
    pub(super) async fn connect_to(
        &self,
        target: &Target,
        tls: Option<(&ClientTls, ServerName<'static>)>,
        within: Duration,
    ) -> Result<UpstreamSocket> {
        let mut socket = socket(target, within).await?;
        if let Some((tls, name)) = tls {
            socket.set_nodelay();
            let shaken = connected(target, within, tls.connect(name, socket)).await?;
            socket = Socket::Tls(Box::new(shaken));
        }
        Ok(UpstreamSocket::new(socket, self.count(target)))
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
    target: &Target,
    within: Duration,
    connecting: impl Future<Output = io::Result<S>>,
) -> Result<S> {
    let failed = |kind| move |cause| Error::because(kind, format!("cannot connect to {target}"), cause);
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
