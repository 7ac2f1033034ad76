//! What keeps us from working is told in one clear error, and loses nothing.

use crate::instance::{Instance, alert, free_port, recorded, run, until};
use aetherius_store::{Migration, Store};
use std::{net::TcpListener, path::Path, process::Command};

fn refusal(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(1), "{args:?} should have been refused");
    String::from_utf8(output.stderr).unwrap()
}

fn serve(data: &Path, port: u16, more: &[&str]) -> String {
    let (data, listen) = (data.display().to_string(), format!("127.0.0.1:{port}"));
    let mut args = vec!["serve", "--data", &data, "--listen", &listen];
    args.extend(more);
    refusal(&args)
}

#[test]
fn a_port_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = serve(directory.path(), taken.local_addr().unwrap().port(), &[]);
    assert!(error.contains("port is in use") && error.contains("--listen"), "{error}");
}

#[test]
fn a_data_directory_of_a_newer_version() {
    let directory = tempfile::tempdir().unwrap();
    let newer = Migration { owner: "events", version: 99, sql: "CREATE TABLE events_future (id TEXT)" };
    drop(Store::open(&directory.path().join("aetherius.db"), &[newer]).unwrap());
    let error = serve(directory.path(), free_port(), &[]);
    assert!(error.contains("was written by a newer Aetherius") && error.contains("backup"), "{error}");
}

#[test]
fn unknown_services_and_incomplete_selections() {
    let directory = tempfile::tempdir().unwrap();
    let error = serve(directory.path(), free_port(), &["--services", "events,evnts,magic"]);
    assert!(
        error.contains("there is no service `evnts`, `magic`; choose `all` or some of: events,"),
        "{error}"
    );
    let error = serve(directory.path(), free_port(), &["--services", "orchestrator"]);
    assert!(
        error.contains("orchestrator calls reasoning") && error.contains("orchestrator calls execution"),
        "{error}"
    );
}

#[test]
fn a_broken_configuration_is_told_whole() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("broken.yaml");
    std::fs::write(&file, "listen: here\nservices:\n  events: {inbox_max: lots}\n  magic: {}\n").unwrap();
    let file = file.display().to_string();
    let error = serve(directory.path(), free_port(), &["--config", &file]);
    for path in ["services.events.inbox_max:", "services.magic:"] {
        assert!(error.contains(path), "{path} in {error}");
    }
    assert!(serve(directory.path(), free_port(), &["--config", "/nowhere.yaml"]).contains("/nowhere.yaml"));
}

#[tokio::test]
async fn a_second_serve_on_the_same_data() {
    let instance = Instance::start("").await;
    let data = instance.data.clone();
    let error = tokio::task::spawn_blocking(move || serve(&data, free_port(), &[])).await.unwrap();
    assert!(error.contains("another `aetherius serve` uses the data directory"), "{error}");
    instance.until_ready().await;
}

#[tokio::test]
async fn without_kubectl_the_report_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = directory.path().join("kubeconfig");
    std::fs::write(&kubeconfig, "apiVersion: v1\nkind: Config\n").unwrap();
    let config = format!(
        "services: {{execution: {{clusters: [{{id: default, kubectl: {{kubectl: /nowhere/kubectl, kubeconfig: {}}}}}, {{id: none}}]}}}}\n",
        kubeconfig.display()
    );
    let instance = Instance::start(&config).await;
    let task = instance.ended_task(&instance.alert("NoKubectl").await).await;
    assert_eq!(task["status"], "completed");
    let gaps = task["result"]["diagnosis"]["gaps"].to_string();
    assert!(gaps.contains("kubectl"), "{gaps}");
    let mut elsewhere = alert("ElsewhereUnknown");
    elsewhere["alerts"][0]["labels"]["cluster"] = "mars".into();
    let accepted: serde_json::Value = instance.post_alert(&elsewhere).await.json().await.unwrap();
    let task = instance.ended_task(accepted["events"][0]["id"].as_str().unwrap()).await;
    assert_eq!(task["status"], "failed");
    assert!(task["error_message"].as_str().unwrap().contains("there is no cluster `mars`"), "{task}");
}

#[tokio::test]
async fn a_full_inbox_answers_503_with_retry_after() {
    let config = recorded("image-pull").replace(
        "services: {",
        "services: {events: {inbox_max: 1}, orchestrator: {queue_max: 1, worker_pool_size: 1}, ",
    );
    let instance = Instance::start(&config).await;
    let mut refused = None;
    for n in 0..20_000 {
        let answer = instance.post_alert(&alert(&format!("Flood{n}"))).await;
        if answer.status() == 503 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status(), 202);
    }
    let refused = refused.expect("the inbox never filled");
    assert!(refused.headers().contains_key("retry-after"));
    let text = refused.text().await.unwrap();
    assert!(text.contains("the inbox is full"), "{text}");
    until("room in the inbox", || async {
        (instance.post_alert(&alert("Later")).await.status() == 202).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_refuses_alerts_and_goes_on_once_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path()) else {
        eprintln!(
            "SKIPPED: a small file system cannot be mounted here (needs root); the full disk was not tested"
        );
        return;
    };
    let instance = Instance::start_in(directory.path(), &recorded("image-pull")).await;
    let kept = instance.alert("Before").await;
    instance.ended_task(&kept).await;
    let filler = directory.path().join("filler");
    let _ = Command::new("dd").args(["if=/dev/zero", "bs=64k", &format!("of={}", filler.display())]).output();
    let mut refused = None;
    for n in 0..2000 {
        let answer = instance.post_alert(&alert(&format!("Full{n}"))).await;
        if answer.status() != 202 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the disk never filled");
    assert_eq!(refused.status(), 507);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.text().await.unwrap().contains("the disk is full"));
    std::fs::remove_file(&filler).unwrap();
    let event = until("space", || async {
        let answer = instance.post_alert(&alert("After")).await;
        if answer.status() != 202 {
            return None;
        }
        let accepted: serde_json::Value = answer.json().await.ok()?;
        Some(accepted["events"][0]["id"].as_str()?.to_owned())
    })
    .await;
    instance.ended_task(&event).await;
    instance.ended_task(&kept).await;
    drop(instance);
    drop(disk);
}

struct SmallDisk(String);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let at = at.display().to_string();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs", &at]).output().ok()?;
        mounted.status.success().then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", &self.0]).status();
    }
}
