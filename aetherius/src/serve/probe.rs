//! Whether our own two processes answer. Asked over their Unix sockets: on the public port somebody else might.

use anyhow::bail;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

const EVERY: Duration = Duration::from_millis(20);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Waits until each path is answered with 200 on its socket.
pub(super) async fn ready(sockets: &[(&Path, &str)], timeout: Duration) -> anyhow::Result<()> {
    let started = Instant::now();
    for (socket, path) in sockets {
        while !matches!(tokio::time::timeout(ANSWER_TIMEOUT, answers(socket, path)).await, Ok(true)) {
            if started.elapsed() > timeout {
                bail!("not ready within {} s; the log above tells what is missing", timeout.as_secs())
            }
            tokio::time::sleep(EVERY).await;
        }
    }
    Ok(())
}

/// Where `listen` can be reached from this machine.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

async fn answers(socket: &Path, path: &str) -> bool {
    let exchange = async {
        let mut stream = UnixStream::connect(socket).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut status_line = [0; 12];
        stream.read_exact(&mut status_line).await?;
        Ok::<_, std::io::Error>(status_line)
    };
    exchange.await.is_ok_and(|status_line| &status_line == b"HTTP/1.1 200")
}
