//! How WebSockets end, and what is said of it.

use super::{
    PAGE, start,
    wire::{Endpoint, close_code, expect, frame, logged, masked, rest},
};
use crate::{
    docs,
    support::{Setup, until},
};
use std::{future::Future, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

/// Longer than any time of the tests, shorter than their patience.
async fn in_time<T>(waiting: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(15), waiting).await.expect("in time")
}

/// The route of the documentation.
async fn documented(address: &str) -> Setup {
    let yaml = docs::yaml(PAGE, 0)
        .replace("127.0.0.1:3000", address)
        .replace("120000", "1500")
        .replace("30000", "1000");
    Setup::start(tempfile::tempdir().unwrap(), &format!("{yaml}access_log: {{to: access.log}}\n")).await
}

async fn ended(setup: &Setup) -> String {
    logged(setup, 1).await[0]["ended"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_log_has_the_bytes_and_the_way_it_ended() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    let (said, answered) = (masked(0x81, &[b'x'; 300]), frame(0x81, &[b'y'; 70_000]));
    client.write_all(&said).await.unwrap();
    expect(&mut origin, &said).await;
    origin.write_all(&answered).await.unwrap();
    expect(&mut client, &answered).await;
    client.write_all(&masked(0x88, &[3, 232])).await.unwrap();
    expect(&mut origin, &masked(0x88, &[3, 232])).await;
    origin.write_all(&frame(0x88, &[3, 232])).await.unwrap();
    drop(origin);
    assert_eq!(rest(&mut client).await, frame(0x88, &[3, 232]));
    drop(client);
    let line = logged(&setup, 1).await.remove(0);
    assert_eq!((line["status"].as_u64(), line["ended"].as_str()), (Some(101), Some("closed")));
    assert_eq!(line["bytes_in"].as_u64(), Some(said.len() as u64 + 8));
    assert_eq!(line["bytes_out"].as_u64(), Some(answered.len() as u64 + 4));
    assert_eq!((line["route"].as_str(), line["path"].as_str()), (Some("r"), Some("/ws")));
    until(|| setup.gateway.cluster_status()[0].endpoints[0].connections == 0).await;
}

#[tokio::test]
async fn an_endpoint_that_dies_within_a_message_ends_it_for_the_client() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    origin.write_all(&frame(0x81, b"half of it")[..7]).await.unwrap();
    drop(origin);
    assert_eq!(rest(&mut client).await, frame(0x81, b"half of it")[..7], "and no frame of ours within it");
    drop(client);
    assert_eq!(ended(&setup).await, "broken");
}

#[tokio::test]
async fn a_connection_that_is_reset_is_the_end_of_both() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", "").await;
    let reset = |stream: &TcpStream| {
        // What lies unread makes closing a reset.
        socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
    };
    let (client, mut origin) = endpoint.open(&setup).await;
    reset(&client);
    drop(client);
    assert_eq!(rest(&mut origin).await, b"");
    drop(origin);
    let (mut client, origin) = endpoint.open(&setup).await;
    reset(&origin);
    drop(origin);
    assert_eq!(rest(&mut client).await, b"");
    drop(client);
    let lines = logged(&setup, 2).await;
    assert!(lines.iter().all(|line| line["ended"] == "broken"), "{lines:?}");
    until(|| setup.gateway.cluster_status()[0].endpoints[0].connections == 0).await;
}

#[tokio::test]
async fn silence_ends_it_with_a_word_for_both() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", ", websocket_idle_timeout_ms: 1000").await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    let (down, up) = in_time(async { tokio::join!(rest(&mut client), rest(&mut origin)) }).await;
    assert_eq!((close_code(&down), close_code(&up)), (1001, 1001));
    drop((client, origin));
    assert_eq!(ended(&setup).await, "idle");
}

#[tokio::test]
async fn who_answers_pings_stays_until_nobody_says_anything() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = documented(&address).await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    in_time(async {
        for _ in 0..2 {
            expect(&mut client, &[0x89, 0]).await;
            client.write_all(&masked(0x8a, b"")).await.unwrap();
            expect(&mut origin, &masked(0x8a, b"")).await;
            origin.write_all(&frame(0x81, b"still there")).await.unwrap();
            expect(&mut client, &frame(0x81, b"still there")).await;
        }
        expect(&mut client, &[0x89, 0]).await;
        client.write_all(&masked(0x8a, b"")).await.unwrap();
        expect(&mut origin, &masked(0x8a, b"")).await;
        let (down, up) = tokio::join!(rest(&mut client), rest(&mut origin));
        assert_eq!((close_code(&down), close_code(&up)), (1001, 1001), "pongs are silence");
    })
    .await;
    drop((client, origin));
    assert_eq!(ended(&setup).await, "idle");
}

#[tokio::test]
async fn who_answers_no_pings_is_given_up() {
    let (endpoint, address) = Endpoint::bind().await;
    let setup = start(&address, "", ", websocket_ping_ms: 1000").await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    let (down, up) = in_time(async { tokio::join!(rest(&mut client), rest(&mut origin)) }).await;
    assert_eq!(down[..4], [0x89, 0, 0x89, 0]);
    assert_eq!((close_code(&down[4..]), close_code(&up)), (1001, 1001));
    drop((client, origin));
    assert_eq!(ended(&setup).await, "lost");
}

#[tokio::test]
async fn before_the_end_of_a_drain_both_sides_are_told() {
    let (endpoint, address) = Endpoint::bind().await;
    let yaml = format!(
        "drain_ms: 1600\naccess_log: {{to: access.log}}\nproxy_routes: [{{path: /, target: 'http://{address}'}}]\n"
    );
    let setup = Setup::start(tempfile::tempdir().unwrap(), &yaml).await;
    let (mut client, mut origin) = endpoint.open(&setup).await;
    let (mut half_client, mut half_origin) = endpoint.open(&setup).await;
    half_origin.write_all(&frame(0x81, b"half")[..3]).await.unwrap();
    expect(&mut half_client, &frame(0x81, b"half")[..3]).await;
    let Setup { gateway, dir } = setup;
    let draining = tokio::spawn(gateway.drain());
    // There is time to go on, and to finish.
    client.write_all(&masked(0x81, b"x")).await.unwrap();
    expect(&mut origin, &masked(0x81, b"x")).await;
    let (down, up) = in_time(async { tokio::join!(rest(&mut client), rest(&mut origin)) }).await;
    assert_eq!((close_code(&down), close_code(&up)), (1001, 1001));
    assert_eq!(rest(&mut half_client).await, b"", "no frame within another");
    assert_eq!(close_code(&rest(&mut half_origin).await), 1001);
    drop((client, origin, half_client, half_origin));
    in_time(draining).await.unwrap();
    let log = std::fs::read_to_string(dir.path().join("access.log")).unwrap();
    assert_eq!(log.matches("\"ended\":\"drained\"").count(), 2, "{log}");
}
