//! An API server that speaks the real protocol of lists and watches, remembers its history, and misbehaves when it is told to.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// What the server does once instead of what it should.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Ends the watch in the middle of a line, without the end that chunked encoding asks for.
    Cut,
    /// Ends the watch as at the end of its time.
    Close,
    /// Sends this line.
    Line(String),
    /// Sends so many bytes without an end of line.
    Endless(usize),
}

#[derive(Default)]
struct World {
    version: u64,
    /// Versions up to here are forgotten.
    compacted: u64,
    objects: BTreeMap<String, Value>,
    history: Vec<(u64, String, &'static str, Value)>,
    faults: HashMap<String, VecDeque<Fault>>,
    /// Answers in the place of the next requests to a path: status, body, `Retry-After`.
    refusals: HashMap<String, VecDeque<(u16, String)>>,
    forbidden: BTreeSet<String>,
    gone_in_stream: bool,
    requests: Vec<String>,
    page_objects_max: usize,
}

/// The server, and the kubeconfig that leads to it.
pub(crate) struct ApiServer {
    world: Arc<Mutex<World>>,
    news: watch::Sender<u64>,
    pub(crate) kubeconfig: PathBuf,
    serving: JoinHandle<()>,
    _directory: tempfile::TempDir,
}

type Shared = (Arc<Mutex<World>>, watch::Receiver<u64>);

pub(crate) const EVENTS: &str = "/api/v1/events";
pub(crate) const NODES: &str = "/api/v1/nodes";
pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";

impl ApiServer {
    pub(crate) async fn start() -> Self {
        let world =
            Arc::new(Mutex::new(World { version: 100, page_objects_max: usize::MAX, ..World::default() }));
        let (news, heard) = watch::channel(0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state((Arc::clone(&world), heard));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = directory.path().join("kubeconfig");
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": format!("http://{address}")}}],
            "users": [{"name": "it", "user": {"token": "t"}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        });
        std::fs::write(&kubeconfig, text.to_string()).unwrap();
        Self { world, news, kubeconfig, serving, _directory: directory }
    }

    /// Creates or changes an object.
    pub(crate) fn put(&self, path: &str, mut object: Value) {
        self.change(|world| {
            world.version += 1;
            object["metadata"]["resourceVersion"] = json!(world.version.to_string());
            let key = key(path, &object);
            let known = world.objects.insert(key, object.clone()).is_some();
            let kind = if known { "MODIFIED" } else { "ADDED" };
            world.history.push((world.version, path.to_owned(), kind, object));
        });
    }

    /// Removes an object.
    pub(crate) fn remove(&self, path: &str, mut object: Value) {
        self.change(|world| {
            world.version += 1;
            world.objects.remove(&key(path, &object));
            object["metadata"]["resourceVersion"] = json!(world.version.to_string());
            world.history.push((world.version, path.to_owned(), "DELETED", object));
        });
    }

    /// Tells watches of a path that nothing happened up to now.
    pub(crate) fn bookmark(&self, path: &str) {
        self.change(|world| {
            world.version += 1;
            let bookmark = json!({"kind": "Event", "apiVersion": "v1", "metadata": {"resourceVersion": world.version.to_string()}});
            world.history.push((world.version, path.to_owned(), "BOOKMARK", bookmark));
        });
    }

    /// Forgets the history up to now, as etcd does every five minutes. Watches that are open go on.
    pub(crate) fn compact(&self) {
        self.change(|world| {
            world.version += 1;
            world.compacted = world.version;
        });
    }

    /// Says `410` in the stream instead of in the answer's head.
    pub(crate) fn say_gone_in_stream(&self) {
        self.change(|world| world.gone_in_stream = true);
    }

    /// Sets the cluster back, as when etcd is restored from a backup.
    pub(crate) fn restore_backup(&self) {
        self.change(|world| {
            world.version = 10;
            world.compacted = 0;
            world.objects.clear();
            world.history.clear();
        });
    }

    pub(crate) fn fault(&self, path: &str, fault: Fault) {
        self.change(|world| world.faults.entry(path.to_owned()).or_default().push_back(fault));
    }

    /// Answers the next request to a path so.
    pub(crate) fn refuse(&self, path: &str, status: u16, body: &str) {
        self.change(|world| {
            world.refusals.entry(path.to_owned()).or_default().push_back((status, body.to_owned()));
        });
    }

    pub(crate) fn forbid(&self, path: &str) {
        self.change(|world| {
            world.forbidden.insert(path.to_owned());
        });
    }

    pub(crate) fn allow(&self, path: &str) {
        self.change(|world| {
            world.forbidden.remove(path);
        });
    }

    pub(crate) fn page_objects_max(&self, objects: usize) {
        self.change(|world| world.page_objects_max = objects);
    }

    /// The requests so far whose path and query contain all of `words`.
    pub(crate) fn requests(&self, words: &[&str]) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.requests.iter().filter(|it| words.iter().all(|word| it.contains(word))).cloned().collect()
    }

