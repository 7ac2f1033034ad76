//! Hearing a client out that goes on sending after our last word.
//!
//! Closing with unread bytes would reset the connection, and the client might never see the answer: many read it only once they
//! have sent all.

use std::{
    os::fd::AsFd,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{io::AsyncReadExt, net::TcpStream, runtime::Handle, time::timeout};

/// For how long, and for how many bytes.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_BYTES_MAX: usize = 64 << 20;
/// As many such connections at one time; beyond that they are reset.
const LINGERING_MAX: usize = 1024;
static LINGERING: AtomicUsize = AtomicUsize::new(0);

/// Keeps the connection for a while if its client is still sending, or was when we last looked (`unread`).
pub(super) fn with(tcp: &TcpStream, unread: bool) {
    let Ok(runtime) = Handle::try_current() else { return };
    if let Some(tcp) = still_sending(tcp, unread) {
        LINGERING.fetch_add(1, Ordering::Relaxed);
        runtime.spawn(async move {
            // Whether the client has finished or the time is over, the connection is dropped now.
            let _ = timeout(LINGER, read_out(tcp)).await;
            LINGERING.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// A second handle on a connection whose client is still sending; `None` for all others.
fn still_sending(tcp: &TcpStream, unread: bool) -> Option<TcpStream> {
    let unread = unread || matches!(tcp.try_read(&mut [0; 1]), Ok(1));
    if !unread || LINGERING.load(Ordering::Relaxed) >= LINGERING_MAX {
        return None;
    }
    let second = std::net::TcpStream::from(tcp.as_fd().try_clone_to_owned().ok()?);
    second.shutdown(std::net::Shutdown::Write).ok()?;
    TcpStream::from_std(second).ok()
}

async fn read_out(mut tcp: TcpStream) {
    let mut left = LINGER_BYTES_MAX;
    let mut scratch = [0; 4096];
    while left > 0 {
        match tcp.read(&mut scratch).await {
            Ok(0) | Err(_) => break,
            Ok(bytes) => left = left.saturating_sub(bytes),
        }
    }
}
