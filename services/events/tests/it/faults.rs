//! Nothing is lost and nothing is doubled, whatever happens to the connection, the server or us.

use crate::{
    api_server::{ApiServer, EVENTS, Fault},
    harness::{Watching, until, warning, watch, watch_on},
};
use aetherius_events::MIGRATIONS;
use aetherius_store::Store;
use std::collections::BTreeSet;

const SETTINGS: &str = "reasons: [BackOff], rate_limit_per_minute: 1000";

/// Puts an event that differs from all others.
fn put(server: &ApiServer, n: u64) {
    server.put(EVENTS, warning(&format!("e{n}"), &format!("workload-of-{n}a"), "BackOff", 0));
}

async fn expect_each_once(watching: &Watching, server: &ApiServer, count: usize) {
    watching.told_count(count).await;
    watching.until_caught_up(server, EVENTS, "events").await;
    let told = watching.told().await;
    let names: BTreeSet<_> = told.iter().map(|event| event.labels["name"].clone()).collect();
    assert_eq!((told.len(), names.len()), (count, count));
    // A repeat would be counted here, even though it makes no task.
    let repeated = "outcome=\"duplicate\"";
    assert!(!watching.metrics.render().contains(repeated), "{}", watching.metrics.render());
}

#[tokio::test]
async fn a_connection_that_is_cut_or_ends_goes_on_where_it_was() {
    let server = ApiServer::start().await;
    let watching = watch(&server, SETTINGS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    for (n, fault) in [Fault::Cut, Fault::Close, Fault::Cut].into_iter().enumerate() {
        put(&server, 2 * n as u64);
        server.fault(EVENTS, fault);
        until("the fault", || async { server.is_behaving(EVENTS).then_some(()) }).await;
        put(&server, 2 * n as u64 + 1);
    }
    expect_each_once(&watching, &server, 6).await;
    assert!(watching.status("events").await.restarts >= 3);
    assert_eq!(server.requests(&["limit=250"]).len(), 1, "no second list was needed");
}

#[tokio::test]
async fn a_history_that_is_forgotten_is_made_up_for_by_a_list() {
    for in_stream in [false, true] {
        let server = ApiServer::start().await;
        if in_stream {
            server.say_gone_in_stream();
        }
        let watching = watch(&server, SETTINGS);
        watching.until_caught_up(&server, EVENTS, "events").await;
        put(&server, 1);
        watching.told_count(1).await;
        let store = watching.stop().await;
        put(&server, 2);
        server.compact();
        put(&server, 3);
        let watching = watch_on(&store, &server, SETTINGS);
        expect_each_once(&watching, &server, 3).await;
        assert_eq!(server.requests(&["limit=250"]).len(), 2);
    }
}

#[tokio::test]
async fn a_process_that_is_killed_goes_on_at_its_cursor() {
    let server = ApiServer::start().await;
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let mut count = 0;
    for _ in 0..5 {
        let watching = watch_on(&store, &server, SETTINGS);
        for _ in 0..20 {
            put(&server, count);
            count += 1;
        }
        watching.told_count(usize::try_from(count).unwrap() - 10).await;
        watching.kill().await;
    }
    let watching = watch_on(&store, &server, SETTINGS);
    expect_each_once(&watching, &server, usize::try_from(count).unwrap()).await;
    assert_eq!(server.requests(&["limit=250"]).len(), 1, "the list of the very first start was enough");
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_made_up_for_by_a_list() {
    let endless = Fault::Endless((4 << 20) + 1);
    let garbage =
        ["{\"type\":\"ADDED\"", "<html>", "{}", "{\"type\":\"ADDED\",\"object\":{\"metadata\":{}}}"];
    let garbage = garbage.into_iter().map(|line| Fault::Line(line.to_owned()));
    for fault in garbage.chain([endless]) {
        let server = ApiServer::start().await;
        let watching = watch(&server, SETTINGS);
        watching.until_caught_up(&server, EVENTS, "events").await;
        put(&server, 1);
        server.fault(EVENTS, fault.clone());
        until("the fault", || async { server.is_behaving(EVENTS).then_some(()) }).await;
        put(&server, 2);
        expect_each_once(&watching, &server, 2).await;
        assert_eq!(server.requests(&["limit=250"]).len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_large_event_is_read_and_its_message_is_cut() {
    let server = ApiServer::start().await;
    let watching = watch(&server, SETTINGS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    let mut large = warning("e1", "a", "BackOff", 0);
    large["message"] = "x".repeat(1 << 20).into();
    server.put(EVENTS, large);
    let told = watching.told_count(1).await;
    assert_eq!(told[0].annotations["description"].len(), 4096);
    assert!(serde_json::to_string(&told[0]).unwrap().len() < 16_384);
}

#[tokio::test]
async fn an_object_that_cannot_be_read_does_not_hide_the_others_of_a_list() {
    let server = ApiServer::start().await;
    let mut broken = warning("e1", "a", "BackOff", 0);
    broken["involvedObject"] = "nothing".into();
    server.put(EVENTS, broken);
    put(&server, 2);
    let watching = watch(&server, SETTINGS);
    expect_each_once(&watching, &server, 1).await;
}

#[tokio::test]
async fn a_server_that_is_overloaded_is_left_alone_as_long_as_it_asks() {
    let server = ApiServer::start().await;
    server.refuse(EVENTS, 503, "<html>upstream is away</html>");
    server.refuse(EVENTS, 200, "this is no list");
    server.refuse(EVENTS, 429, "slow down");
    put(&server, 1);
    let watching = watch(&server, SETTINGS);
    expect_each_once(&watching, &server, 1).await;
    let metrics = watching.metrics.render();
    for (error, count) in [("refused", 2), ("unreadable", 1)] {
        let line =
            format!("watch_errors_total{{cluster=\"c1\",resource=\"events\",error=\"{error}\"}} {count}");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[tokio::test]
async fn a_cluster_that_was_set_back_is_begun_anew() {
    let server = ApiServer::start().await;
    let watching = watch(&server, SETTINGS);
    put(&server, 1);
    expect_each_once(&watching, &server, 1).await;
    let store = watching.stop().await;
    server.restore_backup();
    server.put(EVENTS, warning("old", "old", "BackOff", 400));
    put(&server, 2);
    let watching = watch_on(&store, &server, SETTINGS);
    expect_each_once(&watching, &server, 2).await;
    put(&server, 3);
    expect_each_once(&watching, &server, 3).await;
}

/// Whatever happens in whatever order, each event is told once.
#[tokio::test]
async fn a_bad_day_loses_and_doubles_nothing() {
    let days = (0..3).map(|seed| tokio::spawn(bad_day(seed)));
    for day in days.collect::<Vec<_>>() {
        day.await.unwrap();
    }
}

async fn bad_day(seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let server = ApiServer::start().await;
    server.page_objects_max(7);
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let mut watching = watch_on(&store, &server, SETTINGS);
    watching.until_caught_up(&server, EVENTS, "events").await;
    let mut count = 0;
    for step in 0..12 {
        // Now and then all is well, or the pauses between tries would grow longer than a test is patient.
        if step % 2 == 1 {
            put(&server, count);
            count += 1;
            watching.told_count(usize::try_from(count).unwrap()).await;
        }
        for _ in 0..chance.u64(0..4) {
            put(&server, count);
            count += 1;
        }
        match chance.u8(0..9) {
            0 => server.fault(EVENTS, Fault::Cut),
            1 => server.fault(EVENTS, Fault::Close),
            2 => server.fault(EVENTS, Fault::Line("{\"type\":\"MODIFIED\",\"object\":7}".into())),
            3 => server.refuse(EVENTS, chance.choice([410, 500, 503]).unwrap(), ""),
            4 => server.compact(),
            5 => server.bookmark(EVENTS),
            6 => {
                watching.kill().await;
                watching = watch_on(&store, &server, SETTINGS);
            }
            7 => {
                watching.stop().await;
                watching = watch_on(&store, &server, SETTINGS);
            }
            _ => tokio::task::yield_now().await,
        }
    }
    watching.told_count(usize::try_from(count).unwrap()).await;
    watching.until_caught_up(&server, EVENTS, "events").await;
    let told = watching.told().await;
    let names: BTreeSet<_> = told.iter().map(|event| event.labels["name"].clone()).collect();
    let count = usize::try_from(count).unwrap();
    assert_eq!((told.len(), names.len()), (count, count), "seed {seed}");
}
