//! Listeners come, change and go while the gateway runs.

use crate::{
    streams,
    support::{DEADLINE, Origin, Setup, write_config},
    wire::{answer, http2},
};
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const ROUTE: &str = "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]\n";

/// An address nobody listens on.
fn free() -> SocketAddr {
    StdTcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn listeners(each: &[String]) -> String {
    format!("listeners: [{}]\n{ROUTE}", each.join(", "))
}

fn at(address: SocketAddr) -> String {
    format!("{{address: '{address}'}}")
}

async fn get(address: SocketAddr) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
    answer(&mut client).await
}

#[tokio::test]
async fn a_reload_adds_and_removes_listeners_and_open_streams_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let (first, second) = (free(), free());
    let setup = Setup::start(dir, &listeners(&[at(first)])).await;
    let mut websocket = streams::open(&setup).await;
    let mut idle = TcpStream::connect(first).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(answer(&mut idle).await.contains("Connection: keep-alive"));
    let mut busy = TcpStream::connect(first).await.unwrap();
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    origin.arrived(3).await;

    write_config(&setup.dir, &listeners(&[at(first), at(second)]));
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.gateway.addresses(), [first, second]);
    assert!(get(first).await.starts_with("HTTP/1.1 200") && get(second).await.starts_with("HTTP/1.1 200"));

    write_config(&setup.dir, &listeners(&[at(second)]));
    setup.gateway.reload().await.unwrap();
    assert!(TcpStream::connect(first).await.is_err(), "a removed one refuses at once");
    assert!(timeout(DEADLINE, idle.read_u8()).await.unwrap().is_err(), "idle connections end");
    origin.release();
    let answered = answer(&mut busy).await;
    assert!(answered.starts_with("HTTP/1.1 200") && answered.contains("Connection: close"), "{answered}");
    websocket.write_all(b"still there").await.unwrap();
    let mut echo = [0; 11];
    timeout(DEADLINE, websocket.read_exact(&mut echo)).await.unwrap().unwrap();
    assert_eq!(&echo, b"still there");

    write_config(&setup.dir, &listeners(&[at(second), at(first)]));
    setup.gateway.reload().await.unwrap();
    assert!(get(first).await.starts_with("HTTP/1.1 200"), "it may come back");
}

#[tokio::test]
async fn an_idle_connection_of_a_removed_listener_gets_one_last_answer() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let (first, second) = (free(), free());
    let setup = Setup::start(dir, &listeners(&[at(first), at(second)])).await;
    let mut client = TcpStream::connect(first).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    answer(&mut client).await;
    write_config(&setup.dir, &listeners(&[at(second)]));
    setup.gateway.reload().await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let last = answer(&mut client).await;
    assert!(last.starts_with("HTTP/1.1 200") && last.contains("Connection: close"), "{last}");
}

#[tokio::test]
async fn an_address_that_cannot_be_bound_changes_nothing_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let (first, second) = (free(), free());
    let setup = Setup::start(dir, &listeners(&[at(first)])).await;
    let taken = StdTcpListener::bind("127.0.0.1:0").unwrap();
    let wanted = [at(second), at(taken.local_addr().unwrap())];
    write_config(&setup.dir, &(listeners(&wanted) + "drain_ms: 1\n"));
    let refused = setup.admin("POST /reload-config").await;
    assert_eq!(refused.problem(), (400, "invalid_config".to_owned()));
    assert!(refused.body().contains("listeners[1].address: "), "{}", refused.0);
    assert_eq!(setup.gateway.addresses(), [first]);
    assert!(get(first).await.starts_with("HTTP/1.1 200"));
    assert!(TcpStream::connect(second).await.is_err());
}

#[tokio::test]
async fn changed_terms_are_those_of_new_connections_on_the_same_socket() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = |terms: &str| format!("listeners: [{{address: '127.0.0.1:0', {terms}}}]\n{ROUTE}");
    let setup = Setup::start(dir, &yaml("idle_timeout_ms: 60000")).await;
    let address = setup.address();
    let mut before = TcpStream::connect(address).await.unwrap();
    before.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    answer(&mut before).await;

    write_config(&setup.dir, &yaml("idle_timeout_ms: 100, http2: false"));
    setup.gateway.reload().await.unwrap();
    assert_eq!(setup.address(), address, "also with a port the system chose");
    let mut after = TcpStream::connect(address).await.unwrap();
    assert!(timeout(DEADLINE, after.read_u8()).await.unwrap().is_err());
    before.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(answer(&mut before).await.starts_with("HTTP/1.1 200"));

    write_config(&setup.dir, &yaml("http2: true"));
    setup.gateway.reload().await.unwrap();
    assert_eq!(http2(TcpStream::connect(address).await.unwrap(), &["/"]).await, [200]);
}

#[tokio::test]
async fn the_documented_listeners_and_workers_work() {
    let dir = tempfile::tempdir().unwrap();
    let (_origin, origin) = Origin::tcp("o").await;
    let blocks: Vec<String> = yaml_blocks(include_str!("../../../../docs/gateway/listeners.md"));
    assert_eq!(blocks.len(), 3);
    let mut dir = Some(dir);
    for block in [&blocks[0], &blocks[2]] {
        let yaml = block
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("127.0.0.1:8081", "127.0.0.1:0")
            .replace("127.0.0.1:3000", &origin);
        let setup = Setup::start(dir.take().unwrap(), &yaml).await;
        for address in setup.gateway.addresses() {
            assert!(get(address).await.starts_with("HTTP/1.1 200"), "{block}");
        }
        timeout(DEADLINE, setup.gateway.drain()).await.unwrap();
        dir = Some(setup.dir);
    }
}

/// What stands between fences that begin with `yaml`.
pub(crate) fn yaml_blocks(text: &str) -> Vec<String> {
    let fenced = text.split("```yaml").skip(1);
    fenced.map(|block| block.split_once('\n').unwrap().1.split("```").next().unwrap().to_owned()).collect()
}
