//! Nothing is lost, and nothing that was journalled is done twice.

use crate::instance::{Instance, alert, install, recorded, signal, until};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

#[tokio::test]
async fn the_fsync_comes_before_the_answer() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("calls");
    let mut strace = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "32",
            "-e",
            "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg",
            "-o",
        ])
        .arg(&log)
        .args(["-p", &instance.pid("platform").to_string()])
        .stderr(Stdio::null())
        .spawn()
        .expect("strace is needed and cannot be started; `make test` installs it");
    // Attached once the process shows its tracer.
    let status = format!("/proc/{}/status", instance.pid("platform"));
    until("strace", || async {
        let text = fs::read_to_string(&status).ok()?;
        text.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0")).then_some(())
    })
    .await;
    instance.alert("Stored first").await;
    let order = until("the calls", || async { order_of_calls(&fs::read_to_string(&log).ok()?) }).await;
    signal(i32::try_from(strace.id()).unwrap(), "-TERM");
    let _ = strace.wait();
    assert!(order.stored < order.synced && order.synced < order.answered, "{order:?}");
}

#[derive(Debug)]
struct Order {
    stored: usize,
    synced: usize,
    answered: usize,
}

/// Lines of the log at which the alert went into the write-ahead log, was synced, and was answered.
fn order_of_calls(log: &str) -> Option<Order> {
    let lines: Vec<&str> = log.lines().collect();
    let answered = lines.iter().position(|line| line.contains("HTTP/1.1 202"))?;
    let before = &lines[..answered];
    let of_wal = |line: &str| line.contains("aetherius.db-wal");
    let stored = before.iter().rposition(|line| line.contains("pwrite64(") && of_wal(line))?;
    // The call's end counts; strace writes a call that others overlap in two lines.
    let begun = before
        .iter()
        .rposition(|line| (line.contains("fdatasync(") || line.contains("fsync(")) && of_wal(line))?;
    let synced = if before[begun].contains("<unfinished") {
        let thread = before[begun].split(' ').next()?;
        begun
            + before[begun..].iter().position(|line| line.starts_with(thread) && line.contains("resumed>"))?
    } else {
        begun
    };
    Some(Order { stored, synced, answered })
}

/// Writes a stand-in for kubectl that notes each command, takes its time, and prints an empty list.
fn slow_kubectl(directory: &Path) -> String {
    let script = directory.join("kubectl");
    let runs = directory.join("runs");
    let text = format!(
        "#!/bin/sh\n[ \"$1\" = version ] && exit\nkind=\nfor word in \"$@\"; do case $word in pods|events|nodes|deployments|replicasets) kind=$word;; esac; done\n\
         sleep 0.3\necho \"$kind\" >> {}\nprintf '{{\\n    \"apiVersion\": \"v1\",\\n    \"items\": [],\\n    \"kind\": \"List\"\\n}}\\n'\n",
        runs.display()
    );
    install(&script, text.as_bytes());
    let kubeconfig = directory.join("kubeconfig");
    fs::write(&kubeconfig, "apiVersion: v1\nkind: Config\n").unwrap();
    format!(
        "services: {{execution: {{clusters: [{{id: default, kubectl: {{kubectl: {}, kubeconfig: {}}}}}]}}}}\n",
        script.display(),
        kubeconfig.display()
    )
}

#[tokio::test]
async fn a_task_goes_on_after_kill_9_and_repeats_no_step_that_was_journalled() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start_in(directory.path(), &slow_kubectl(directory.path())).await;
    let event = instance.alert("Killed in the middle").await;
    let executed = || async {
        let page = instance.get("/api/audit/v1/audit?limit=200").await;
        let links =
            page.as_array().cloned().or_else(|| page["items"].as_array().cloned()).unwrap_or_default();
        links.iter().filter(|link| link["action"] == "step.executed").count()
    };
    let before =
        until("the first steps", || async { Some(executed().await).filter(|&steps| steps >= 1) }).await;
    instance.kill("platform");
    instance.until_ready().await;
    let task = instance.ended_task(&event).await;
    assert_eq!(task["status"], "completed", "{task}");
    let runs = fs::read_to_string(directory.path().join("runs")).unwrap();
    let steps = task["result"]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["status"] == "success"), "{steps:?}");
    // Each step that was journalled ran once; one in flight at the kill may have run once more.
    assert!(
        runs.lines().count() <= steps.len() + (steps.len() - before),
        "{before} were journalled, then: {runs}"
    );
    assert_eq!(instance.tasks().await.len(), 1);
    assert_eq!(
        until("the steps' audit", || async { Some(executed().await).filter(|&n| n >= steps.len()) }).await,
        steps.len()
    );
}

#[tokio::test]
async fn what_was_acknowledged_has_one_task_after_kills_under_load() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let mut acknowledged = Vec::new();
    for n in 0..60 {
        if n % 20 == 10 {
            instance.kill(if n % 40 == 10 { "platform" } else { "agw" });
        }
        let body = alert(&format!("Alert{n}"));
        // As Alertmanager does: again on anything but a 2xx.
        let id = until("an acknowledgement", || async {
            let sent = instance.request("POST", "/webhook/alertmanager").json(&body).send().await.ok()?;
            if sent.status() != 202 {
                return None;
            }
            let accepted: serde_json::Value = sent.json().await.ok()?;
            Some(accepted["events"][0]["id"].as_str()?.to_owned())
        })
        .await;
        acknowledged.push(id);
    }
    for event in &acknowledged {
        assert_eq!(instance.ended_task(event).await["status"], "completed");
    }
    let mut tasks: Vec<String> =
        instance.tasks().await.iter().map(|task| task["event_id"].as_str().unwrap().to_owned()).collect();
    tasks.sort();
    acknowledged.sort();
    assert_eq!(tasks, acknowledged, "every acknowledged alert has its task, and none has two");
}

#[tokio::test]
async fn a_clean_stop_and_start_keeps_everything() {
    let directory = tempfile::tempdir().unwrap();
    let mut instance = Instance::start_in(directory.path(), &recorded("crash-loop")).await;
    let event = instance.alert("Kept").await;
    let task = instance.ended_task(&event).await;
    let report = instance.report_of(task["id"].as_str().unwrap()).await;
    let token = instance.admin_token();
    instance.stop();
    instance.serve_again().await;
    assert_eq!(instance.admin_token(), token);
    assert_eq!(instance.ended_task(&event).await, task);
    assert_eq!(instance.report_of(task["id"].as_str().unwrap()).await, report);
}
