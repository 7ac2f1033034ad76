//! Upstreams that answer before they have read the whole request.

use crate::{
    frames::{DATA, END_HEADERS, Event, H2Client, HEADERS, frame, request},
    support::{DEADLINE, Setup},
};
use bytes::Bytes;
use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    time::timeout,
};

/// Reads the head of a request, answers with this, and reads nothing more; the connection stays open.
async fn start(answer: Vec<u8>) -> Setup {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(&answer).await.unwrap();
            open.push(stream);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{address}'}}]")).await
}

fn with_body(bytes: usize) -> Vec<u8> {
    [format!("HTTP/1.1 413 No\r\nContent-Length: {bytes}\r\n\r\n").into_bytes(), vec![b'x'; bytes]].concat()
}

/// Begins an upload on stream 1 and says what comes back until the stream is reset.
async fn upload(setup: &Setup) -> (u16, usize, Vec<Event>) {
    let mut client = H2Client::begin(setup.address()).await;
    client.send(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/", &[]))).await;
    client.send(&frame(DATA, 0, 1, b"the beginning")).await;
    let (mut status, mut bytes, mut rest) = (0, 0, Vec::new());
    let ended = async {
        loop {
            match client.next().await {
                Event::Status(1, got, _) => status = got,
                Event::Data(1, data, _) => bytes += data.len(),
                Event::Settings | Event::Window => {}
                event => {
                    rest.push(event);
                    break;
                }
            }
        }
    };
    timeout(DEADLINE, ended).await.expect("the stream ends");
    client.get(3, "/").await;
    let next = timeout(DEADLINE, client.until(|event| matches!(event, Event::Status(3, ..)))).await.unwrap();
    assert!(matches!(next, Event::Status(3, ..)), "{next:?}");
    (status, bytes, rest)
}

#[tokio::test]
async fn the_stream_is_reset_without_an_error_once_the_answer_is_there() {
    // Without a body, in one piece, in several, and by chunks.
    let chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec();
    for (answer, status, bytes) in [
        (with_body(0), 413, 0),
        (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), 204, 0),
        (with_body(5), 413, 5),
        (with_body(50_000), 413, 50_000),
        (chunked, 200, 5),
    ] {
        let setup = start(answer).await;
        assert_eq!(upload(&setup).await, (status, bytes, vec![Event::Reset(1, "NO_ERROR".to_owned())]));
    }
}

#[tokio::test]
async fn a_refusal_of_our_own_lets_go_of_the_stream_too() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::start(dir, "proxy_routes: [{path: /other, target: 'http://127.0.0.1:1'}]").await;
    let (status, _, rest) = upload(&setup).await;
    assert_eq!((status, rest), (404, vec![Event::Reset(1, "NO_ERROR".to_owned())]));
}

/// Longer than the client's window: what the client does not take at once must not be lost.
#[tokio::test]
async fn a_long_answer_arrives_whole_before_the_reset() {
    let setup = start(with_body(1_000_000)).await;
    let tcp = TcpStream::connect(setup.address()).await.unwrap();
    let (mut sender, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post("http://h/").body(()).unwrap();
    let (response, mut body) = sender.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"the beginning"), false).unwrap();
    let mut response = timeout(DEADLINE, response).await.unwrap().unwrap().into_body();
    let mut bytes = 0;
    while let Some(piece) = timeout(DEADLINE, response.data()).await.unwrap() {
        let piece = piece.unwrap();
        bytes += piece.len();
        response.flow_control().release_capacity(piece.len()).unwrap();
    }
    assert_eq!(bytes, 1_000_000);
    let reset = timeout(DEADLINE, std::future::poll_fn(|cx| body.poll_reset(cx))).await.unwrap().unwrap();
    assert_eq!(reset, h2::Reason::NO_ERROR);
}

#[tokio::test]
async fn curl_gets_its_answer_and_goes() {
    let setup = start(with_body(5)).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(5 << 20).unwrap();
    let curl = Command::new("curl")
        .args(["--silent", "--http2-prior-knowledge", "--max-time", "8", "--output", "/dev/null"])
        .args(["--write-out", "%{http_code} %{size_download}", "--upload-file"])
        .arg(file.path())
        .arg(format!("http://{}/", setup.address()))
        .stdin(Stdio::null())
        .output();
    let Ok(output) = curl.await else {
        return crate::support::skip("early_answer::curl_gets_its_answer_and_goes", "there is no curl");
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "413 5", "{}", output.status);
}

/// Answers every head it finds, whatever a body may look like, and counts the connections that it answered on.
async fn careless_origin() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap().to_owned();
                        let answer =
                            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len());
                        stream.write_all(answer.as_bytes()).await.unwrap();
                        head.clear();
                    }
                }
            });
        }
    });
    (address, connections)
}

#[tokio::test]
async fn over_http1_neither_connection_serves_on_after_half_a_request() {
    let (origin, connections) = careless_origin().await;
    let dir = tempfile::tempdir().unwrap();
    let yaml = format!("workers: 1\nproxy_routes: [{{path: /, target: 'http://{origin}'}}]");
    let setup = Setup::start(dir, &yaml).await;
    let mut client = TcpStream::connect(setup.address()).await.unwrap();
    client
        .write_all(b"POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nGET /smuggled")
        .await
        .unwrap();
    let mut answer = String::new();
    timeout(DEADLINE, client.read_to_string(&mut answer)).await.expect("the connection ends").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("/early"), "{answer}");
    assert!(answer.contains("Connection: close"), "{answer}");
    assert_eq!(setup.get("/next").await.body(), "/next");
    assert_eq!(connections.load(Ordering::SeqCst), 2, "the upstream's connection was not used again");
}

#[tokio::test]
async fn over_http1_a_kept_connection_serves_many() {
    let (origin, connections) = careless_origin().await;
    let dir = tempfile::tempdir().unwrap();
    let yaml = format!("workers: 1\nproxy_routes: [{{path: /, target: 'http://{origin}'}}]");
    let setup = Setup::start(dir, &yaml).await;
    for number in 0..5 {
        let path = format!("/{number}");
        assert_eq!(setup.get(&path).await.body(), path);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
