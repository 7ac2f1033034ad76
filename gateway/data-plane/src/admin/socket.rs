//! The address of the admin server, and who is at the other end of its connections.

use crate::bind::{self, BindError};
use agw_config::config::AdminAddress;
use axum::{extract::connect_info::Connected, serve::IncomingStream};
use std::{
    fmt, fs, io,
    net::SocketAddr,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::PermissionsExt, net::UnixStream as StdUnixStream},
    },
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};
use tokio_util::either::Either;

/// People and probes need few.
const CONNECTIONS_MAX: usize = 64;
/// A connection on which nothing comes for so long is closed, so that nobody can hold them all.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// When the system has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound socket of either kind.
#[derive(Debug)]
pub(crate) struct AdminSocket {
    listener: Kind,
    slots: Arc<Semaphore>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp(SocketAddr),
    /// As the kernel knows them.
    Unix {
        uid: u32,
        pid: Option<i32>,
    },
    /// Gone before it could be asked for.
    Unknown,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { uid, pid: Some(pid) } => write!(f, "uid {uid} (pid {pid})"),
            Self::Unix { uid, pid: None } => write!(f, "uid {uid}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A bound admin address.
pub(crate) struct Bound {
    pub(crate) socket: AdminSocket,
    /// With the port the system chose.
    pub(crate) address: AdminAddress,
    /// A second handle, for a successor.
    pub(crate) handle: OwnedFd,
}

/// Binds the admin address, unless its socket was `inherited`.
pub(crate) fn bind(address: &AdminAddress, inherited: Option<OwnedFd>) -> Result<Bound, BindError> {
    const SETTING: &str = "admin.address";
    let failed = |error| BindError { address: address.to_string(), setting: SETTING.to_owned(), error };
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    match address {
        AdminAddress::Tcp(wanted) => {
            let socket = match inherited {
                Some(socket) => socket.into(),
                None => bind::tcp(SETTING, *wanted)?,
            };
            let bound: SocketAddr = socket.local_addr().unwrap_or(*wanted);
            let handle = socket.as_fd().try_clone_to_owned().map_err(failed)?;
            let listener = Kind::Tcp(TcpListener::from_std(socket).map_err(failed)?);
            Ok(Bound { socket: AdminSocket { listener, slots }, address: AdminAddress::Tcp(bound), handle })
        }
        AdminAddress::Unix(path) => {
            let socket = match inherited {
                Some(socket) => UnixListener::from_std(socket.into()),
                None => bind_unix(path),
            };
            let socket = socket.map_err(failed)?;
            let handle = socket.as_fd().try_clone_to_owned().map_err(failed)?;
            let listener = Kind::Unix(socket);
            Ok(Bound { socket: AdminSocket { listener, slots }, address: address.clone(), handle })
        }
    }
}

/// Binds a socket that only our user can use. A file left by a process that is gone is replaced.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let bound = UnixListener::bind(path).or_else(|error| match StdUnixStream::connect(path) {
        Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        _ => Err(error),
    })?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(bound)
}

impl axum::serve::Listener for AdminSocket {
    type Io = Connection;
    type Addr = Peer;

    async fn accept(&mut self) -> (Connection, Peer) {
        // The semaphore is never closed; without a slot there would merely be no bound.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        loop {
            let accepted = match &self.listener {
                Kind::Tcp(listener) => listener
                    .accept()
                    .await
                    .map(|(stream, address)| (Either::Left(stream), Peer::Tcp(address))),
                Kind::Unix(listener) => listener.accept().await.map(|(stream, _)| {
                    let peer = stream
                        .peer_cred()
                        .map_or(Peer::Unknown, |peer| Peer::Unix { uid: peer.uid(), pid: peer.pid() });
                    (Either::Right(stream), peer)
                }),
            };
            match accepted {
                Ok((stream, peer)) => return (Connection::new(stream, slot), peer),
                Err(error) => {
                    tracing::debug!(%error, "cannot accept an admin connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        match &self.listener {
            Kind::Tcp(listener) => listener.local_addr().map(Peer::Tcp),
            Kind::Unix(_) => Ok(Peer::Unknown),
        }
    }
}

impl Connected<IncomingStream<'_, AdminSocket>> for Peer {
    fn connect_info(stream: IncomingStream<'_, AdminSocket>) -> Self {
        *stream.remote_addr()
    }
}

/// A connection that ends after a long silence.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Either<TcpStream, UnixStream>,
    silent_until: Pin<Box<Sleep>>,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn new(stream: Either<TcpStream, UnixStream>, slot: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, silent_until: Box::pin(sleep(SILENCE_MAX)), _slot: slot }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.silent_until.as_mut().reset(Instant::now() + SILENCE_MAX);
            return read;
        }
        self.silent_until.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
