use crate::{
    Deps, Document, MIGRATIONS, ReportPage, Service, Settings,
    testing::{completed, context, found, nothing},
};
use aetherius_bus::publish;
use aetherius_contracts::{
    messages::{NOTIFICATION_SEND, NotificationSend, TASK_COMPLETED, TaskCompleted},
    reports::ReportsClient,
};
use aetherius_rpc::{CallContext, CallError, CallerKey, Channel, Code, caller::CALLER_HEADER};
use aetherius_store::{Store, StoreError, Urgency, outbox};
use axum::http::{HeaderMap, Request, StatusCode};
use foundation::{metrics::Metrics, secret::Secret, shutdown::Shutdown, trace::TraceParent};
use http_body_util::BodyExt;
use std::time::Duration;
use tower::ServiceExt;

fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

fn caller(project: &str) -> CallContext {
    CallContext::new("tester", project, TraceParent::new_root())
}

struct Running {
    store: Store,
    service: Service,
    channel: Channel,
    shutdown: Shutdown,
}

fn start(store: Store) -> Running {
    let metrics = Metrics::default();
    let deps = Deps { store: store.clone(), key: key(), metrics };
    let service = Service::create(Settings::default().validate().unwrap(), deps);
    let channel = Channel::local("reports", service.router(), key());
    let shutdown = Shutdown::new();
    tokio::spawn(service.clone().run(shutdown.clone()));
    Running { store, service, channel, shutdown }
}

impl Running {
    async fn end_task(&self, task: &str, generation: u32, mut completed: TaskCompleted) {
        completed.task_id = task.to_owned();
        let id = format!("{task}#{generation}/completed");
        let sent: Result<(), StoreError> = self
            .store
            .write(Urgency::Work, move |tx| publish(tx, id, TASK_COMPLETED, &context(), &completed))
            .await;
        sent.unwrap();
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.channel.get(path, &caller("default")).await
    }

