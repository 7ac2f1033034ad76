mod receiver;

use crate::{Config, Deps, MIGRATIONS, Service, Settings};
use aetherius_bus::{Context, publish};
use aetherius_contracts::{
    messages::{NOTIFICATION_DELIVERED, NOTIFICATION_SEND, NotificationDelivered, NotificationSend},
    notifications::{ChannelList, ChannelTest, DeliveryStatus, Notification, NotificationsClient},
};
use aetherius_rpc::{CallContext, CallerKey, Channel, Code};
use aetherius_store::{Store, StoreError, Urgency, outbox};
use foundation::{metrics::Metrics, secret::Secret, settings::load, shutdown::Shutdown, trace::TraceParent};
use receiver::{Answer, Receiver};
use std::time::Duration;

fn key() -> CallerKey {
    CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap()
}

fn caller(project: &str) -> CallContext {
    CallContext::new("tester", project, TraceParent::new_root())
}

/// Webhooks with these names and addresses, and times that fit a test.
fn config(channels: &[(&str, &str)]) -> Config {
    let channels: Vec<String> = channels
        .iter()
        .map(|(name, url)| {
            format!("{{name: {name}, kind: webhook, url: '{url}', authorization: Bearer s3cret}}")
        })
        .collect();
    let yaml = format!("channels: [{}]\npublic_url: https://a.example\nattempts_max: 3", channels.join(", "));
    let mut config = load::<Settings>(&yaml).unwrap().validate().unwrap();
    config.attempt_timeout = Duration::from_millis(300);
    config.backoff_first = Duration::from_millis(10);
    config.backoff_max = Duration::from_millis(20);
    config
}

struct Running {
    store: Store,
    channel: Channel,
    shutdown: Shutdown,
}

fn start(store: &Store, config: Config) -> Running {
    let http = aetherius_rpc::channel::http_client().unwrap();
    let deps = Deps { store: store.clone(), key: key(), metrics: Metrics::default(), http };
    let service = Service::create(config, deps);
    let channel = Channel::local("notifications", service.router(), key());
    let shutdown = Shutdown::new();
    tokio::spawn(service.run(shutdown.clone()));
    Running { store: store.clone(), channel, shutdown }
}

async fn send(store: &Store, task: &str) {
    let send = NotificationSend {
        task_id: task.to_owned(),
        report_id: Some("r1".into()),
        title: "a title".into(),
        text: "line one\nline \"two\"".into(),
        severity: "high".into(),
        trace_id: "c".repeat(32),
    };
    let context = Context { project_id: "p".into(), lane: "blue".into(), trace: TraceParent::new_root() };
    let id = format!("{task}/notification");
    let sent: Result<(), StoreError> =
        store.write(Urgency::Work, move |tx| publish(tx, id, NOTIFICATION_SEND, &context, &send)).await;
    sent.unwrap();
}

impl Running {
    /// The notifications about a task once none of `count` is pending any more.
    async fn settled(&self, task: &str, count: usize) -> Vec<Notification> {
        self.until(task, |all| all.len() == count && all.iter().all(|n| n.status != DeliveryStatus::Pending))
            .await
    }

    async fn until(&self, task: &str, ready: impl Fn(&[Notification]) -> bool) -> Vec<Notification> {
        let client = NotificationsClient::new(self.channel.clone());
        let arrived = async {
            loop {
                let all = client.of_task(task, &caller("p")).await.unwrap();
                if ready(&all) {
                    return all;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), arrived)
            .await
            .expect("the notifications did not settle")
    }

    async fn told(&self) -> Vec<NotificationDelivered> {
        let read: Result<_, StoreError> =
            self.store.read(|tx| Ok(outbox::read_after(tx, &[NOTIFICATION_DELIVERED], 0, 100)?.0)).await;
        read.unwrap().iter().map(|entry| serde_json::from_str(&entry.payload).unwrap()).collect()
    }
}

#[tokio::test]
async fn a_webhook_that_fails_twice_gets_the_same_again_and_then_no_more() {
    let receiver =
        Receiver::start(
            |n| {
                if n < 2 { Answer::status(500, "try\u{7} later") } else { Answer::status(200, "") }
            },
        )
        .await;
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), config(&[("hook", &receiver.url)]));
    send(&service.store, "t1").await;
    let settled = service.settled("t1", 1).await;
    assert_eq!(
        (settled[0].status, settled[0].attempts, &settled[0].error),
        (DeliveryStatus::Delivered, 3, &None)
    );
    assert!(settled[0].delivered_at.is_some());
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.header("idempotency-key"), Some(settled[0].id.as_str()));
        assert_eq!(request.header("authorization"), Some("Bearer s3cret"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.body, requests[0].body);
    }
    let body: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    let expected = serde_json::json!({
        "id": settled[0].id, "title": "a title", "text": "line one\nline \"two\"", "severity": "high", "task_id": "t1",
        "report_id": "r1", "report_url": "https://a.example/api/reports/v1/reports/r1/render?format=html",
        "trace_id": "c".repeat(32),
    });
    assert_eq!(body, expected);
    let told = service.told().await;
    assert_eq!(
        (told.len(), told[0].notification_id.as_str(), &told[0].error),
        (1, settled[0].id.as_str(), &None)
    );
}

