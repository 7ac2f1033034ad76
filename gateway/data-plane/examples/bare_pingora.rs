//! Pingora with nothing around it, for the benchmarks: `bare_pingora LISTEN ORIGIN THREADS`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a tool for measuring")]

use async_trait::async_trait;
use pingora_core::{
    server::{Server, configuration::ServerConf},
    upstreams::peer::HttpPeer,
};
use pingora_error::Result;
use pingora_proxy::{ProxyHttp, Session, http_proxy_service};
use std::net::SocketAddr;

struct Bare {
    origin: SocketAddr,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _session: &mut Session, _ctx: &mut ()) -> Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.origin, false, String::new())))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, listen, origin, threads] = arguments.as_slice() else {
        panic!("usage: bare_pingora LISTEN ORIGIN THREADS")
    };
    let threads = threads.parse().expect("a number of threads");
    let conf = ServerConf { threads, upstream_keepalive_pool_size: 128, ..ServerConf::default() };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let origin = origin.parse().expect("the origin's address");
    let mut proxy = http_proxy_service(&server.configuration, Bare { origin });
    proxy.add_tcp(listen);
    server.add_service(proxy);
    server.run_forever();
}
