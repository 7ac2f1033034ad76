//! What stands behind the proxies: nginx for requests, a small server of our own for WebSockets.

use super::{proxy::wait_until_open, wrk::BODY_BYTES};
use anyhow::Context;
use std::{
    fs,
    net::{Ipv4Addr, TcpListener as StdListener},
    path::Path,
    process::Stdio,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

/// Origins that run until dropped.
pub(crate) struct Origin {
    pub(crate) port: u16,
    pub(crate) websocket_port: u16,
    _nginx: Child,
}

/// Starts both.
pub(crate) async fn start(folder: &Path) -> anyhow::Result<Origin> {
    let folder = folder.join("origin");
    fs::create_dir_all(folder.join("www"))?;
    fs::write(folder.join("www/bodies"), "y".repeat(BODY_BYTES))?;
    let port = free_port()?;
    let config = folder.join("nginx.conf");
    fs::write(&config, configuration(&folder, port))?;
    let nginx = Command::new("taskset")
        .args(["-c", "1", "nginx", "-e", "stderr", "-p"])
        .arg(&folder)
        .arg("-c")
        .arg(&config)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start nginx; install it (apt install nginx-light wrk haproxy)")?;
    wait_until_open(port).await.context("the origin did not start")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let websocket_port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(upgrade(stream));
        }
    });
    Ok(Origin { port, websocket_port, _nginx: nginx })
}

/// A static file is answered to POST as well, which nginx only does by way of an error page.
fn configuration(folder: &Path, port: u16) -> String {
    let www = folder.join("www");
    format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {pid};\nevents {{ worker_connections 8192; }}\n\
         http {{\n  access_log off;\n  keepalive_requests 1000000000;\n  client_body_buffer_size 64k;\n  open_file_cache max=10;\n\
         \x20 client_body_temp_path {temp}; proxy_temp_path {temp}; fastcgi_temp_path {temp}; uwsgi_temp_path {temp}; scgi_temp_path {temp};\n\
         \x20 server {{\n    listen 127.0.0.1:{port} backlog=4096;\n\
         \x20   location = /bodies {{ root {www}; error_page 405 =200 $uri; }}\n\
         \x20   location / {{ return 200 \"hello\\n\"; }}\n  }}\n}}\n",
        pid = folder.join("nginx.pid").display(),
        temp = folder.join("temp").display(),
        www = www.display(),
    )
}

/// Answers the handshake as RFC 6455 asks, then waits for the other side to leave.
async fn upgrade(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let key = text.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    let answer = match key {
        Some(key) => format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            super::idle::accept_of(&key)
        ),
        None => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(),
    };
    if stream.write_all(answer.as_bytes()).await.is_err() {
        return;
    }
    let mut ignored = [0; 64];
    while stream.read(&mut ignored).await.unwrap_or(0) > 0 {}
}

pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener.local_addr()?.port())
}
