//! Deadlines and retries.

use super::{block, changed};
use crate::{
    scripted::{Reply, Scripted},
    support::{Setup, write_config},
};
use std::time::{Duration, Instant};

const LIMITS: &str = "Limits of size and time";

#[tokio::test]
async fn a_request_that_takes_too_long_in_all_is_ended() {
    let app = Scripted::start(|request, _| match request.contains("/trickle") {
        true => Reply::Trickle,
        false => Reply::Silence,
    })
    .await;
    let shorter = [("total_timeout_ms: 20000", "total_timeout_ms: 300")];
    let setup = changed(LIMITS, &[&app], &shorter).await;
    let began = Instant::now();
    assert_eq!(setup.get("/silent").await.problem(), (504, "upstream_timeout".to_owned()));
    assert!(began.elapsed() >= Duration::from_millis(300));
    let began = Instant::now();
    let cut_off = setup.get("/trickle").await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(cut_off.status(), 200);
    assert!(!cut_off.body().ends_with("0\r\n\r\n"), "the client sees that the answer is not whole");
    let metrics = setup.admin("GET /metrics").await;
    assert!(metrics.0.contains(r#"agw_requests_total{route="app",status="success"} 1"#), "{}", metrics.0);
}

#[tokio::test]
async fn a_silence_and_a_size_have_limits() {
    let app = Scripted::start(|request, _| match request.starts_with("GET") {
        true => Reply::Silence,
        false => Reply::Answer(200, "", "app"),
    })
    .await;
    let setup = changed(LIMITS, &[&app], &[("timeout_ms: 5000", "timeout_ms: 50"), ("1048576", "4")]).await;
    assert_eq!(setup.get("/").await.problem(), (504, "upstream_timeout".to_owned()));
    assert_eq!(setup.send("POST /", &[], "1234").await.body(), "app");
    assert_eq!(setup.send("POST /", &[], "12345").await.problem(), (413, "body_too_large".to_owned()));
}

/// The block with one endpoint alone, and changes.
async fn retrying(origin: &Scripted, changes: &[(&str, &str)]) -> Setup {
    let mut all = vec![(", \"127.0.0.1:9002\"", "")];
    all.extend(changes);
    changed("Retrying", &[origin], &all).await
}

#[tokio::test]
async fn what_failed_and_may_be_repeated_is_repeated() {
    for (request, attempts, status, body) in [
        ("GET /status", 2, 200, "app"),
        ("PUT /status", 2, 200, "app"),
        ("GET /close", 2, 200, "app"),
        ("GET /silence", 2, 200, "app"),
        ("GET /twice", 3, 200, "app"),
        ("GET /always", 3, 503, "still no"),
        ("POST /status", 1, 503, "no"),
    ] {
        let app = Scripted::start(|request, number| match number {
            0 if request.contains("/status") => Reply::Answer(503, "", "no"),
            0 if request.contains("/close") => Reply::Close,
            0 if request.contains("/silence") => Reply::Silence,
            0 | 1 if request.contains("/twice") => Reply::Answer(502, "", "no"),
            _ if request.contains("/always") => Reply::Answer(503, "", "still no"),
            _ => Reply::Answer(200, "", "app"),
        })
        .await;
        let setup = retrying(&app, &[("attempt_timeout_ms: 1000", "attempt_timeout_ms: 100")]).await;
        let sent = if request.starts_with("GET") { "" } else { "the body" };
        let answer = setup.send(request, &[], sent).await;
        assert_eq!((answer.status(), answer.body()), (status, body), "{request}");
        let seen = app.requests();
        assert_eq!(seen.len(), attempts, "{request}");
        assert!(seen.iter().all(|request| request.ends_with(&format!("\r\n\r\n{sent}"))), "{seen:?}");
        let metrics = setup.admin("GET /metrics").await.0;
        let line = format!("agw_retries_total{{cluster=\"app\"}} {}\n", attempts - 1);
        assert_eq!(metrics.contains(&line), attempts > 1, "{metrics}");
    }
}

#[tokio::test]
async fn what_may_have_been_acted_on_is_not_repeated() {
    let app = Scripted::start(|_, _| Reply::Close).await;
    let setup = retrying(&app, &[]).await;
    assert_eq!(setup.send("POST /", &[], "once").await.problem(), (502, "upstream_failed".to_owned()));
    assert_eq!(app.requests().len(), 1);
    // Larger than what is kept.
    let large = "x".repeat(100_000);
    assert_eq!(setup.send("PUT /", &[], &large).await.problem(), (502, "upstream_failed".to_owned()));
    assert_eq!(app.requests().len(), 2);
}

#[tokio::test]
async fn what_was_not_sent_is_repeated_whatever_its_method() {
    let app = Scripted::named("app").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let setup = changed("Retrying", &[&app], &[("127.0.0.1:9002", &nobody)]).await;
    for _ in 0..4 {
        assert_eq!(setup.send("POST /", &[], "body").await.body(), "app");
    }
    assert_eq!(app.requests().len(), 4);
}

#[tokio::test]
async fn an_attempt_waits_longer_each_time() {
    let app = Scripted::start(|_, _| Reply::Answer(503, "", "no")).await;
    let setup = retrying(&app, &[("backoff_ms: 25", "backoff_ms: 100")]).await;
    let began = Instant::now();
    assert_eq!(setup.get("/").await.status(), 503);
    assert!(began.elapsed() >= Duration::from_millis(50 + 100), "{:?}", began.elapsed());
    assert_eq!(app.requests().len(), 3);
}

#[tokio::test]
async fn a_budget_bounds_retries_and_survives_a_reload() {
    let app = Scripted::start(|_, _| Reply::Answer(503, "", "no")).await;
    let changes = [
        ("backoff_ms: 25", "backoff_ms: 0"),
        ("attempts: 3", "attempts: 2"),
        ("budget_percent: 20", "budget_percent: 1"),
    ];
    let setup = retrying(&app, &changes).await;
    for _ in 0..20 {
        assert_eq!(setup.get("/").await.status(), 503);
    }
    assert_eq!(app.requests().len(), 20 + 10, "ten, and a hundredth of twenty");

    let mut again =
        block("Retrying").replace(", \"127.0.0.1:9002\"", "").replace("127.0.0.1:9001", &app.address);
    for (from, to) in changes {
        again = again.replace(from, to);
    }
    write_config(&setup.dir, &format!("{again}\n# changed\n"));
    assert_eq!(setup.admin("POST /reload-config").await.status(), 200);
    assert_eq!(setup.get("/").await.status(), 503);
    assert_eq!(app.requests().len(), 31);
    let metrics = setup.admin("GET /metrics").await.0;
    assert!(metrics.contains("agw_retries_over_budget_total{route=\"app\"} 11\n"), "{metrics}");
}

#[tokio::test]
async fn a_kept_connection_is_used_again_after_a_retry() {
    let app = Scripted::start(|_, number| {
        if number == 0 { Reply::Answer(503, "", "no") } else { Reply::Answer(200, "", "app") }
    })
    .await;
    let setup = retrying(&app, &[]).await;
    for _ in 0..3 {
        assert_eq!(setup.get("/").await.body(), "app");
    }
}
