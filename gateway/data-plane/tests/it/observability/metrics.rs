use super::{table, told};
use crate::support::{Origin, Setup};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_documented_metrics_are_those_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let setup = Setup::start(dir, "proxy_routes: [{path: /, target: 'unix:DIR/o.sock'}]").await;
    let metrics = setup.admin("GET /metrics").await;
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    let types = metrics.body().lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let there: BTreeSet<String> = types.map(str::to_owned).collect();
    let documented =
        table("Metrics").into_iter().map(|row| format!("{} {}", row[0].trim_matches('`'), row[1]));
    assert_eq!(documented.collect::<BTreeSet<String>>(), there);
}

#[tokio::test]
async fn requests_connections_and_refusals_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let yaml = "
clusters:
  - {name: up, endpoints: ['unix:DIR/o.sock']}
  - {name: gone, endpoints: ['unix:DIR/nobody.sock']}
routes:
  - {name: a, match: {path_prefix: /a}, cluster: up, rate_limit: {requests: 2, per: hour, key: route}}
  - {name: b, match: {path_prefix: /b}, cluster: gone}
";
    let setup = Setup::start(dir, yaml).await;
    for status in [200, 200, 429] {
        assert_eq!(setup.send("POST /a", &[], "12345").await.status(), status);
    }
    assert_eq!(setup.get("/b").await.status(), 503);
    assert_eq!(setup.get("/c").await.status(), 404);
    assert_eq!(setup.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await.status(), 400);

    let listener = format!("listener=\"{}\"", setup.address());
    for line in [
        r#"agw_requests_total{route="a",status="success"} 2"#,
        r#"agw_requests_total{route="a",status="client_error"} 1"#,
        r#"agw_requests_total{route="b",status="server_error"} 1"#,
        r#"agw_requests_total{route="",status="client_error"} 2"#,
        r#"agw_request_duration_seconds_count{route="a"} 3"#,
        r#"agw_request_bytes_total{route="a"} 10"#,
        r#"agw_rate_limited_total{route="a"} 1"#,
        r#"agw_refusals_total{code="rate_limited"} 1"#,
        r#"agw_refusals_total{code="upstream_unavailable"} 1"#,
        r#"agw_refusals_total{code="bad_framing"} 1"#,
        r#"agw_upstream_connects_total{cluster="gone",outcome="failed"} 1"#,
        r#"agw_upstream_failures_total{cluster="gone",reason="connect"} 1"#,
        r#"agw_upstream_duration_seconds_count{cluster="up"} 2"#,
        "agw_requests_in_flight 0",
        &format!("agw_connections_total{{{listener}}} 6"),
    ] {
        told(&setup, line).await;
    }
    let metrics = setup.admin("GET /metrics").await;
    let connects = |outcome: &str| {
        let series = format!("agw_upstream_connects_total{{cluster=\"up\",outcome=\"{outcome}\"}} ");
        let value = metrics.body().lines().find_map(|line| line.strip_prefix(&series)?.parse::<u32>().ok());
        value.unwrap_or(0)
    };
    assert_eq!(connects("opened") + connects("reused"), 2);
}

#[tokio::test]
async fn counters_go_on_after_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let _origin = Origin::unix("o", &dir);
    let route = |path: &str| format!("{{path: {path}, target: 'unix:DIR/o.sock'}}");
    let config = |paths: &[&str]| {
        let routes: Vec<String> = paths.iter().map(|path| route(path)).collect();
        format!("proxy_routes: [{}]", routes.join(", "))
    };
    let setup = Setup::start(dir, &config(&["/a", "/b"])).await;
    setup.get("/a").await;
    for paths in [["/c", "/a"], ["/a", "/c"]] {
        crate::support::write_config(&setup.dir, &config(&paths));
        setup.gateway.reload().await.unwrap();
        setup.get("/a").await;
        setup.get("/c").await;
    }
    for (name, count) in [("/a", 3), ("/c", 2)] {
        told(&setup, &format!("agw_requests_total{{route=\"{name}\",status=\"success\"}} {count}")).await;
        told(&setup, &format!("agw_upstream_duration_seconds_count{{cluster=\"{name}\"}} {count}")).await;
    }
    told(&setup, "agw_config_reloads_total{outcome=\"ok\"} 2").await;
}
