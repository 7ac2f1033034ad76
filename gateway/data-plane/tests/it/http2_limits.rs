//! What one HTTP/2 connection may cost, and what becomes of one that costs more.

use crate::{
    docs::yaml,
    frames::{
        CONTINUATION, DATA, END_HEADERS, END_STREAM, Event, H2Client, HEADERS, PING, RST_STREAM, SETTINGS,
        frame, header_block, request,
    },
    strict_origin::StrictOrigin,
    support::{DEADLINE, Origin, Setup, until},
};
use std::time::Duration;
use tokio::time::{Instant, timeout};

const CANCEL: [u8; 4] = [0, 0, 0, 8];

async fn start(listener: &str) -> (Setup, Origin) {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = format!(
        "listeners: [{{address: '127.0.0.1:0', {listener}}}]\nproxy_routes: [{{path: /, target: 'unix:DIR/o.sock'}}]"
    );
    (Setup::start(dir, &yaml).await, origin)
}

/// What the gateway says before it closes.
async fn goodbye(client: &mut H2Client) -> Vec<Event> {
    let mut said = Vec::new();
    let all = async {
        loop {
            match client.next().await {
                Event::Closed => break,
                event => said.push(event),
            }
        }
    };
    timeout(DEADLINE, all).await.expect("an end in time");
    said
}

fn is_calm(events: &[Event]) -> bool {
    events.contains(&Event::GoAway("ENHANCE_YOUR_CALM".to_owned()))
}

