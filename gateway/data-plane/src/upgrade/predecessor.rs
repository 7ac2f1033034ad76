//! The program that started this one to be replaced by it.

use super::{END, HANDOVER, MESSAGE_BYTES_MAX, READY};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags};
use std::{
    env, fs, io,
    io::IoSliceMut,
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
};

/// More than any configuration has listeners.
const SOCKETS_MAX: usize = 4096;

/// Holds what it handed over, and waits for a word.
#[derive(Debug)]
pub(crate) struct Predecessor {
    channel: OwnedFd,
    sockets: Vec<(String, OwnedFd)>,
}

impl Predecessor {
    /// Takes over what the one that started us hands over; `None` when nobody does. Blocks.
    ///
    /// # Errors
    /// When it does not do as it should.
    pub(crate) fn find() -> io::Result<Option<Self>> {
        if env::var(HANDOVER.0).as_deref() != Ok(HANDOVER.1) {
            return Ok(None);
        }
        let channel = io::stdin().as_fd().try_clone_to_owned()?;
        rustix::stdio::dup2_stdin(fs::File::open("/dev/null")?)?;
        let mut sockets = Vec::new();
        while let Some(socket) = receive(&channel)? {
            if sockets.len() == SOCKETS_MAX {
                return Err(io::Error::other("too many sockets"));
            }
            sockets.push(socket);
        }
        Ok(Some(Self { channel, sockets }))
    }

    /// The socket of this name.
    pub(crate) fn take(&mut self, name: &str) -> Option<OwnedFd> {
        let at = self.sockets.iter().position(|(other, _)| other == name)?;
        Some(self.sockets.swap_remove(at).1)
    }

    /// It may stop now.
    pub(crate) fn relieve(self) -> io::Result<()> {
        Ok(rustix::net::send(&self.channel, READY, SendFlags::NOSIGNAL).map(|_| ())?)
    }

    /// It is to go on.
    pub(crate) fn leave(self, why: &str) {
        let end = why.floor_char_boundary(MESSAGE_BYTES_MAX);
        // If it is gone, there is nobody to go on.
        let _ = rustix::net::send(&self.channel, &why.as_bytes()[..end], SendFlags::NOSIGNAL);
    }
}

/// One socket with its name; `None` after the last.
fn receive(channel: &OwnedFd) -> io::Result<Option<(String, OwnedFd)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut name = vec![0; MESSAGE_BYTES_MAX];
    let received = rustix::net::recvmsg(
        channel,
        &mut [IoSliceMut::new(&mut name)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    name.truncate(received.bytes);
    if name == END {
        return Ok(None);
    }
    let socket = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    match (String::from_utf8(name), socket) {
        (Ok(name), Some(socket)) => Ok(Some((name, socket))),
        _ => Err(io::Error::other("the program to be replaced broke off")),
    }
}
