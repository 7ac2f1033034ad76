use super::*;
use crate::metrics::registry::OTHER;

fn finished(status: u16) -> Finished {
    Finished { status, took_us: 1500, bytes_in: 3, bytes_out: 5 }
}

#[test]
fn a_request_is_counted_once_everywhere() {
    let metrics = Metrics::new();
    let [a, b] = &metrics.routes(["a", "b\"\\"].into_iter())[..] else { panic!() };
    a.finished(finished(204));
    a.finished(finished(503));
    b.finished(finished(0));
    let under_way = metrics.in_flight();
    let text = metrics.render(&[]);
    for line in [
        r#"agw_requests_total{route="a",status="success"} 1"#,
        r#"agw_requests_total{route="a",status="server_error"} 1"#,
        r#"agw_requests_total{route="b\"\\",status="none"} 1"#,
        r#"agw_request_duration_seconds_bucket{route="a",le="0.001"} 0"#,
        r#"agw_request_duration_seconds_bucket{route="a",le="0.0025"} 2"#,
        r#"agw_request_duration_seconds_bucket{route="a",le="+Inf"} 2"#,
        r#"agw_request_duration_seconds_sum{route="a"} 0.003"#,
        r#"agw_request_duration_seconds_count{route="a"} 2"#,
        r#"agw_request_bytes_total{route="a"} 6"#,
        r#"agw_response_bytes_total{route="a"} 10"#,
        "agw_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    // Ended by another thread than the one that began it.
    std::thread::spawn(move || drop(under_way)).join().unwrap();
    assert!(metrics.render(&[]).contains("agw_requests_in_flight 0\n"));
}

#[test]
fn threads_do_not_lose_counts() {
    let metrics = Metrics::new();
    let route = metrics.routes(["a"].into_iter()).remove(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10_000).for_each(|_| route.finished(finished(200))));
        }
    });
    assert_eq!(route.statuses()[2], 80_000);
    assert_eq!(route.durations().count(), 80_000);
}

#[test]
fn names_that_come_late_and_names_that_are_gone_are_counted_together() {
    let registry: Registry<RouteSeries> = Registry::new(2);
    let held = registry.series_of(["a", "b", "c", "d"].into_iter());
    held.iter().for_each(|series| series.finished(finished(200)));
    let names = |registry: &Registry<RouteSeries>| {
        let all = registry.all();
        all.iter().map(|series| (series.name().to_owned(), series.statuses()[2])).collect::<Vec<_>>()
    };
    let of =
        |rows: &[(&str, u64)]| rows.iter().map(|&(name, count)| (name.to_owned(), count)).collect::<Vec<_>>();
    assert_eq!(names(&registry), of(&[("a", 1), ("b", 1), (OTHER, 2)]));

    let next = registry.series_of(["b", "e"].into_iter());
    assert_eq!(
        names(&registry),
        of(&[("a", 1), ("b", 1), (OTHER, 2)]),
        "a is still held, so there is no room"
    );
    held[0].finished(finished(200));
    drop((held, next));
    let next = registry.series_of(["b", "e"].into_iter());
    next[1].finished(finished(200));
    assert_eq!(names(&registry), of(&[("b", 1), ("e", 1), (OTHER, 4)]), "nothing was lost");
}

#[test]
fn every_metric_has_a_help_and_a_type_and_no_sample_comes_twice() {
    let metrics = Metrics::new();
    let routes = metrics.routes(["", "a"].into_iter());
    routes.iter().for_each(|route| route.finished(finished(200)));
    metrics.refused(Code::NoRoute);
    metrics.refused(Code::NoRoute);
    metrics.finding("sql");
    let listener = metrics.listener("127.0.0.1:1");
    let _open = listener.connection();
    listener.handshake(false);
    let clusters = metrics.clusters(["c"].into_iter());
    clusters[0].connect(Connect::Reused);
    clusters[0].failed(UpstreamFailure::Timeout);
    clusters[0].retried();
    clusters[0].answered(7);
    let now = ClusterNow {
        name: "c".to_owned(),
        endpoints: vec![("127.0.0.1:2".to_owned(), true)],
        breaker: Some("closed"),
    };
    let text = metrics.render(&[now]);
    let mut seen = std::collections::HashSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(seen.insert(series) && value.parse::<f64>().is_ok(), "{line}");
        let name = series.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
            name.strip_suffix(suffix).filter(|family| text.contains(&format!("# TYPE {family} histogram\n")))
        });
        let family = family.unwrap_or(name);
        assert!(
            text.contains(&format!("# TYPE {family} ")) && text.contains(&format!("# HELP {family} ")),
            "{line}"
        );
    }
    assert!(text.contains("agw_refusals_total{code=\"no_route\"} 2\n"), "{text}");
    assert!(text.contains("process_resident_memory_bytes "), "{text}");
    assert!(text.contains("agw_tls_handshakes_total{listener=\"127.0.0.1:1\",outcome=\"failed\"} 1\n"));
}
