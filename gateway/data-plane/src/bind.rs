//! Taking an address, and saying clearly why it cannot be taken.

use std::{io, net::SocketAddr};
use tokio::net::{TcpListener, TcpSocket};

/// Connections the kernel holds for us while we are busy.
const BACKLOG: u32 = 1024;

/// Binds a TCP address. `setting` is where a person would change it.
pub(crate) fn tcp(setting: &str, address: SocketAddr) -> Result<TcpListener, BindError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|error| BindError { address: address.to_string(), setting: setting.to_owned(), error })
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", advice(.error, .setting))]
pub struct BindError {
    /// The address.
    pub address: String,
    /// Where it was configured.
    pub setting: String,
    /// Why not.
    pub error: io::Error,
}

fn advice(error: &io::Error, setting: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "the port is in use by another program; stop that program, or choose another address ({setting})"
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "permission denied; choose another address ({setting}), ports below 1024 need a right of their own"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("this machine does not have that address; choose another ({setting})")
        }
        _ => format!("{error}; choose another address ({setting})"),
    }
}
