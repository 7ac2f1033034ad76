//! Upstreams that are not there, are slow, or break off.

use crate::support::{Origin, Setup};
use tokio::net::TcpListener;

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_503_to_try_again() {
    let dir = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let rest = format!(
        "proxy_routes:
  - {{path: /unix, target: 'unix:DIR/nothing.sock'}}
  - {{path: /tcp, target: 'http://{closed}'}}
  - {{path: /name, target: 'http://name.invalid:80'}}
"
    );
    let setup = Setup::start(dir, &rest).await;
    for path in ["/unix", "/tcp", "/name"] {
        let answer = setup.send(&format!("POST {path}"), &[], "{}").await;
        assert_eq!(answer.problem(), (503, "upstream_unavailable".to_owned()), "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let _back = Origin::unix("nothing", &setup.dir);
    assert_eq!(setup.get("/unix").await.status(), 200, "it is used as soon as it is there");
}

#[tokio::test]
async fn another_endpoint_is_tried_when_one_cannot_be_reached() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let rest = "clusters: [{name: c, endpoints: ['unix:DIR/nothing.sock', 'unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: c}]
";
    let setup = Setup::start(dir, rest).await;
    for _ in 0..4 {
        assert_eq!(setup.send("POST /", &[], "once").await.status(), 200);
    }
    assert_eq!(origin.requests().len(), 4, "each was sent once");
}

#[tokio::test]
async fn silence_is_a_504_and_a_broken_answer_a_502_and_neither_is_sent_twice() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::unix("o", &dir);
    let rest = "clusters: [{name: o, endpoints: ['unix:DIR/o.sock']}]
routes: [{name: r, match: {path_prefix: /}, cluster: o, timeout_ms: 200}]
";
    let setup = Setup::start(dir, rest).await;
    assert_eq!(setup.send("POST /silent", &[], "x").await.problem(), (504, "upstream_timeout".to_owned()));
    assert_eq!(setup.send("POST /break", &[], "x").await.problem(), (502, "upstream_failed".to_owned()));
    assert_eq!(setup.get("/").await.status(), 200);
    assert_eq!(setup.send("POST /break", &[], "x").await.status(), 502, "also on a connection used before");
    let paths: Vec<String> =
        origin.requests().iter().map(|r| r.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/silent", "/break", "/", "/break"]);
}
