//! Listening on a Unix socket (one machine) or an address (split).

use axum::Router;
use foundation::shutdown::Shutdown;
use std::{
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tokio::net::{TcpListener, UnixListener};

/// Serves `router` on a Unix socket that only this user may open, until a stop is asked for and what was begun is answered.
///
/// # Errors
/// When the socket cannot be bound.
pub async fn unix(router: Router, socket: PathBuf, shutdown: Shutdown) -> io::Result<()> {
    let listener = bind(&socket)?;
    axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.requested().await }).await?;
    // The socket's file is ours alone; a next start removes it too.
    let _ = std::fs::remove_file(&socket);
    Ok(())
}

/// Serves `router` on an address, for callers in other processes, as [`unix`] does.
///
/// # Errors
/// When the address cannot be bound.
pub async fn tcp(router: Router, address: std::net::SocketAddr, shutdown: Shutdown) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.requested().await }).await
}

fn bind(socket: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
