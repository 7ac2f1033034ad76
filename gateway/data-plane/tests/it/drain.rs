//! Stopping without losing what was begun.

use crate::{
    streams,
    support::{DEADLINE, Origin, Setup},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

#[tokio::test]
async fn a_request_in_flight_is_finished_and_no_new_one_begun() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]").await;
    let address = setup.address();
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    origin.arrived(1).await;

    let draining = tokio::spawn(setup.gateway.drain());
    let closed = timeout(DEADLINE, idle.read_u8()).await.unwrap();
    assert!(closed.is_err(), "an idle connection is ended");
    assert!(TcpStream::connect(address).await.is_err(), "nobody is accepted any more");
    assert!(!draining.is_finished());

    origin.release();
    let mut answer = String::new();
    timeout(DEADLINE, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\no"), "{answer}");
    assert!(answer.contains("Connection: close"), "{answer}");
    timeout(DEADLINE, draining).await.expect("the drain ends with the last request").unwrap();
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let rest = "drain_ms: 100\nproxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]";
    let setup = Setup::start(dir, rest).await;
    let mut socket = streams::open(&setup).await;
    timeout(DEADLINE, setup.gateway.drain()).await.expect("a drain has a deadline");
    let mut last = Vec::new();
    timeout(DEADLINE, socket.read_to_end(&mut last)).await.unwrap().unwrap();
    assert!(last.starts_with(&[0x88]), "a close frame: {last:x?}");
}
