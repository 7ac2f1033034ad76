//! The demonstration, from its start on a running installation to the incidents that it leaves.

use crate::instance::{Instance, free_port, program, signal, until};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// From the start of the demonstration to its last diagnosis.
const BAR: Duration = Duration::from_secs(60);

/// What is found in each cluster; nothing where nothing is wrong.
fn answers() -> BTreeMap<&'static str, Option<(&'static str, &'static str)>> {
    [
        ("demo-amsterdam", Some(("incorrect_image_reference", "deployment/catalog"))),
        ("demo-bergen", Some(("oom_killed", "deployment/orders"))),
        ("demo-cardiff", Some(("pvc_storage_class_mismatch", "deployment/cache"))),
        ("demo-dublin", None),
        ("demo-edinburgh", Some(("service_selector_mismatch", "deployment/catalog"))),
        ("demo-frankfurt", Some(("node_network_unavailable", "node/node-2"))),
        ("demo-geneva", Some(("missing_secret_binding", "deployment/orders"))),
        ("demo-helsinki", Some(("namespace_memory_quota_exceeded", "namespace/lamp-shop"))),
        ("demo-istanbul", Some(("network_policy_isolation", "deployment/catalog"))),
        ("demo-jakarta", Some(("liveness_probe_incorrect_port", "deployment/catalog"))),
        ("demo-kyoto", Some(("taint_toleration_mismatch", "deployment/cart"))),
        ("demo-lisbon", None),
    ]
    .into()
}

/// The cause of a task that has ended, and its object.
fn found(task: &Value) -> Option<(String, String)> {
    let finding = &task["result"]["diagnosis"]["root_cause"];
    let object = &finding["object"];
    let object = format!("{}/{}", object["kind"].as_str()?, object["name"].as_str()?);
    Some((finding["rule"].as_str()?.to_owned(), object))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_brings_every_incident_to_its_right_cause_and_a_storm_to_one() {
    let instance = Instance::start("").await;
    let started = Instant::now();
    let begun =
        instance.request("POST", "/api/api/v1/demo").json(&json!({ "speed": 200 })).send().await.unwrap();
    assert_eq!(begun.status(), 202, "{}", begun.text().await.unwrap());
    let again = instance.request("POST", "/api/api/v1/demo").json(&json!({})).send().await.unwrap();
    assert_eq!(again.status(), 409);
    assert_eq!(again.json::<Value>().await.unwrap()["code"], "conflict");
    let tasks = until("the last diagnosis", || async {
        let status = instance.get("/api/api/v1/demo").await;
        let is_over = status["running"] == false && status["sent"] == status["total"];
        let tasks = instance.tasks().await;
        let all = is_over && tasks.iter().all(|task| task["status"] == "completed");
        all.then_some(tasks)
    })
    .await;
    assert!(started.elapsed() < BAR, "{:?}", started.elapsed());
    let answers = answers();
    let mut of_cluster: BTreeMap<String, usize> = BTreeMap::new();
    for task in &tasks {
        let whole =
            instance.get(&format!("/api/orchestrator/v1/tasks/{}", task["id"].as_str().unwrap())).await;
        let cluster = whole["cluster_id"].as_str().unwrap();
        let expected = answers[cluster].map(|(cause, object)| (cause.to_owned(), object.to_owned()));
        assert_eq!(found(&whole), expected, "{cluster} {}", whole["alert_name"]);
        assert_eq!(whole["context"]["labels"]["demo"], "true");
        *of_cluster.entry(cluster.to_owned()).or_default() += 1;
    }
    // 60 alerts of the storm are 20 that repeat, and all have the one cause; the others have an incident each.
    let clusters: BTreeSet<&str> = of_cluster.keys().map(String::as_str).collect();
    assert_eq!(clusters, answers.into_keys().collect());
    for (cluster, incidents) in of_cluster {
        assert_eq!(incidents, if cluster == "demo-frankfurt" { 20 } else { 1 }, "{cluster}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_demonstration_is_off_it_does_not_start_and_its_clusters_are_not_known() {
    let instance = Instance::start("demo: {enabled: false}\n").await;
    assert_eq!(instance.get("/api/api/v1/demo").await["enabled"], false);
    let refused = instance.request("POST", "/api/api/v1/demo").json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    let cluster = instance.request("GET", "/api/execution/v1/clusters/demo-bergen").send().await.unwrap();
    assert_eq!(cluster.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_has_a_diagnosed_incident_to_show_within_ten_seconds() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let started = Instant::now();
    let mut demo = Command::new(program())
        .args(["demo", "--listen", &address, "--data"])
        .arg(directory.path())
        .env("AETHERIUS_LOG", "warn,access=off")
        .env_remove("KUBECONFIG")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains(&format!("http://{address}/"))));
    assert!(said.any(|line| line.contains("The demonstration runs: ")));
    let token = std::fs::read_to_string(directory.path().join("admin-token")).unwrap();
    let http = aetherius_rpc::channel::http_client().unwrap();
    let first = until("the first diagnosis", || async {
        let asked = http.get(format!("http://{address}/api/api/v1/incidents")).bearer_auth(token.trim());
        let page: Value = asked.send().await.ok()?.json().await.ok()?;
        page["items"].as_array()?.iter().find(|item| item["status"] == "completed").cloned()
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(first["title"].as_str().unwrap().contains("catalog"), "{first}");
    signal(i32::try_from(demo.id()).unwrap(), "-TERM");
    assert!(demo.wait().unwrap().success());
}