    /// The report on a task once `ready`.
    async fn until(&self, task: &str, ready: impl Fn(&Document) -> bool) -> Document {
        let path = format!("/v1/tasks/{task}/report");
        let arrived = async {
            loop {
                match self.get::<Document>(&path).await {
                    Ok(document) if ready(&document) => return document,
                    _ => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the report did not arrive")
    }

    async fn notices(&self) -> Vec<NotificationSend> {
        let read: Result<_, StoreError> =
            self.store.read(|tx| Ok(outbox::read_after(tx, &[NOTIFICATION_SEND], 0, 100)?.0)).await;
        read.unwrap().iter().map(|entry| serde_json::from_str(&entry.payload).unwrap()).collect()
    }

    async fn raw(&self, path: &str) -> (StatusCode, HeaderMap, String) {
        let token = key().mint(&caller("default").caller).unwrap();
        let request =
            Request::get(path).header(CALLER_HEADER, token).body(axum::body::Body::empty()).unwrap();
        let response = self.service.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn every_end_gets_one_report_and_one_notification() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let first = start(store.clone());
    first.end_task("t1", 0, completed(Some(found()), None)).await;
    first.end_task("t2", 0, completed(None, Some("timed out"))).await;
    let failed = first.until("t2", |_| true).await;
    assert_eq!(failed.error.as_deref(), Some("timed out"));
    let report = first.until("t1", |_| true).await;
    first.shutdown.request();
    // A consumer whose offset was lost gets everything again.
    let forget: Result<usize, StoreError> =
        store.write(Urgency::Work, |tx| tx.execute("DELETE FROM outbox_offsets", &[])).await;
    forget.unwrap();
    let second = start(store);
    second.end_task("t3", 0, completed(Some(nothing()), None)).await;
    second.until("t3", |_| true).await;
    assert_eq!(second.until("t1", |_| true).await, report);
    let tasks: Vec<String> = second.notices().await.into_iter().map(|notice| notice.task_id).collect();
    assert_eq!(tasks, ["t1", "t2", "t3"]);
    let client = ReportsClient::new(second.channel.clone());
    assert_eq!(client.of_task("t1", &caller("default")).await.unwrap(), report.report);
}

#[tokio::test]
async fn a_task_done_again_gets_a_new_report_under_the_old_id() {
    let reports = start(Store::ephemeral(MIGRATIONS).unwrap());
    reports.end_task("t1", 0, completed(None, Some("no cluster"))).await;
    let failed = reports.until("t1", |_| true).await;
    reports.end_task("t1", 1, completed(Some(found()), None)).await;
    let again = reports.until("t1", |document| document.error.is_none()).await;
    assert_eq!(again.report.id, failed.report.id);
    assert_eq!(reports.notices().await.len(), 2);
}

#[tokio::test]
async fn lists_are_paged_newest_first_and_leave_out_what_was_put_away() {
    let reports = start(Store::ephemeral(MIGRATIONS).unwrap());
    for n in 1..=5 {
        reports.end_task(&format!("t{n}"), 0, completed(Some(nothing()), None)).await;
        reports.until(&format!("t{n}"), |_| true).await;
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page: ReportPage = reports.get(&format!("/v1/reports?limit=2&after={after}")).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.task_id));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, ["t5", "t4", "t3", "t2", "t1"]);
    let id = reports.until("t4", |_| true).await.report.id;
    let context = caller("default");
    let archived: Document =
        reports.channel.post(&format!("/v1/reports/{id}/archive"), &(), &context).await.unwrap();
    let again: Document =
        reports.channel.post(&format!("/v1/reports/{id}/archive"), &(), &context).await.unwrap();
    assert!(archived.archived_at.is_some() && archived.archived_at == again.archived_at);
    let open: ReportPage = reports.get("/v1/reports").await.unwrap();
    assert_eq!((open.items.len(), open.next), (4, None));
    let all: ReportPage = reports.get("/v1/reports?archived=true").await.unwrap();
    assert_eq!(all.items.len(), 5);
    assert_eq!(all.items[0].outcome, "nothing_found");
}

#[tokio::test]
async fn another_project_and_a_wrong_role_see_nothing() {
    let reports = start(Store::ephemeral(MIGRATIONS).unwrap());
    reports.end_task("t1", 0, completed(Some(found()), None)).await;
    let id = reports.until("t1", |_| true).await.report.id;
    let paths =
        [format!("/v1/reports/{id}"), format!("/v1/reports/{id}/render"), "/v1/tasks/t1/report".to_owned()];
    for path in &paths {
        let hidden = reports.channel.get::<serde_json::Value>(path, &caller("other")).await.unwrap_err();
        assert_eq!(hidden.code(), Some(Code::NotFound), "{path}");
        let mut webhook = caller("default");
        webhook.caller.name = "hook".into();
        webhook.caller.roles = vec!["webhook".into()];
        let refused = reports.channel.get::<serde_json::Value>(path, &webhook).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Forbidden), "{path}");
    }
    let page: ReportPage = reports.channel.get("/v1/reports", &caller("other")).await.unwrap();
    assert!(page.items.is_empty());
    let mut viewer = caller("default");
    (viewer.caller.name, viewer.caller.roles) = ("v".into(), vec!["viewer".into()]);
    let refused =
        reports.channel.post::<_, ()>(&format!("/v1/reports/{id}/archive"), &(), &viewer).await.unwrap_err();
    assert_eq!(refused.code(), Some(Code::Forbidden));
}

#[tokio::test]
async fn each_format_has_its_type_and_none_may_load_anything() {
    let reports = start(Store::ephemeral(MIGRATIONS).unwrap());
    reports.end_task("t1", 0, completed(Some(found()), None)).await;
    let id = reports.until("t1", |_| true).await.report.id;
    for (query, content_type, begins) in [
        ("", "text/markdown; charset=utf-8", "# The image"),
        ("?format=markdown", "text/markdown; charset=utf-8", "# The image"),
        ("?format=html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("?format=json", "application/json", "{"),
    ] {
        let (status, headers, body) = reports.raw(&format!("/v1/reports/{id}/render{query}")).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, content_type));
        assert!(body.starts_with(begins), "{body}");
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    let (status, ..) = reports.raw(&format!("/v1/reports/{id}/render?format=pdf")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn wrong_limits_are_told() {
    let reports = start(Store::ephemeral(MIGRATIONS).unwrap());
    for wrong in ["limit=0", "limit=201", "limit=x"] {
        let refused = reports.get::<ReportPage>(&format!("/v1/reports?{wrong}")).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::InvalidParameter), "{wrong}");
    }
}
