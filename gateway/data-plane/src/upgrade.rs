//! Replacing the running program by a new one without refusing a connection.
//!
//! The new program is started by the old one with a socket as its standard input. Over it come the listening sockets, each in a
//! message with its name; back goes one message, once the new program serves or has given up. Until then both may accept, and
//! the old one goes on if the new one fails.

mod predecessor;

pub(crate) use predecessor::Predecessor;

use crate::listener::Key;
use agw_config::config::AdminAddress;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    sockopt::{self, Timeout},
};
use std::{
    env, io,
    io::IoSlice,
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt as _,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Tells the new program that its standard input is such a socket.
const HANDOVER: (&str, &str) = ("AGW_HANDOVER", "stdin");
/// The last message of the old program.
const END: &[u8] = b"end";
/// The message of a new program that serves; any other says why it does not.
const READY: &[u8] = b"ready";
/// For the new program to read its configuration and begin to serve.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// For one message to be taken.
const MESSAGE_WITHIN: Duration = Duration::from_secs(10);
const MESSAGE_BYTES_MAX: usize = 4096;

/// Why the program was not replaced; it goes on.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// One is under way, or was done.
    #[error("an upgrade is already under way")]
    UnderWay,
    /// The new program could not be started, or not be talked to.
    #[error("cannot start the new program: {0}")]
    Start(#[from] io::Error),
    /// The new program said why it cannot serve.
    #[error("the new program gave up: {0}")]
    GaveUp(String),
    /// The new program ended without a word.
    #[error("the new program ended before it served: {0}")]
    Ended(String),
    /// The new program took too long; it was stopped.
    #[error("the new program did not serve within {} s and was stopped", READY_WITHIN.as_secs())]
    Late,
}

/// The name of a listener's socket.
pub(crate) fn listener_name(key: Key) -> String {
    format!("listener {} {}", key.address, key.nth)
}

/// The name of the admin server's socket.
pub(crate) fn admin_name(address: &AdminAddress) -> String {
    format!("admin {address}")
}

/// Starts the program anew, hands the sockets over and waits until it serves; returns its process id. Blocks.
///
/// # Errors
/// Why it does not serve.
pub(crate) fn hand_over(sockets: &[(String, OwnedFd)]) -> Result<u32, UpgradeError> {
    let (ours, theirs) = channel()?;
    let mut child = start(theirs)?;
    match talk(&ours, sockets) {
        Ok(word) if word == READY => Ok(child.id()),
        Ok(word) if !word.is_empty() => {
            reap(child);
            Err(UpgradeError::GaveUp(String::from_utf8_lossy(&word).into_owned()))
        }
        Ok(_) => {
            Err(UpgradeError::Ended(child.wait().map_or_else(|error| error.to_string(), |s| s.to_string())))
        }
        Err(error) => {
            // It may have ended by itself.
            let _ = child.kill();
            let ended = child.wait();
            match (error.kind(), ended) {
                (io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut, _) => Err(UpgradeError::Late),
                (_, Ok(status)) if status.code().is_some() => Err(UpgradeError::Ended(status.to_string())),
                _ => Err(error.into()),
            }
        }
    }
}

fn channel() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) =
        rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&ours, Timeout::Send, Some(MESSAGE_WITHIN))?;
    sockopt::set_socket_timeout(&ours, Timeout::Recv, Some(READY_WITHIN))?;
    sockopt::set_socket_timeout(&theirs, Timeout::Recv, Some(MESSAGE_WITHIN))?;
    Ok((ours, theirs))
}

/// The same program, as it is on the disk now, with the same arguments.
fn start(channel: OwnedFd) -> io::Result<Child> {
    let mut arguments = env::args_os();
    let mut command = Command::new(program()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments).env(HANDOVER.0, HANDOVER.1).stdin(Stdio::from(channel)).spawn()
}

/// Where the program lies. The system marks the path of a file that was replaced since.
fn program() -> io::Result<PathBuf> {
    let running = env::current_exe()?;
    let replaced = running.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    Ok(replaced.unwrap_or(running))
}

/// Sends the sockets and returns the answer; empty when there is none.
fn talk(channel: &OwnedFd, sockets: &[(String, OwnedFd)]) -> io::Result<Vec<u8>> {
    for (name, socket) in sockets {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = [socket.as_fd()];
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        rustix::net::sendmsg(channel, &[IoSlice::new(name.as_bytes())], &mut control, SendFlags::NOSIGNAL)?;
    }
    rustix::net::send(channel, END, SendFlags::NOSIGNAL)?;
    let mut answer = vec![0; MESSAGE_BYTES_MAX];
    let (bytes, _) = rustix::net::recv(channel, answer.as_mut_slice(), RecvFlags::empty())?;
    answer.truncate(bytes);
    Ok(answer)
}

/// A program that gave up ends at once; nobody needs its status.
fn reap(mut child: Child) {
    std::thread::spawn(move || child.wait());
}
