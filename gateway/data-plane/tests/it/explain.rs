//! What the gateway says of a request that is not sent.

use crate::{
    operations::{Operated, QUIET},
    support::Origin,
};
use serde_json::{Value, json};
use std::process::Command;

const KEY: &str = "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"; // of "ab"

async fn gateway(address: &str) -> Operated {
    let yaml = format!(
        "consumers: [{{name: ann, roles: [writer], key_sha256: {KEY}}}]
lanes: {{choosers: {{roles: [writer]}}}}
clusters:
  - name: c
    endpoints: ['{address}', {{address: '127.0.0.1:1', lane: green}}]
routes:
  - {{name: api, match: {{path_prefix: /api, methods: [GET]}}, strip_prefix: true, cluster: c, auth: {{roles: [writer]}},
     rate_limit: {{requests: 1, per: hour, key: route}}}}
  - {{name: open, match: {{hosts: [a.test], path_prefix: /}}, cluster: c}}"
    );
    Operated::start(QUIET, &yaml).await
}

async fn explain(gateway: &Operated, question: &Value) -> Value {
    let answer = gateway.call("POST /explain", "Host: localhost\r\n", &question.to_string()).await;
    assert_eq!(answer.status(), 200, "{}", answer.0);
    serde_json::from_str(answer.body()).unwrap()
}

fn step(answer: &Value, name: &str) -> String {
    let steps = answer["steps"].as_array().unwrap();
    let found =
        steps.iter().find(|step| step["step"] == name).unwrap_or_else(|| panic!("{name}: {answer:#}"));
    found["found"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_step_is_told_and_nothing_is_used_up() {
    let (origin, address) = Origin::tcp("o").await;
    let gateway = gateway(&address).await;
    let key = json!([["authorization", "Bearer ab"]]);
    for _ in 0..3 {
        let answer = explain(&gateway, &json!({ "url": "/api/x?y", "headers": key })).await;
        assert_eq!(answer["summary"], format!("api → {address}"));
        assert_eq!(
            (&answer["route"], &answer["caller"], &answer["cluster"]),
            (&"api".into(), &"ann".into(), &"c".into())
        );
        assert!(step(&answer, "caller").contains("writer"));
        assert!(step(&answer, "limits").starts_with("enough left"), "{answer:#}");
        assert_eq!(step(&answer, "outcome"), "forwarded with the path /x");
        assert!(step(&answer, "endpoint").contains("base has 1 of 1 healthy"), "{answer:#}");
    }
    assert!(origin.requests().is_empty(), "nothing was sent");

    let lane =
        explain(&gateway, &json!({ "url": "/api", "headers": [["x-api-key", "ab"], ["x-lane", "green.x"]] }))
            .await;
    assert_eq!((&lane["lane"], &lane["endpoint"]), (&"green.x".into(), &"127.0.0.1:1".into()));
    let found = step(&lane, "endpoint");
    assert!(
        found.contains("green.x has 0 of 0 healthy, then green has 1 of 1 healthy, then base"),
        "{found}"
    );

    let nobody = explain(&gateway, &json!({ "url": "/api", "headers": {"x-lane": "green"} })).await;
    assert!(step(&nobody, "outcome").starts_with("refused with 401 unauthenticated: "), "{nobody:#}");
    assert_eq!(nobody["endpoint"], Value::Null);
    let other_method = explain(&gateway, &json!({ "url": "/api", "method": "POST" })).await;
    assert!(step(&other_method, "outcome").starts_with("refused with 405 "), "{other_method:#}");
    assert_eq!(step(&other_method, "passed_over"), "api: serves other methods");
    let other_host = explain(&gateway, &json!({ "url": "http://a.test/x" })).await;
    assert_eq!(other_host["route"], "open");
    let bad_path = explain(&gateway, &json!({ "url": "/api/%2e%2e/x" })).await;
    assert!(step(&bad_path, "outcome").starts_with("refused with 400 bad_path"), "{bad_path:#}");
}

#[tokio::test]
async fn what_it_says_is_what_happens() {
    let (origin, address) = Origin::tcp("o").await;
    let gateway = gateway(&address).await;
    let question = json!({ "url": "/api/x", "headers": [["x-api-key", "ab"]] });
    let request = || async {
        let text = "GET /api/x HTTP/1.1\r\nHost: h\r\nX-Api-Key: ab\r\nConnection: close\r\n\r\n";
        let stream = tokio::net::TcpStream::connect(gateway.gateway.addresses()[0]).await.unwrap();
        crate::operations::exchange(stream, text).await.status()
    };
    assert_eq!(explain(&gateway, &question).await["endpoint"], address);
    assert_eq!(request().await, 200);
    assert!(origin.last().starts_with("GET /x "));
    let used_up = explain(&gateway, &question).await;
    assert!(step(&used_up, "outcome").starts_with("refused with 429 rate_limited"), "{used_up:#}");
    assert_eq!(request().await, 429);
}

#[tokio::test]
async fn the_documented_example_says_what_it_shows() {
    let page = include_str!("../../../../docs/gateway/operations.md");
    let (_origin, address) = Origin::tcp("o").await;
    let gateway =
        Operated::start(QUIET, &crate::docs::yaml(page, 3).replace("127.0.0.1:8001", &address)).await;
    let question: Value = page
        .lines()
        .find_map(|line| line.strip_prefix("{\"url\""))
        .map(|rest| format!("{{\"url\"{rest}"))
        .map(|text| serde_json::from_str(&text).unwrap())
        .unwrap();
    let answer = explain(&gateway, &question).await;
    for step in answer["steps"].as_array().unwrap() {
        let (name, found) = (step["step"].as_str().unwrap(), step["found"].as_str().unwrap());
        let shown = format!("{name:<14} {}", found.replace(&address, "127.0.0.1:8001"));
        assert!(page.lines().any(|line| line == shown), "{shown}");
    }
}

#[tokio::test]
async fn it_can_be_asked_by_query_and_from_a_terminal() {
    let (_origin, address) = Origin::tcp("o").await;
    let gateway = gateway(&address).await;
    let by_query = gateway.json("GET /explain?url=/api/x&header=X-Api-Key:%20ab&client_ip=192.0.2.1").await;
    assert_eq!(by_query["endpoint"], address);
    for wrong in ["", "?url=/a&methods=GET", "?url=/a&client_ip=x", "?url=/a&method=%20", "?url=/a&header=x"]
    {
        let refused = gateway.call(&format!("GET /explain{wrong}"), "Host: localhost\r\n", "").await;
        assert_eq!(refused.problem(), (400, "bad_question".to_owned()), "{wrong}");
    }
    let too_long = "x".repeat(70_000);
    let refused = gateway.call("POST /explain", "Host: localhost\r\n", &too_long).await;
    assert_eq!(refused.problem(), (413, "bad_body".to_owned()));

    let admin = gateway.gateway.admin_address().to_string();
    let output = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agw"));
        command.args(["ctl", "--admin", &admin, "explain", "/api/x", "-H", "X-Api-Key: ab"]).output().unwrap()
    });
    let output = output.await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("caller         ann, with the roles writer\n")
            && text.ends_with(&format!("api → {address}\n")),
        "{text}"
    );
}
