//! Telling the service manager which process serves (`sd_notify(3)`).

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
};

/// Says that this process is the service's main one and serves. Does nothing where nobody asked to be told.
pub(crate) fn serving() {
    let Ok(path) = env::var("NOTIFY_SOCKET") else { return };
    let word = format!("MAINPID={}\nREADY=1\n", std::process::id());
    if let Err(error) = send(&path, &word) {
        tracing::warn!(%error, "cannot tell the service manager that the gateway serves");
    }
}

fn send(path: &str, word: &str) -> io::Result<()> {
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(word.as_bytes(), &address).map(|_| ())
}
