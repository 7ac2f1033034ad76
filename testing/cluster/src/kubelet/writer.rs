//! Watches pods and nodes, and writes what their kubelets say as events: one object for what is the same, with a count.

use super::events::{self, Said};
use crate::{
    Error,
    api::{Http, JSON, MERGE_PATCH},
};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Between two looks at what lasts.
const TICK: Duration = Duration::from_millis(250);
/// What lasts is said again after one second, then after twice as long each time, up to this.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// After a failure to watch.
const RETRY: Duration = Duration::from_millis(200);

/// What is watched, and how a kubelet speaks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pod,
    Node,
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Pod => "/api/v1/pods",
            Self::Node => "/api/v1/nodes",
        }
    }

    fn on_change(self, before: &Value, now: &Value) -> Vec<Said> {
        match self {
            Self::Pod => events::on_change(before, now),
            Self::Node => events::on_node_change(before, now),
        }
    }

    fn while_it_lasts(self, object: &Value) -> Vec<Said> {
        match self {
            Self::Pod => events::while_it_lasts(object),
            Self::Node => Vec::new(),
        }
    }
}

/// Goes on until the runtime is shut down.
pub(crate) async fn run(http: Http, kind: Kind) {
    let mut kubelets = Kubelets { http, kind, subjects: HashMap::new() };
    loop {
        // The API server has just come, or the watch has ended; the next list is as good.
        let _ = kubelets.follow().await;
        tokio::time::sleep(RETRY).await;
    }
}

struct Kubelets {
    http: Http,
    kind: Kind,
    /// By uid.
    subjects: HashMap<String, Subject>,
}

/// A pod or node.
struct Subject {
    kind: Kind,
    object: Value,
    /// The events that were written of it.
    written: HashMap<Said, Written>,
    lasting: HashMap<Said, Lasting>,
}

struct Written {
    name: String,
    count: u32,
}

struct Lasting {
    due: Instant,
    pause: Duration,
}

impl Kubelets {
    /// Lists all, then watches them until the watch ends.
    async fn follow(&mut self) -> Result<(), Error> {
        let list = self.http.send(Method::GET, self.kind.path(), None).await?;
        let objects = list["items"].as_array().cloned().unwrap_or_default();
        let uids: Vec<&str> = objects.iter().filter_map(|it| it["metadata"]["uid"].as_str()).collect();
        self.subjects.retain(|uid, _| uids.contains(&uid.as_str()));
        for object in objects {
            self.observe(object).await;
        }
        let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let path = format!("{}?watch=1&resourceVersion={version}", self.kind.path());
        let mut changes = self.http.open(Method::GET, &path, None).await?;
        let mut rest = Vec::new();
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                chunk = changes.chunk() => match chunk? {
                    Some(chunk) => rest.extend_from_slice(&chunk),
                    None => return Ok(()),
                },
                _ = tick.tick() => self.say_what_lasts().await,
            }
            while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                let Ok(mut change) = serde_json::from_slice::<Value>(&line) else { continue };
                let object = change["object"].take();
                match change["type"].as_str() {
                    Some("ADDED" | "MODIFIED") => self.observe(object).await,
                    Some("DELETED") => self.forget(&object),
                    _ => return Ok(()),
                }
            }
        }
    }

    async fn observe(&mut self, object: Value) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let kind = self.kind;
        let empty =
            || Subject { kind, object: Value::Null, written: HashMap::new(), lasting: HashMap::new() };
        let subject = self.subjects.entry(uid).or_insert_with(empty);
        let said = kind.on_change(&subject.object, &object);
        subject.object = object;
        for said in said {
            subject.write(&self.http, said).await;
        }
    }

    fn forget(&mut self, object: &Value) {
        if let Some(uid) = object["metadata"]["uid"].as_str() {
            self.subjects.remove(uid);
        }
    }

    async fn say_what_lasts(&mut self) {
        let now = Instant::now();
        for subject in self.subjects.values_mut() {
            for said in subject.due(now) {
                subject.write(&self.http, said).await;
            }
        }
    }
}

impl Subject {
    /// What lasts and has not been said for long enough.
    fn due(&mut self, now: Instant) -> Vec<Said> {
        let lasts = self.kind.while_it_lasts(&self.object);
        self.lasting.retain(|said, _| lasts.contains(said));
        let mut due = Vec::new();
        for said in lasts {
            let first = || {
                // A change may have said it already.
                let wait = if self.written.contains_key(&said) { PAUSE_MIN } else { Duration::ZERO };
                Lasting { due: now + wait, pause: PAUSE_MIN }
            };
            let lasting = self.lasting.entry(said.clone()).or_insert_with(first);
            if lasting.due <= now {
                lasting.due = now + lasting.pause;
                lasting.pause = (lasting.pause * 2).min(PAUSE_MAX);
                due.push(said);
            }
        }
        due
    }

    /// Writes a new event, or counts up the one that says the same. A namespace that is being deleted takes none; that is no harm.
    async fn write(&mut self, http: &Http, said: Said) {
        // What is about a node goes where cluster-wide things go.
        let namespace = self.object["metadata"]["namespace"].as_str().unwrap_or("default");
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let now = Timestamp::now();
        if let Some(written) = self.written.get_mut(&said) {
            written.count += 1;
            let patch = json!({ "count": written.count, "lastTimestamp": seconds(now) });
            let path = format!("{path}/{}", written.name);
            let _ = http.send(Method::PATCH, &path, Some((MERGE_PATCH, patch))).await;
            return;
        }
        let subject = self.object["metadata"]["name"].as_str().unwrap_or_default();
        let name = format!("{subject}.{:016x}", now.as_nanosecond());
        let about = match self.kind {
            Kind::Pod => about_pod(&self.object, &said),
            Kind::Node => about_node(&self.object),
        };
        let host = match self.kind {
            Kind::Pod => &self.object["spec"]["nodeName"],
            Kind::Node => &self.object["metadata"]["name"],
        };
        let event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "name": name, "namespace": namespace },
            "involvedObject": about,
            "type": said.kind,
            "reason": said.reason,
            "message": said.message,
            "source": { "component": "kubelet", "host": host },
            "reportingComponent": "kubelet",
            "reportingInstance": host,
            "firstTimestamp": seconds(now),
            "lastTimestamp": seconds(now),
            "count": 1,
        });
        if http.send(Method::POST, &path, Some((JSON, event))).await.is_ok() {
            self.written.insert(said, Written { name, count: 1 });
        }
    }
}

fn about_pod(pod: &Value, said: &Said) -> Value {
    let metadata = &pod["metadata"];
    let mut about = json!({
        "kind": "Pod",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "apiVersion": "v1",
        "resourceVersion": metadata["resourceVersion"],
    });
    if !said.container.is_empty() {
        about["fieldPath"] = format!("spec.containers{{{}}}", said.container).into();
    }
    about
}

/// A kubelet knows its node by name only, and gives that for the uid.
fn about_node(node: &Value) -> Value {
    let name = &node["metadata"]["name"];
    json!({ "kind": "Node", "name": name, "uid": name })
}

fn seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}