#[tokio::test]
async fn requests_that_are_reset_at_once_end_the_connection_before_they_cost_much() {
    let (setup, origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    let block = request("GET", "/slow", &[]);
    let burst = (0..1000).flat_map(|index| {
        let stream = index * 2 + 1;
        [frame(HEADERS, END_HEADERS | END_STREAM, stream, &block), frame(RST_STREAM, 0, stream, &CANCEL)]
    });
    client.send(&burst.collect::<Vec<_>>().concat()).await;
    let said = goodbye(&mut client).await;
    assert!(is_calm(&said), "{said:?}");
    assert!(origin.requests().len() < 100, "{}", origin.requests().len());
    assert_eq!(setup.get("/").await.status(), 200);
}

#[tokio::test]
async fn requests_that_are_reset_one_by_one_end_the_connection_too() {
    let (setup, origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    let mut sent = 0;
    while sent < 300 && client.get(sent * 2 + 1, "/slow").await {
        let seen = async { until(|| origin.requests().len() > sent as usize).await };
        tokio::select! {
            () = seen => {}
            _ = client.until(|event| *event == Event::Closed) => break,
        }
        client.send(&frame(RST_STREAM, 0, sent * 2 + 1, &CANCEL)).await;
        sent += 1;
    }
    assert!((100..250).contains(&sent), "{sent} requests were given up");
    assert_eq!(setup.get("/").await.status(), 200);
}

#[tokio::test]
async fn giving_up_a_page_is_no_abuse() {
    let (setup, origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    for index in 0..80 {
        client.get(index * 2 + 1, "/slow").await;
    }
    origin.arrived(80).await;
    for index in 0..80 {
        client.send(&frame(RST_STREAM, 0, index * 2 + 1, &CANCEL)).await;
    }
    client.get(1001, "/").await;
    let answer = client.until(|event| matches!(event, Event::Status(1001, ..))).await;
    assert!(matches!(answer, Event::Status(1001, 200, _)), "{answer:?}");
}

#[tokio::test]
async fn headers_that_never_end_end_the_connection() {
    for piece in [vec![], header_block(&[(b"x", b"y")]), header_block(&[(b"x", &[b'y'; 16_000])])] {
        let (setup, origin) = start("").await;
        let mut client = H2Client::begin(setup.address()).await;
        client.send(&frame(HEADERS, END_STREAM, 1, &request("GET", "/", &[]))).await;
        let (mut frames, mut open) = (0, true);
        while open && frames < 10_000 {
            open = client.send(&frame(CONTINUATION, 0, 1, &piece)).await;
            frames += 1;
        }
        let said = goodbye(&mut client).await;
        assert!(frames < 10_000 || is_calm(&said), "{said:?} after {frames} frames");
        assert_eq!(origin.requests(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_the_connection_serves_on() {
    let origin = StrictOrigin::start().await;
    let page = yaml(include_str!("../../../../docs/gateway/framing.md"), 0);
    let config = page.replace("127.0.0.1:8080", "127.0.0.1:0").replace("127.0.0.1:3000", &origin.address);
    let setup = Setup::start(tempfile::tempdir().unwrap(), &config).await;
    let mut client = H2Client::begin(setup.address()).await;
    let large = request("GET", "/", &[(b"x", &[b'y'; 10_000])]);
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &large)).await;
    let refused = client.until(|event| matches!(event, Event::Status(1, ..) | Event::Reset(1, _))).await;
    assert!(matches!(refused, Event::Status(1, 431, _)), "{refused:?}");
    client.get(3, "/").await;
    let answer = client.until(|event| matches!(event, Event::Status(3, ..))).await;
    assert!(matches!(answer, Event::Status(3, 200, _)), "{answer:?}");
    let over_http1 = setup.send("GET /", &[&format!("x: {}", "y".repeat(10_000))], "").await;
    assert_eq!(over_http1.problem(), (400, "bad_framing".to_owned()));
    assert_eq!(origin.take().len(), 1);
}

#[tokio::test]
async fn more_requests_at_a_time_than_agreed_are_refused_unprocessed() {
    let (setup, origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    for index in 0..101 {
        client.get(index * 2 + 1, "/slow").await;
    }
    let refused = timeout(DEADLINE, client.until(|event| matches!(event, Event::Reset(..)))).await.unwrap();
    assert_eq!(refused, Event::Reset(201, "REFUSED_STREAM".to_owned()));
    origin.arrived(100).await;
    origin.release();
    let answer = timeout(DEADLINE, client.until(|event| matches!(event, Event::Status(..)))).await.unwrap();
    assert!(matches!(answer, Event::Status(_, 200, _)), "{answer:?}");
    assert_eq!(origin.requests().len(), 100);
}

#[tokio::test]
async fn data_without_bytes_ends_the_connection() {
    let (setup, _origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    client.send(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/silent", &[]))).await;
    let flood = frame(DATA, 0, 1, &[]).repeat(1000);
    let mut open = true;
    for _ in 0..1000 {
        open = open && client.send(&flood).await;
    }
    let said = goodbye(&mut client).await;
    assert!(!open || is_calm(&said), "{said:?}");
}

#[tokio::test]
async fn what_a_client_does_not_read_it_cannot_make_us_write() {
    for flood in [frame(PING, 0, 0, &[0; 8]), frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1])] {
        let (setup, _origin) = start("").await;
        let mut client = H2Client::begin(setup.address()).await;
        let flood = flood.repeat(10_000);
        let mut sent = 0;
        // Nothing is read here, so at some point nothing more can be sent.
        while timeout(Duration::from_millis(500), client.send(&flood)).await == Ok(true) {
            sent += flood.len();
            assert!(sent < 64 << 20, "the gateway takes everything");
        }
        assert_eq!(setup.get("/").await.status(), 200);
    }
}

#[tokio::test]
async fn a_body_can_be_sent_ahead_as_far_as_the_window_reaches() {
    let (setup, _origin) = start("").await;
    let mut client = H2Client::begin(setup.address()).await;
    // Not read by the origin, which waits for its end.
    client.send(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/silent", &[]))).await;
    let piece = frame(DATA, 0, 1, &[0; 16 << 10]);
    for _ in 0..4096 {
        if !client.send(&piece).await {
            break;
        }
    }
    let said = goodbye(&mut client).await;
    assert!(
        said.contains(&Event::GoAway("FLOW_CONTROL_ERROR".to_owned()))
            || said.contains(&Event::Reset(1, "FLOW_CONTROL_ERROR".to_owned())),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_connection_without_requests_ends() {
    for beginning in
        [vec![], frame(HEADERS, END_STREAM, 1, &request("GET", "/", &[])), frame(PING, 0, 0, &[0; 8])]
    {
        let (setup, _origin) = start("idle_timeout_ms: 300").await;
        let mut client = H2Client::begin(setup.address()).await;
        client.send(&beginning).await;
        let began = Instant::now();
        goodbye(&mut client).await;
        assert!(began.elapsed() >= Duration::from_millis(250), "{:?}", began.elapsed());
    }
}
