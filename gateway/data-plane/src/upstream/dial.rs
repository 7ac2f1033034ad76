//! Connections to endpoints, counted while they are open.

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

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("cluster", &self.cluster.cluster.name).finish()
    }
}

#[async_trait]
impl Connect for Dialer {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let within = self.cluster.cluster.connect_timeout;
        let (mut stream, target) = match address {
            SocketAddr::Inet(inet) => {
                let tcp = connected(address, within, TcpStream::connect(inet)).await?;
                (Stream::from(tcp), Target::Tcp(*inet))
            }
            SocketAddr::Unix(unix) => {
                let path = unix.as_pathname().unwrap_or(std::path::Path::new(""));
                let socket = connected(address, within, UnixStream::connect(path)).await?;
                (Stream::from(socket), Target::Unix(path.to_owned()))
            }
        };
        // An endpoint that has left the cluster meanwhile is nobody's business any more.
        let members = self.cluster.members();
        if let Some(member) = members.iter().find(|member| member.target == target) {
            member.state.opened();
            stream.tracer = Some(Tracer(Box::new(Open(Arc::clone(&member.state)))));
        }
        Ok(stream)
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
#[derive(Debug)]
struct Open(Arc<EndpointState>);

impl Tracing for Open {
    fn on_connected(&self) {}

    fn on_disconnected(&self) {
        self.0.closed();
    }

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}