#[tokio::test]
async fn receivers_of_every_bad_kind_are_given_up_after_the_last_try() {
    let elsewhere = Receiver::start(|_| Answer::status(200, "")).await;
    let target = elsewhere.url.clone();
    let receivers = [
        ("hangs", Receiver::start(|_| Answer::Hang).await, "did not answer within 300 ms"),
        ("closes", Receiver::start(|_| Answer::Raw(Vec::new())).await, "cannot be asked"),
        (
            "babbles",
            Receiver::start(|_| Answer::Raw(b"\0\xff what?\r\n\r\n".to_vec())).await,
            "cannot be asked",
        ),
        (
            "heads",
            Receiver::start(|_| Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x-a: b\r\n".to_vec()))
                .await,
            "",
        ),
        (
            "endless",
            Receiver::start(|_| Answer::Endless(b"HTTP/1.1 500 No\r\n\r\n".to_vec(), b"ab ".to_vec())).await,
            "answered 500",
        ),
        (
            "cut",
            Receiver::start(|_| Answer::Raw(b"HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\nshort".to_vec()))
                .await,
            "short",
        ),
        (
            "redirects",
            Receiver::start(move |_| Answer::redirect(&target)).await,
            "redirects are not followed",
        ),
    ];
    let mut channels: Vec<(&str, &str)> =
        receivers.iter().map(|(name, r, _)| (*name, r.url.as_str())).collect();
    channels.push(("nobody", "http://127.0.0.1:1/secret-path"));
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), config(&channels));
    send(&service.store, "t1").await;
    let settled = service.settled("t1", channels.len()).await;
    for notification in &settled {
        let Notification { channel, status, attempts, error, .. } = notification;
        let error = error.as_deref().unwrap();
        assert_eq!((*status, *attempts), (DeliveryStatus::Failed, 3), "{channel}");
        assert!(
            error.len() < 400 && !error.contains("secret-path") && !error.contains('\n'),
            "{channel}: {error}"
        );
        let expected = receivers
            .iter()
            .find(|(name, ..)| name == channel)
            .map_or("cannot be asked", |(.., words)| *words);
        assert!(error.contains(expected), "{channel}: {error}");
    }
    assert!(elsewhere.requests().is_empty(), "a redirect was followed");
    let told = service.told().await;
    assert!(told.len() == channels.len() && told.iter().all(|one| one.error.is_some()), "{told:?}");
}

#[tokio::test]
async fn an_endless_body_behind_a_2xx_does_not_matter() {
    let receiver =
        Receiver::start(|_| Answer::Endless(b"HTTP/1.1 204 Yes\r\n\r\n".to_vec(), b"ab ".to_vec())).await;
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), config(&[("hook", &receiver.url)]));
    send(&service.store, "t1").await;
    assert_eq!(service.settled("t1", 1).await[0].status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn a_channel_that_hangs_delays_no_other_and_a_flood_gets_through() {
    let slow = Receiver::start(|_| Answer::Hang).await;
    let fast = Receiver::start(|_| Answer::status(200, "")).await;
    let mut config = config(&[("slow", &slow.url), ("fast", &fast.url)]);
    config.attempt_timeout = Duration::from_secs(600);
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), config);
    for n in 0..30 {
        send(&service.store, &format!("t{n}")).await;
    }
    for n in 0..30 {
        let is_through = |all: &[Notification]| {
            all.iter().any(|one| one.channel == "fast" && one.status == DeliveryStatus::Delivered)
        };
        service.until(&format!("t{n}"), is_through).await;
    }
    assert_eq!(fast.requests().len(), 30);
    assert!(slow.requests().len() <= 8, "more tries at a time than are allowed");
}

#[tokio::test]
async fn after_a_crash_it_goes_on_under_the_same_key() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let hung = Receiver::start(|_| Answer::Hang).await;
    let mut patient = config(&[("hook", &hung.url), ("gone", &hung.url)]);
    patient.attempt_timeout = Duration::from_secs(600);
    let first = start(&store, patient);
    send(&store, "t1").await;
    hung.until(2).await;
    // The first service never gets to write anything down; another one starts with one channel less.
    let receiver = Receiver::start(|_| Answer::status(200, "")).await;
    let second = start(&store, config(&[("hook", &receiver.url)]));
    let settled = second.settled("t1", 2).await;
    let by_name = |name: &str| settled.iter().find(|one| one.channel == name).unwrap();
    assert_eq!((by_name("hook").status, by_name("hook").attempts), (DeliveryStatus::Delivered, 2));
    assert_eq!(by_name("gone").error.as_deref(), Some("there is no channel `gone` any more"));
    let keys: Vec<_> =
        hung.requests().iter().map(|r| r.header("idempotency-key").map(str::to_owned)).collect();
    assert!(keys.contains(&receiver.requests()[0].header("idempotency-key").map(str::to_owned)), "{keys:?}");
    first.shutdown.request();
}

