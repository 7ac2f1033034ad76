//! What reaches an upstream that speaks HTTP/2, and how often.

use crate::{
    frames::{DATA, END_HEADERS, END_STREAM, Event, H2Client, HEADERS, frame, request},
    support::{Answer, DEADLINE, Setup, until},
};
use bytes::Bytes;
use h2::{Reason, RecvStream, server::SendResponse};
use http::{HeaderMap, Request, Response};
use std::sync::{Arc, Mutex};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// How an upstream lets a second request on a connection down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It says that it did nothing with it.
    Refused,
    /// It says that it failed.
    Failed,
    /// It says goodbye, and that this request was not looked at.
    Goodbye,
    /// It closes.
    Closes,
}

/// A request with its body.
#[derive(Clone, Debug)]
struct Seen {
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

type Log = Arc<Mutex<Vec<Seen>>>;

async fn start(fault: Fault) -> (Setup, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Log::default();
    let kept = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, fault, Arc::clone(&kept)));
        }
    });
    let yaml = format!(
        "clusters: [{{name: c, endpoints: ['{address}'], protocol: http2}}]
routes: [{{name: r, match: {{path_prefix: /}}, cluster: c}}]"
    );
    (Setup::start(tempfile::tempdir().unwrap(), &yaml).await, log)
}

async fn serve(stream: TcpStream, fault: Fault, log: Log) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    let mut count = 0;
    while let Some(Ok((request, answer))) = connection.accept().await {
        count += 1;
        let faulty = count > 1 && request.uri().path() == "/second";
        let fault = if faulty { fault } else { Fault::None };
        if faulty && matches!(fault, Fault::Goodbye | Fault::Closes) {
            note(&log, request.map(|_| ()), Vec::new());
            if fault == Fault::Goodbye {
                connection.abrupt_shutdown(Reason::NO_ERROR);
                let _ = std::future::poll_fn(|cx| connection.poll_closed(cx)).await;
            }
            return;
        }
        tokio::spawn(respond(request, answer, fault, Arc::clone(&log)));
    }
}

async fn respond(request: Request<RecvStream>, mut answer: SendResponse<Bytes>, fault: Fault, log: Log) {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(piece)) = body.data().await {
        body.flow_control().release_capacity(piece.len()).unwrap();
        bytes.extend_from_slice(&piece);
    }
    note(&log, Request::from_parts(head, ()), bytes);
    match fault {
        Fault::Refused => answer.send_reset(Reason::REFUSED_STREAM),
        Fault::Failed => answer.send_reset(Reason::INTERNAL_ERROR),
        _ => {
            let mut body = answer.send_response(Response::new(()), false).unwrap();
            body.send_data(Bytes::from_static(b"ok"), true).unwrap();
        }
    }
}

fn note(log: &Log, request: Request<()>, body: Vec<u8>) {
    let (head, ()) = request.into_parts();
    log.lock().unwrap().push(Seen { target: head.uri.to_string(), headers: head.headers, body });
}

/// Two requests over one connection, so that they meet at the same worker; the answer to the second.
async fn second(setup: &Setup, method: &str) -> Answer {
    let first = "GET /first HTTP/1.1\r\nHost: h\r\n\r\n";
    let second =
        format!("{method} /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
    let answers = setup.raw(format!("{first}{second}").as_bytes()).await;
    assert_eq!(answers.status(), 200);
    let at = answers.0[1..].find("HTTP/1.1 ").expect("a second answer") + 1;
    Answer(answers.0[at..].to_owned())
}

fn times(log: &Log, path: &str) -> usize {
    log.lock().unwrap().iter().filter(|seen| seen.target.ends_with(path)).count()
}

#[tokio::test]
async fn a_request_that_must_not_be_repeated_is_sent_once() {
    for fault in [Fault::Refused, Fault::Failed, Fault::Goodbye, Fault::Closes] {
        let (setup, log) = start(fault).await;
        let answer = second(&setup, "POST").await;
        assert_eq!(answer.status(), 502, "{fault:?}: {}", answer.0);
        assert_eq!(times(&log, "/second"), 1, "{fault:?}");
        // What comes after it finds a connection that works.
        assert_eq!(setup.get("/third").await.status(), 200, "{fault:?}");
    }
}

#[tokio::test]
async fn only_what_is_for_the_upstream_reaches_it() {
    let (setup, log) = start(Fault::None).await;
    let answer = setup
        .raw(
            b"POST /a HTTP/1.1\r\nHost: h\r\nConnection: close, X-Local\r\nX-Local: 1\r\nKeep-Alive: 5\r\n\
            TE: gzip, trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-Far: 1\r\n\r\n\
            3\r\nabc\r\n0\r\n\r\n",
        )
        .await;
    assert_eq!(answer.status(), 200, "{}", answer.0);
    let seen = log.lock().unwrap().pop().unwrap();
    assert_eq!((seen.target.as_str(), &seen.body[..]), ("http://h/a", &b"abc"[..]));
    for name in ["connection", "x-local", "keep-alive", "trailer", "upgrade", "transfer-encoding", "host"] {
        assert!(!seen.headers.contains_key(name), "{name}");
    }
    assert_eq!(
        (&seen.headers["te"], &seen.headers["x-far"]),
        (&"trailers".parse().unwrap(), &"1".parse().unwrap())
    );

    setup.send("GET /b", &["TE: gzip"], "").await;
    assert!(!log.lock().unwrap().pop().unwrap().headers.contains_key("te"));
}

#[tokio::test]
async fn a_request_over_http2_arrives_as_it_was() {
    let (setup, log) = start(Fault::None).await;
    let mut client = H2Client::begin(setup.address()).await;
    let fields: [(&[u8], &[u8]); 3] = [(b"te", b"trailers"), (b"cookie", b"a=1"), (b"cookie", b"b=2")];
    client.send(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/a", &fields))).await;
    client.send(&frame(DATA, 0, 1, b"abc")).await;
    client.send(&frame(DATA, END_STREAM, 1, b"")).await;
    let answered =
        timeout(DEADLINE, client.until(|event| matches!(event, Event::Status(1, ..)))).await.unwrap();
    assert!(matches!(answered, Event::Status(1, 200, _)), "{answered:?}");
    until(|| times(&log, "/a") == 1).await;
    let seen = log.lock().unwrap().pop().unwrap();
    assert_eq!((seen.target.as_str(), &seen.body[..]), ("http://h/a", &b"abc"[..]));
    assert_eq!(&seen.headers["te"], "trailers");
    assert_eq!(&seen.headers["cookie"], "a=1; b=2");
}
