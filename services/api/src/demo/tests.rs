use super::{DemoDeps, DemoStatus, Stage, play, router};
use crate::testing::{caller, key};
use aetherius_contracts::{
    events::{Accepted, AcceptedEvent, Outcome},
    intake::IntakeClient,
};
use aetherius_rpc::{CallContext, CallError, Channel, Code, Json, caller::CALLER_HEADER, kit};
use axum::{Router, body::Body, extract::State, http::Request, routing::post};
use foundation::{shutdown::Shutdown, trace::TraceParent};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;

type Inbox = Arc<Mutex<Vec<Value>>>;

/// The demonstration before an event service that takes everything and keeps it.
struct Scene {
    router: Router,
    demo: Channel,
    inbox: Inbox,
    shutdown: Shutdown,
}

fn scene(enabled: bool) -> Scene {
    let (inbox, shutdown) = (Inbox::default(), Shutdown::new());
    let events = Router::new().route("/webhook/alertmanager", post(take)).with_state(Arc::clone(&inbox));
    let events = IntakeClient::new(Channel::local("events", events, key()));
    let deps = DemoDeps { events, shutdown: shutdown.clone(), enabled };
    let router = kit::wrap(router(Arc::new(Stage::new(deps))), "api", &key(), kit::BODY_BYTES_MAX);
    let demo = Channel::local("api", router.clone(), key());
    Scene { router, demo, inbox, shutdown }
}

async fn take(State(inbox): State<Inbox>, Json(group): Json<Value>) -> Json<Accepted> {
    let alerts = group["alerts"].as_array().unwrap();
    let event = |alert: &Value| AcceptedEvent {
        id: "e".into(),
        fingerprint: alert["fingerprint"].as_str().unwrap().into(),
        outcome: Outcome::Stored,
    };
    let events = alerts.iter().map(event).collect();
    inbox.lock().unwrap().extend(alerts.iter().cloned());
    Json(Accepted { events })
}

fn context(role: &str, project: &str) -> CallContext {
    let caller = aetherius_rpc::Caller { project: project.into(), ..caller(role) };
    CallContext { caller, ..CallContext::new("tester", project, TraceParent::new_root()) }
}

impl Scene {
    async fn start(&self, speed: f64, context: &CallContext) -> Result<DemoStatus, CallError> {
        self.demo.post("/v1/demo", &json!({ "speed": speed }), context).await
    }

    async fn status(&self, context: &CallContext) -> DemoStatus {
        self.demo.get("/v1/demo", context).await.unwrap()
    }

    async fn stop(&self, context: &CallContext) -> DemoStatus {
        let token = key().mint(&context.caller).unwrap();
        let request = Request::delete("/v1/demo").header(CALLER_HEADER, token).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }

    async fn until_over(&self, context: &CallContext) -> DemoStatus {
        for _ in 0..3000 {
            let status = self.status(context).await;
            if !status.running {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not end");
    }
}

#[tokio::test]
async fn the_whole_script_is_sent_and_repeats_and_ends_have_the_fingerprint_of_their_alert() {
    let scene = scene(true);
    let operator = context("operator", "default");
    let begun = scene.start(1000.0, &operator).await.unwrap();
    assert!(begun.running && begun.total > 80 && begun.sent <= begun.total, "{begun:?}");
    let over = scene.until_over(&operator).await;
    assert_eq!((over.sent, over.speed), (over.total, Some(1000.0)));
    let first: Vec<Value> = std::mem::take(&mut scene.inbox.lock().unwrap());
    let by_labels: BTreeMap<String, &Value> =
        first.iter().map(|alert| (alert["labels"].to_string(), &alert["fingerprint"])).collect();
    for alert in &first {
        assert_eq!(by_labels[&alert["labels"].to_string()], &alert["fingerprint"]);
        assert_eq!(alert["labels"]["demo"], "true");
    }
    // A second time, the same alerts are other ones.
    scene.start(1000.0, &operator).await.unwrap();
    scene.until_over(&operator).await;
    let fingerprints = |alerts: &[Value]| -> BTreeSet<String> {
        alerts.iter().map(|alert| alert["fingerprint"].to_string()).collect()
    };
    assert!(fingerprints(&first).is_disjoint(&fingerprints(&scene.inbox.lock().unwrap())));
}

#[tokio::test]
async fn one_runs_at_a_time_in_a_project_and_it_can_be_stopped() {
    let scene = scene(true);
    let (ours, theirs) = (context("admin", "default"), context("admin", "other"));
    scene.start(0.1, &ours).await.unwrap();
    assert_eq!(scene.start(0.1, &ours).await.unwrap_err().code(), Some(Code::Conflict));
    assert!(!scene.status(&theirs).await.running);
    scene.start(0.1, &theirs).await.unwrap();
    let stopped = scene.stop(&ours).await;
    assert!(!stopped.running && stopped.sent == 0, "{stopped:?}");
    assert!(scene.status(&theirs).await.running);
    scene.start(0.1, &ours).await.unwrap();
    scene.shutdown.request();
    assert!(!scene.until_over(&ours).await.running && !scene.until_over(&theirs).await.running);
}

#[tokio::test]
async fn who_may_only_look_may_not_start_it_and_where_it_is_off_nobody_may() {
    let scene = scene(true);
    let viewer = context("viewer", "default");
    assert_eq!(scene.start(5.0, &viewer).await.unwrap_err().code(), Some(Code::Forbidden));
    assert!(scene.status(&viewer).await.enabled);
    let operator = context("operator", "default");
    for speed in [0.0, -1.0, 1001.0] {
        assert_eq!(scene.start(speed, &operator).await.unwrap_err().code(), Some(Code::InvalidBody));
    }
    let off = self::scene(false);
    assert_eq!(off.start(5.0, &operator).await.unwrap_err().code(), Some(Code::Conflict));
    assert!(!off.status(&operator).await.enabled);
}

#[test]
fn the_script_begins_quietly_storms_in_the_middle_and_ends_within_ten_minutes() {
    let beats = play();
    assert!(beats.is_sorted_by_key(|beat| beat.at));
    assert!(beats.first().unwrap().at >= Duration::from_secs(15));
    assert!(beats.last().unwrap().at <= Duration::from_secs(600));
    let of_storm = |beat: &&super::Beat| beat.alerts[0].labels["namespace"] == "bakery";
    let firing: Vec<_> = beats.iter().filter(of_storm).filter(|beat| !beat.alerts[0].resolved).collect();
    assert_eq!(firing.iter().map(|beat| beat.alerts.len()).sum::<usize>(), 60);
    let distinct: BTreeSet<_> =
        firing.iter().flat_map(|beat| &beat.alerts).map(|alert| &alert.labels).collect();
    assert_eq!(distinct.len(), 20);
    let (begin, end) = (firing.first().unwrap().at, firing.last().unwrap().at);
    assert!(end - begin <= Duration::from_secs(15));
}
