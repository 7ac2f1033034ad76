//! How often and how much.

use crate::{
    authentication::CONSUMERS,
    docs,
    support::{Origin, Setup},
};

#[tokio::test]
async fn a_used_up_allowance_is_refused_with_the_time_to_wait() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let routes = "routes:
  - {name: r, match: {path_prefix: /}, cluster: o, auth: {}, rate_limit: {requests: 2, per: hour, key: consumer}}
";
    let setup = Setup::start(dir, &format!("{CONSUMERS}{routes}")).await;
    let ann = ["X-API-Key: foo"];
    assert_eq!(setup.send("GET /", &ann, "").await.status(), 200);
    assert_eq!(setup.send("GET /", &ann, "").await.status(), 200);
    let refused = setup.send("GET /", &ann, "").await;
    assert_eq!(refused.problem(), (429, "rate_limited".to_owned()));
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1790..=1800).contains(&wait), "{wait}");
    assert_eq!(
        setup.send("GET /", &["X-API-Key: bar"], "").await.status(),
        200,
        "another consumer has its own"
    );
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn several_limits_are_announced_and_all_must_allow() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let yaml = docs::yaml(include_str!("../../../../docs/gateway/limits.md"), 0);
    let setup = Setup::start(dir, &yaml.replace("127.0.0.1:3000", "unix:DIR/o.sock")).await;
    let first = setup.send("GET /", &["X-Tenant: a"], "").await;
    assert_eq!(first.status(), 200);
    let policy = "\"client_ip\";q=3;w=60, \"header\";q=5;w=60, \"everybody\";q=1000;w=3600";
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    let left = "\"client_ip\";r=2;t=20, \"header\";r=4;t=12, \"everybody\";r=999;t=4";
    assert_eq!(first.header("ratelimit"), Some(left));
    for _ in 0..2 {
        assert_eq!(setup.send("GET /", &["X-Tenant: b"], "").await.status(), 200);
    }
    let refused = setup.send("GET /", &["X-Tenant: c"], "").await;
    assert_eq!(refused.problem(), (429, "rate_limited".to_owned()));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"client_ip\";r=0;t="), "{refused:?}");
    assert!((1..=20).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));

    assert_eq!(
        setup.send("GET /../", &[], "").await.header("ratelimit"),
        None,
        "it never came to the limits"
    );
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_whether_announced_or_streamed() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let rest = "clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: o, body_bytes_max: 10}]
";
    let setup = Setup::start(dir, rest).await;
    assert_eq!(setup.send("POST /", &[], "0123456789").await.status(), 200);
    assert_eq!(setup.send("POST /", &[], "0123456789a").await.problem(), (413, "body_too_large".to_owned()));

    let chunked = |chunks: &[usize]| {
        let mut text =
            "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                .to_owned();
        for bytes in chunks {
            text.push_str(&format!("{bytes:x}\r\n{}\r\n", "x".repeat(*bytes)));
        }
        text + "0\r\n\r\n"
    };
    assert_eq!(setup.raw(chunked(&[5, 5]).as_bytes()).await.status(), 200);
    assert_eq!(setup.raw(chunked(&[5, 6]).as_bytes()).await.problem(), (413, "body_too_large".to_owned()));
    let large = [100_000; 5];
    assert_eq!(setup.raw(chunked(&large).as_bytes()).await.problem(), (413, "body_too_large".to_owned()));
    assert_eq!(origin.requests().len(), 2, "no refused body arrived whole");
}
