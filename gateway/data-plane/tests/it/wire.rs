//! HTTP/1 connections and HTTP/2 ones: what is read, in which order, and for how long it is waited for.

use crate::support::{Answer, DEADLINE, Origin, Setup, header, until, write_config};
use bytes::Bytes;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const ROUTE: &str = "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]\n";

async fn start(listener: &str, rest: &str) -> (Setup, Origin) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = format!("listeners: [{{address: '127.0.0.1:0', {listener}}}]\n{rest}\n{ROUTE}");
    (Setup::start(dir, &yaml).await, origin)
}

/// Reads one answer of the origin `o`.
pub(crate) async fn answer(client: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let whole = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length: usize = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
        (body.len() >= length).then_some(())
    };
    while whole(&bytes).is_none() {
        match timeout(DEADLINE, client.read_u8()).await.expect("an answer in time") {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn rest(client: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    timeout(DEADLINE, client.read_to_end(&mut bytes)).await.expect("an end in time").unwrap();
    Answer(String::from_utf8(bytes).unwrap())
}

/// Waits until the metrics have this line.
async fn metric(setup: &Setup, line: &str) {
    let there = async {
        while !setup.admin("GET /metrics").await.body().lines().any(|other| other == line) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, there).await.unwrap_or_else(|_| panic!("{line} in time"));
}

#[tokio::test]
async fn requests_that_arrive_together_are_answered_in_order_and_reach_the_origin_each_as_one() {
    let (setup, origin) = start("", "").await;
    let requests = [
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "GET /none HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        "POST /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n",
        "GET /5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    ];
    let all = requests.concat();
    for cut in [all.len(), 1, 7, 64] {
        let before = origin.requests().len();
        let mut client = TcpStream::connect(setup.address()).await.unwrap();
        client.set_nodelay(true).unwrap();
        let (mut read, mut write) = client.split();
        let send = async {
            for part in all.as_bytes().chunks(cut) {
                write.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let mut answers = String::new();
        let receive = timeout(DEADLINE, read.read_to_string(&mut answers));
        let ((), received) = tokio::join!(send, receive);
        received.expect("every answer in time").unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), requests.len(), "{cut}: {answers}");
        let seen = origin.requests().split_off(before);
        let paths: Vec<&str> = seen.iter().map(|r| r.split(' ').nth(1).unwrap()).collect();
        assert_eq!(paths, ["/1", "/2", "/none", "/3", "/4", "/5"]);
        assert!(seen[1].ends_with("\r\n\r\nhello"), "{}", seen[1]);
        assert!(seen[3].contains("abc") && seen[3].ends_with("0\r\n\r\n"), "{}", seen[3]);
    }
}

#[tokio::test]
async fn a_request_that_arrives_while_another_is_served_waits_for_its_turn() {
    let (setup, origin) = start("", "").await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    origin.arrived(1).await;
    client.write_all(b"GET /second HTTP/1.1\r\nHost: h\r\n\r\nGET /third HT").await.unwrap();
    // The second must have been read by the time the first is answered.
    sleep(Duration::from_millis(50)).await;
    origin.release();
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 200 OK"));
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 200 OK"));
    client.write_all(b"TP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_with_it() {
    let (setup, origin) = start("", "").await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    origin.arrived(1).await;
    drop(client);
    // Before the upstream answers.
    metric(&setup, &format!("agw_connections{{listener=\"{}\"}} 0", setup.address())).await;
}

#[tokio::test]
async fn a_head_must_be_there_in_time_however_slowly_it_comes() {
    let (setup, origin) = start("head_timeout_ms: 300, idle_timeout_ms: 60000", "").await;
    let mut silent = TcpStream::connect(setup.address()).await.unwrap();
    silent.write_all(b"GET / HT").await.unwrap();
    let began = Instant::now();
    let mut dripping = TcpStream::connect(setup.address()).await.unwrap();
    let (mut read, mut write) = dripping.split();
    let drip = async {
        for byte in "GET / HTTP/1.1\r\nHost: h\r\nX: ".bytes().chain(std::iter::repeat(b'x')) {
            if write.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        () = drip => {}
        read = timeout(DEADLINE, read.read_to_end(&mut bytes)) => { read.unwrap().unwrap(); }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let told = Answer(String::from_utf8(bytes).unwrap());
    assert_eq!(told.problem(), (408, "request_timeout".to_owned()));
    assert_eq!(told.header("connection"), Some("close"));
    assert_eq!(rest(&mut silent).await.problem(), (408, "request_timeout".to_owned()));
    assert_eq!(origin.requests().len(), 0);
    let metrics = setup.admin("GET /metrics").await;
    assert!(metrics.0.contains(r#"agw_requests_total{route="",status="client_error"} 2"#), "{}", metrics.0);
}

#[tokio::test]
async fn connections_without_a_request_end_silently() {
    let (setup, _origin) = start("idle_timeout_ms: 200", "").await;
    let mut fresh = TcpStream::connect(setup.address()).await.unwrap();
    let mut used = TcpStream::connect(setup.address()).await.unwrap();
    used.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(answer(&mut used).await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(rest(&mut fresh).await.0, "");
    assert_eq!(rest(&mut used).await.0, "");
}

#[tokio::test]
async fn a_head_has_a_size() {
    let (setup, origin) = start("head_bytes_max: 2048", "").await;
    let fits = format!("X: {}", "x".repeat(1500));
    assert_eq!(setup.send("GET /", &[&fits], "").await.status(), 200);
    let large = format!("X: {}", "x".repeat(3000));
    assert_eq!(setup.send("GET /", &[&large], "").await.problem(), (400, "bad_framing".to_owned()));
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(1 << 20));
    assert_eq!(setup.raw(endless.as_bytes()).await.status(), 400, "without an end, too");
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn what_the_engine_refuses_by_itself_is_answered_and_counted_like_the_rest() {
    let (setup, origin) = start("", "").await;
    for bytes in [
        &b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"[..],
        b"GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /\x7f\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let told = setup.raw(bytes).await;
        let (status, _) = told.problem();
        assert!((400..500).contains(&status), "{}", told.0);
    }
    assert_eq!(origin.requests().len(), 0);
    metric(&setup, r#"agw_requests_total{route="",status="client_error"} 3"#).await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_and_a_reload_lets_them_in() {
    let (setup, _origin) = start("", "connections_max: 2").await;
    let address = setup.address();
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        assert!(answer(&mut client).await.starts_with("HTTP/1.1 200"));
        open.push(client);
    }
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(timeout(Duration::from_millis(200), third.read_u8()).await.is_err(), "it waits");
    open.pop();
    assert!(answer(&mut third).await.starts_with("HTTP/1.1 200"), "until one ends");

    let mut fourth = TcpStream::connect(address).await.unwrap();
    fourth.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert!(timeout(Duration::from_millis(200), fourth.read_u8()).await.is_err());
    write_config(
        &setup.dir,
        &format!("listeners: [{{address: '127.0.0.1:0'}}]\nconnections_max: 3\n{ROUTE}"),
    );
    setup.gateway.reload().await.unwrap();
    assert!(answer(&mut fourth).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn any_number_of_workers_serves_alike() {
    for setting in ["workers: 1", "workers: 3", "workers: 2\nupstream_pools: shared"] {
        let (setup, origin) = start("", setting).await;
        let mut clients = Vec::new();
        for _ in 0..7 {
            clients.push(TcpStream::connect(setup.address()).await.unwrap());
        }
        for _ in 0..3 {
            for client in &mut clients {
                client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
            }
            for client in &mut clients {
                assert!(answer(client).await.starts_with("HTTP/1.1 200"), "{setting}");
            }
        }
        assert_eq!(origin.requests().len(), 21);
        drop(clients);
        timeout(DEADLINE, setup.gateway.drain()).await.expect("every worker ends");
    }
}

#[tokio::test]
async fn a_limit_counts_over_all_workers() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = "workers: 4
clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: o, rate_limit: {requests: 3, per: hour, key: client_ip}}]
";
    let setup = Setup::start(dir, yaml).await;
    let mut passed = 0;
    for _ in 0..8 {
        passed += u32::from(setup.get("/").await.status() == 200);
    }
    assert_eq!(passed, 3);
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_and_nobody_else() {
    for (trusted, forwarded, expected, scheme) in [
        ("", "1.1.1.1", "127.0.0.1", "http"),
        ("trusted_proxies: [10.0.0.0/8]", "1.1.1.1", "127.0.0.1", "http"),
        ("trusted_proxies: [127.0.0.1]", "6.6.6.6, 1.1.1.1", "1.1.1.1, 127.0.0.1", "https"),
        ("trusted_proxies: [127.0.0.0/8]", "1.1.1.1, 127.0.0.9", "1.1.1.1, 127.0.0.9, 127.0.0.1", "https"),
    ] {
        let (setup, origin) = start(trusted, "").await;
        let forwarded = format!("X-Forwarded-For: {forwarded}");
        setup.send("GET /", &[&forwarded, "X-Forwarded-Proto: https"], "").await;
        let seen = origin.last();
        assert_eq!(header(&seen, "x-forwarded-for"), Some(expected), "{trusted}");
        assert_eq!(header(&seen, "x-forwarded-proto"), Some(scheme), "{trusted}");
    }
}

#[tokio::test]
async fn who_is_not_admitted_cannot_connect() {
    let (setup, origin) = start("ip: {deny: [127.0.0.0/8]}", "").await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    let _ = client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(matches!(timeout(DEADLINE, client.read_u8()).await, Ok(Err(_))));
    assert_eq!(origin.requests().len(), 0);
}

/// Sends GET requests over one HTTP/2 connection; returns their statuses.
pub(crate) async fn http2(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    paths: &[&str],
) -> Vec<u16> {
    let (mut send, connection) = h2::client::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let mut answers = Vec::new();
    for path in paths {
        let request = http::Request::get(format!("http://gateway.test{path}")).body(()).unwrap();
        send = send.ready().await.unwrap();
        answers.push(send.send_request(request, true).unwrap().0);
    }
    let mut statuses = Vec::new();
    for answer in answers {
        let answer = timeout(DEADLINE, answer).await.unwrap().unwrap();
        statuses.push(answer.status().as_u16());
        let mut body = answer.into_body();
        while let Some(chunk) = body.data().await {
            let chunk: Bytes = chunk.unwrap();
            body.flow_control().release_capacity(chunk.len()).unwrap();
        }
    }
    statuses
}

#[tokio::test]
async fn http2_is_told_by_its_first_bytes() {
    let (setup, origin) = start("", "").await;
    let tcp = TcpStream::connect(setup.address()).await.unwrap();
    assert_eq!(http2(tcp, &["/1", "/2", "/3"]).await, [200, 200, 200]);
    assert_eq!(origin.requests().len(), 3);
    assert_eq!(header(&origin.last(), "x-forwarded-for"), Some("127.0.0.1"));

    let (without, _origin) = start("http2: false", "").await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(without.raw(preface).await.problem(), (400, "bad_framing".to_owned()));
}

#[tokio::test]
async fn http2_connections_that_do_not_begin_or_go_on_end() {
    let (setup, _origin) = start("head_timeout_ms: 200, idle_timeout_ms: 300", "").await;
    let mut half = TcpStream::connect(setup.address()).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0\r\n\r\nSM").await.unwrap();
    assert_eq!(rest(&mut half).await.problem(), (408, "request_timeout".to_owned()));
    half = TcpStream::connect(setup.address()).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0\r\n\r\nSM").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    half.write_all(b"!").await.unwrap();
    assert_eq!(rest(&mut half).await.problem(), (400, "bad_framing".to_owned()));

    let idle = TcpStream::connect(setup.address()).await.unwrap();
    let (mut send, connection) = h2::client::handshake(idle).await.unwrap();
    let request = http::Request::get("http://gateway.test/").body(()).unwrap();
    let (answer, _) = send.send_request(request, true).unwrap();
    let done = tokio::spawn(connection);
    assert_eq!(timeout(DEADLINE, answer).await.unwrap().unwrap().status(), 200);
    until(|| done.is_finished()).await;
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_left() {
    let dir: TempDir = tempfile::tempdir().unwrap();
    let origin = tokio::net::UnixListener::bind(dir.path().join("o.sock")).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = origin.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n").await;
                let part = vec![b'x'; 1 << 20];
                while stream.write_all(&part).await.is_ok() {}
            });
        }
    });
    let yaml = format!("listeners: [{{address: '127.0.0.1:0', idle_timeout_ms: 300}}]\n{ROUTE}");
    let setup = Setup::start(dir, &yaml).await;
    let address: SocketAddr = setup.address();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    metric(&setup, &format!("agw_connections{{listener=\"{}\"}} 0", setup.address())).await;
}
