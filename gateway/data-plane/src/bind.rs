//! Taking an address, and saying clearly why it cannot be taken.

use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

/// Connections the kernel holds for us while we are busy.
const BACKLOG: i32 = 1024;

/// Binds a TCP address; the socket does not block. `setting` is where a person would change it.
pub(crate) fn tcp(setting: &str, address: SocketAddr) -> Result<TcpListener, BindError> {
    let open = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(TcpListener::from(socket))
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
