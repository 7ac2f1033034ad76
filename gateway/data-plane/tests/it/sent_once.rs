//! What may have reached an upstream is not sent again, unless it may be repeated.

use crate::support::{Answer, Setup};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How an upstream lets a second request on a kept connection down.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It closes once it has read the head.
    AfterTheHead,
    /// It closes once it has read all.
    AfterTheBody,
    /// It resets the connection once it has read all.
    Reset,
    /// It sends half a head and closes.
    HalfAnAnswer,
    /// It closes as soon as the first byte arrives.
    AfterAByte,
}

/// Answers the first request of each connection, and fails the second. Counts the heads of requests with `/second`.
async fn start(fault: Fault) -> (Setup, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, fault, Arc::clone(&counted)));
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup::start(dir, &format!("proxy_routes: [{{path: /, target: 'http://{address}'}}]")).await;
    (setup, seen)
}

async fn serve(mut stream: TcpStream, fault: Fault, seen: Arc<AtomicUsize>) {
    for kept in [false, true] {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
            if head.ends_with(b"/second") {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            if kept && matches!(fault, Fault::AfterAByte) {
                seen.fetch_add(1, Ordering::SeqCst);
                return;
            }
        }
        let faulty = kept.then_some(fault);
        if matches!(faulty, Some(Fault::AfterTheHead)) {
            return;
        }
        let body = if head.windows(17).any(|window| window.eq_ignore_ascii_case(b"content-length: 4")) {
            4
        } else {
            0
        };
        let _ = stream.read_exact(&mut [0; 4][..body]).await;
        match faulty {
            Some(Fault::Reset) => {
                socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
                return;
            }
            Some(Fault::HalfAnAnswer) => {
                let _ = stream.write_all(b"HTTP/1.1 200 O").await;
                return;
            }
            Some(_) => return,
            None => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap(),
        }
    }
}

/// The answer to a second request; both over one connection, so that they meet at the same worker and its pool.
async fn second(setup: &Setup, method: &str) -> Answer {
    let first = "GET /first HTTP/1.1\r\nHost: h\r\n\r\n";
    let second =
        format!("{method} /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
    let answers = setup.raw(format!("{first}{second}").as_bytes()).await;
    assert_eq!(answers.status(), 200);
    Answer(answers.0.split_once("\r\n\r\nok").unwrap().1.to_owned())
}

#[tokio::test]
async fn a_request_that_must_not_be_repeated_is_sent_once_on_a_kept_connection_that_fails() {
    for fault in
        [Fault::AfterTheHead, Fault::AfterTheBody, Fault::Reset, Fault::HalfAnAnswer, Fault::AfterAByte]
    {
        for method in ["POST", "PATCH", "BREW"] {
            let (setup, seen) = start(fault).await;
            let answer = second(&setup, method).await;
            assert_eq!(answer.problem(), (502, "upstream_failed".to_owned()), "{fault:?}");
            assert_eq!(seen.load(Ordering::SeqCst), 1, "{method} with {fault:?}");
        }
    }
}

/// The upstream closes a kept connection just before a request is written to it: nobody can tell that from a fault after it.
#[tokio::test]
async fn a_request_that_may_be_repeated_is_tried_on_a_new_connection() {
    for fault in [Fault::AfterTheHead, Fault::AfterTheBody, Fault::Reset] {
        for method in ["GET", "PUT", "DELETE"] {
            let (setup, seen) = start(fault).await;
            let answer = second(&setup, method).await;
            assert_eq!(answer.status(), 200, "{method} with {fault:?}: {}", answer.0);
            assert_eq!(seen.load(Ordering::SeqCst), 2, "{method} with {fault:?}");
        }
    }
}