    /// Whether all faults of a path were had.
    pub(crate) fn is_behaving(&self, path: &str) -> bool {
        let world = self.world.lock().unwrap();
        world.faults.get(path).is_none_or(VecDeque::is_empty)
            && world.refusals.get(path).is_none_or(VecDeque::is_empty)
    }

    pub(crate) fn version(&self) -> u64 {
        self.world.lock().unwrap().version
    }

    fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
        self.news.send_modify(|count| *count += 1);
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn key(path: &str, object: &Value) -> String {
    format!("{path} {} {}", object["metadata"]["namespace"], object["metadata"]["name"])
}

fn matches(query: &HashMap<String, String>, object: &Value) -> bool {
    query
        .get("fieldSelector")
        .is_none_or(|selector| selector == "type=Warning" && object["type"] == "Warning")
}

async fn answer(
    State((world, news)): State<Shared>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let path = uri.path().to_owned();
    let is_watch = query.contains_key("watch");
    {
        let mut world = world.lock().unwrap();
        world.requests.push(uri.to_string());
        if world.forbidden.contains(&path) {
            let said = format!("{path} is forbidden: User \"u\" cannot list resource");
            return status(403, &said).into_response();
        }
        if let Some((code, body)) = world.refusals.get_mut(&path).and_then(VecDeque::pop_front) {
            return (StatusCode::from_u16(code).unwrap(), body).into_response();
        }
        if !is_watch {
            return axum::Json(page(&world, &path, &query)).into_response();
        }
    }
    let from: u64 = query["resourceVersion"].parse().unwrap();
    let (compacted, in_stream) = {
        let world = world.lock().unwrap();
        (world.compacted, world.gone_in_stream)
    };
    if from < compacted && !in_stream {
        return status(410, "too old resource version").into_response();
    }
    let mut first = Vec::new();
    if from < compacted {
        let (_, body) = status(410, "too old resource version");
        first.push(format!("{}\n", json!({"type": "ERROR", "object": body.0})));
    }
    let watching = Watching { world, news, path, query, at: from, first, cut: false, ended: false };
    Body::from_stream(stream::unfold(watching, next)).into_response()
}

fn status(code: u16, message: &str) -> (StatusCode, axum::Json<Value>) {
    let body =
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code});
    (StatusCode::from_u16(code).unwrap(), axum::Json(body))
}

fn page(world: &World, path: &str, query: &HashMap<String, String>) -> Value {
    let prefix = format!("{path} ");
    let all: Vec<&Value> = world
        .objects
        .iter()
        .filter(|(key, object)| key.starts_with(&prefix) && matches(query, object))
        .map(|(_, object)| object)
        .collect();
    let start: usize = query.get("continue").and_then(|token| token.parse().ok()).unwrap_or(0);
    let limit = query["limit"].parse::<usize>().unwrap().min(world.page_objects_max);
    let end = (start + limit).min(all.len());
    let next = if end < all.len() { end.to_string() } else { String::new() };
    json!({"kind": "List", "apiVersion": "v1", "items": all[start..end],
        "metadata": {"resourceVersion": world.version.to_string(), "continue": next}})
}

struct Watching {
    world: Arc<Mutex<World>>,
    news: watch::Receiver<u64>,
    path: String,
    query: HashMap<String, String>,
    at: u64,
    first: Vec<String>,
    cut: bool,
    ended: bool,
}

/// The next bytes of a stream: one line, or a fault.
async fn next(mut watching: Watching) -> Option<(Result<Bytes, std::io::Error>, Watching)> {
    loop {
        watching.news.mark_unchanged();
        if watching.ended {
            return None;
        }
        if watching.cut {
            watching.ended = true;
            return Some((Err(std::io::Error::other("cut")), watching));
        }
        if let Some(text) = watching.first.pop() {
            return Some((Ok(text.into()), watching));
        }
        let found = {
            let mut world = watching.world.lock().unwrap();
            let change = world
                .history
                .iter()
                .find(|(version, path, kind, object)| {
                    *version > watching.at
                        && *path == watching.path
                        && (*kind == "BOOKMARK" || matches(&watching.query, object))
                })
                .map(|(version, _, kind, object)| (*version, json!({"type": kind, "object": object})));
            match change {
                Some((version, line)) => {
                    watching.at = version;
                    Some(Fault::Line(line.to_string()))
                }
                None => world.faults.get_mut(&watching.path).and_then(VecDeque::pop_front),
            }
        };
        match found {
            Some(Fault::Line(line)) => return Some((Ok(format!("{line}\n").into()), watching)),
            Some(Fault::Close) => return None,
            Some(Fault::Cut) => {
                watching.cut = true;
                return Some((Ok("{\"type\":\"ADDED\",\"object\":{\"meta".into()), watching));
            }
            Some(Fault::Endless(bytes)) => return Some((Ok(vec![b'x'; bytes].into()), watching)),
            None => watching.news.changed().await.ok()?,
        }
    }
}