#[tokio::test]
async fn the_log_is_a_channel_and_a_message_is_one_notification() {
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let service = start(&store, Settings::default().validate().unwrap());
    send(&store, "t1").await;
    let settled = service.settled("t1", 1).await;
    assert_eq!((settled[0].channel.as_str(), settled[0].status), ("log", DeliveryStatus::Delivered));
    service.shutdown.request();
    let forget: Result<usize, StoreError> =
        store.write(Urgency::Work, |tx| tx.execute("DELETE FROM outbox_offsets", &[])).await;
    forget.unwrap();
    let again = start(&store, Settings::default().validate().unwrap());
    send(&store, "t2").await;
    again.settled("t2", 1).await;
    assert_eq!(again.settled("t1", 1).await, settled);
}

#[tokio::test]
async fn a_stop_waits_for_what_has_begun() {
    let receiver = Receiver::start(|_| Answer::Late(Duration::from_millis(100))).await;
    let store = Store::ephemeral(MIGRATIONS).unwrap();
    let http = aetherius_rpc::channel::http_client().unwrap();
    let deps = Deps { store: store.clone(), key: key(), metrics: Metrics::default(), http };
    let service = Service::create(config(&[("hook", &receiver.url)]), deps);
    let shutdown = Shutdown::new();
    let running = tokio::spawn(service.run(shutdown.clone()));
    send(&store, "t1").await;
    receiver.until(1).await;
    shutdown.request();
    tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap();
    let later = start(&store, config(&[]));
    assert_eq!(later.settled("t1", 1).await[0].status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn a_project_sees_its_own_and_a_role_that_may_not_read_nothing() {
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), Settings::default().validate().unwrap());
    send(&service.store, "t1").await;
    let id = service.settled("t1", 1).await[0].id.clone();
    let one = format!("/v1/notifications/{id}");
    let found: Notification = service.channel.get(&one, &caller("p")).await.unwrap();
    assert_eq!(found.id, id);
    let hidden = service.channel.get::<Notification>(&one, &caller("q")).await.unwrap_err();
    assert_eq!(hidden.code(), Some(Code::NotFound));
    let none: Vec<Notification> =
        service.channel.get("/v1/notifications?task_id=t1", &caller("q")).await.unwrap();
    assert!(none.is_empty());
    let nameless =
        service.channel.get::<Vec<Notification>>("/v1/notifications", &caller("p")).await.unwrap_err();
    assert_eq!(nameless.code(), Some(Code::InvalidParameter));
    let mut webhook = caller("p");
    (webhook.caller.name, webhook.caller.roles) = ("hook".into(), vec!["webhook".into()]);
    for path in [one.as_str(), "/v1/notifications?task_id=t1"] {
        let refused = service.channel.get::<serde_json::Value>(path, &webhook).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Forbidden), "{path}");
    }
}

#[tokio::test]
async fn channels_are_shown_without_their_secrets_and_can_be_tried() {
    let receiver = Receiver::start(|_| Answer::status(200, "")).await;
    let hook = format!("{}/t0ken?key=s3cret", receiver.url);
    let channels = [("hook", hook.as_str()), ("nobody", "http://127.0.0.1:1/t0ken")];
    let service = start(&Store::ephemeral(MIGRATIONS).unwrap(), config(&channels));
    let list: ChannelList = service.channel.get("/v1/channels", &caller("p")).await.unwrap();
    let shown = serde_json::to_string(&list).unwrap();
    assert!(!shown.contains("t0ken") && !shown.contains("s3cret"), "{shown}");
    assert_eq!(
        (list.items[0].kind.as_str(), list.items[1].target.as_str()),
        ("webhook", "http://127.0.0.1:1")
    );
    let nothing = serde_json::json!({});
    let good: ChannelTest =
        service.channel.post("/v1/channels/hook/test", &nothing, &caller("p")).await.unwrap();
    assert!(good.delivered, "{}", good.detail);
    assert!(receiver.requests()[0].body.contains("Test of channel hook"));
    let bad: ChannelTest =
        service.channel.post("/v1/channels/nobody/test", &nothing, &caller("p")).await.unwrap();
    assert!(!bad.delivered && bad.detail.contains("cannot be asked") && !bad.detail.contains("t0ken"));
    let mut viewer = caller("p");
    viewer.caller.roles = vec!["viewer".into()];
    for (path, who, code) in [
        ("/v1/channels/none/test", &caller("p"), Code::NotFound),
        ("/v1/channels/hook/test", &viewer, Code::Forbidden),
    ] {
        let refused = service.channel.post::<_, ChannelTest>(path, &nothing, who).await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{path}");
    }
    service.channel.get::<ChannelList>("/v1/channels", &viewer).await.unwrap();
}
