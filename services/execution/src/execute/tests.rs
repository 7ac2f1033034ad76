use super::Executor;
use crate::{
    MIGRATIONS,
    metrics::ExecutionMetrics,
    recorded::{self, Format},
    runner::{Access, Cluster, Kubectl},
    settings::{ClusterSource, Config},
    store,
    testing::install,
};
use aetherius_bus::Context;
use aetherius_contracts::execution::{Command, Decision, StepRequest, StepResult, StepStatus};
use aetherius_store::Store;
use foundation::{metrics::Metrics, trace::TraceParent};
use std::sync::Arc;

fn executor(source: ClusterSource) -> Executor {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    Executor::new(Config::of_one(source), store, ExecutionMetrics::register(&Metrics::default()))
}

fn case(output: &str) -> ClusterSource {
    let directory = tempfile::tempdir().unwrap();
    let yaml = "namespace: shop\ncommands:\n  - {argv: [kubectl, get, pods, -n, shop], output: o.txt}\n";
    std::fs::write(directory.path().join("case.yaml"), yaml).unwrap();
    std::fs::write(directory.path().join("o.txt"), output).unwrap();
    let case = recorded::load(directory.path(), Format::Own).unwrap();
    ClusterSource::Ready(Cluster::Recorded(Arc::new(case)))
}

async fn execute(executor: &Executor, args: &[&str], key: &str) -> StepResult {
    let command = Command {
        tool: "kubectl".into(),
        args: args.iter().map(|&arg| arg.into()).collect(),
        namespace: "shop".into(),
        ..Command::default()
    };
    let request = StepRequest { task_id: "t".into(), step_id: "s".into(), command };
    let context = Context { project_id: "p".into(), lane: String::new(), trace: TraceParent::new_root() };
    executor.step(request, key.into(), context).await.unwrap()
}

async fn told(executor: &Executor) -> u32 {
    aetherius_bus::backlog(executor.store(), "anybody", "step.executed", 100).await.unwrap()
}

#[tokio::test]
async fn an_output_is_redacted_hashed_and_given_again_under_its_key() {
    let executor = executor(case("NAME READY\nweb   1/1\npassword: hunter2secret\n"));
    let first = execute(&executor, &["get", "pods", "-n", "shop"], "k").await;
    assert_eq!((first.status, first.exit_code), (StepStatus::Success, 0));
    assert_eq!(first.command, "kubectl get pods -n shop");
    assert!(first.output.contains("web   1/1") && !first.output.contains("hunter2"), "{}", first.output);
    assert_eq!(first.output_hash.len(), 64);
    let again = execute(&executor, &["get", "pods", "-n", "shop"], "k").await;
    assert_eq!(again, first);
    assert_eq!(told(&executor).await, 1);
    let listed = executor.store().read(|tx| store::steps(tx, "p", "t")).await.unwrap();
    assert_eq!(listed, [StepResult { output: String::new(), ..first }]);
    assert_eq!(executor.store().read(|tx| store::steps(tx, "p", "other")).await.unwrap(), []);
}

#[tokio::test]
async fn a_secret_at_the_edge_of_a_cut_output_is_masked() {
    let directory = tempfile::tempdir().unwrap();
    let kubectl = directory.path().join("kubectl");
    let filler = recorded::OUTPUT_BYTES_MAX - "\npassword: hunter2".len();
    let script = format!("#!/bin/sh\nyes web | head -c {filler}\necho\necho password: hunter2secret\n");
    install(&kubectl, script.as_bytes());
    let tools = Kubectl::locate(Access { kubectl: Some(kubectl), ..Access::default() }).unwrap();
    let executor = executor(ClusterSource::Ready(Cluster::Kubectl(Arc::new(tools))));
    let step = execute(&executor, &["get", "pods", "-n", "shop"], "k").await;
    assert!(step.truncated && step.output.starts_with("web\nweb\n"), "{:.40}", step.output);
    assert!(!step.output.contains("hunter") && step.output.ends_with("[redacted]"));
}

#[tokio::test]
async fn a_denied_command_is_a_result_that_says_why() {
    let executor = executor(case(""));
    let denied = execute(&executor, &["delete", "pods", "--all"], "k").await;
    assert_eq!((denied.status, denied.verdict.verdict), (StepStatus::Failed, Decision::Deny));
    assert_eq!(denied.verdict.checks_passed, ["tool"]);
    assert!(denied.error.starts_with("denied: "), "{}", denied.error);
    assert_eq!(told(&executor).await, 1, "a denial is told too");
}

#[tokio::test]
async fn a_cluster_that_is_missing_is_told_in_the_step() {
    let executor = executor(ClusterSource::Missing("kubectl is not installed".into()));
    let step = execute(&executor, &["get", "pods", "-n", "shop"], "k").await;
    assert_eq!(step.verdict.verdict, Decision::Allow);
    assert_eq!((step.status, step.error.as_str()), (StepStatus::Failed, "kubectl is not installed"));
}

#[tokio::test]
async fn a_demonstration_cluster_answers_where_there_is_one_and_is_in_no_list() {
    let get = |cluster_id: &str| Command {
        tool: "kubectl".into(),
        args: ["get", "pods", "-n", "teashop", "-o", "json"].map(str::to_owned).to_vec(),
        namespace: "teashop".into(),
        cluster_id: cluster_id.into(),
        ..Command::default()
    };
    let without = executor(case(""));
    assert_eq!(without.verdict(&get("demo-bergen")).verdict, Decision::Deny);
    assert!(without.cluster("demo-bergen").is_none());
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let config = Config::of_one(case("")).with_demo();
    let with = Executor::new(config, store, ExecutionMetrics::register(&Metrics::default()));
    let request = StepRequest { task_id: "t".into(), step_id: "s".into(), command: get("demo-bergen") };
    let context = Context { project_id: "p".into(), lane: String::new(), trace: TraceParent::new_root() };
    let ran = with.step(request, "k".into(), context).await.unwrap();
    assert!(ran.status == StepStatus::Success && ran.output.contains("teashop"), "{ran:?}");
    assert_eq!(with.verdict(&get("demo-nowhere")).verdict, Decision::Deny);
    assert_eq!(with.cluster("demo-bergen").unwrap().namespace, "teashop");
    assert_eq!(with.clusters().map(|cluster| cluster.id).collect::<Vec<_>>(), ["default"]);
}
