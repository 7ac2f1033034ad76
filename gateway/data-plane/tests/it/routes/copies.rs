//! Mirrors.

use super::{changed, documented};
use crate::{
    scripted::{Reply, Scripted},
    support::{Setup, header},
};
use tokio::time::{Duration, timeout};

/// Waits until so many copies have ended so.
async fn counted(setup: &Setup, outcome: &str, count: usize) {
    let line = format!("agw_mirrored_total{{outcome=\"{outcome}\"}} {count}\n");
    let wait = async {
        while !setup.admin("GET /metrics").await.0.contains(&line) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(crate::support::DEADLINE, wait).await.expect("the metric in time");
}

#[tokio::test]
async fn a_copy_is_the_request_as_the_upstream_gets_it() {
    let (app, shadow) = (Scripted::named("app").await, Scripted::named("shadow").await);
    let setup = documented("Mirroring", &[&app, &shadow]).await;
    let chunked = b"POST /x?q HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(setup.raw(chunked).await.body(), "app");
    shadow.arrived(1).await;
    let copy = shadow.last();
    assert!(copy.starts_with("POST /x?q HTTP/1.1\r\n") && copy.ends_with("\r\n\r\nabcde"), "{copy}");
    assert_eq!(header(&copy, "content-length"), Some("5"));
    assert_eq!(header(&copy, "transfer-encoding"), None);
    assert_eq!(header(&copy, "x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(header(&copy, "x-request-id"), header(&app.last(), "x-request-id"));

    assert_eq!(setup.get("/get").await.body(), "app");
    shadow.arrived(2).await;
    assert_eq!(header(&shadow.last(), "content-length"), None);
    counted(&setup, "answered", 2).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_copied() {
    let (app, shadow) = (Scripted::named("app").await, Scripted::named("shadow").await);
    let setup = changed("Mirroring", &[&app, &shadow], &[("65536", "4")]).await;
    assert_eq!(setup.send("POST /", &[], "12345").await.body(), "app");
    assert_eq!(setup.send("POST /", &[], "1234").await.body(), "app");
    shadow.arrived(1).await;
    counted(&setup, "too_large", 1).await;
    assert_eq!(shadow.requests().len(), 1);
}

#[tokio::test]
async fn a_mirror_that_is_silent_or_gone_harms_nobody() {
    let app = Scripted::named("app").await;
    let silent = Scripted::start(|_, _| Reply::Silence).await;
    let setup = documented("Mirroring", &[&app, &silent]).await;
    for _ in 0..300 {
        assert_eq!(setup.get("/").await.body(), "app");
    }
    counted(&setup, "dropped", 300 - 256).await;

    let closing = Scripted::start(|_, _| Reply::Close).await;
    let setup = documented("Mirroring", &[&app, &closing]).await;
    assert_eq!(setup.get("/").await.body(), "app");
    counted(&setup, "failed", 1).await;
}

#[tokio::test]
async fn no_share_is_no_copy() {
    let (app, shadow) = (Scripted::named("app").await, Scripted::named("shadow").await);
    let setup = changed("Mirroring", &[&app, &shadow], &[("percent: 100", "percent: 0")]).await;
    for _ in 0..20 {
        assert_eq!(setup.get("/").await.body(), "app");
    }
    assert_eq!(shadow.requests().len(), 0);
}
