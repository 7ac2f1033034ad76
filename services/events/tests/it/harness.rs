//! The event service on a database of the test's own, watching one cluster.

use crate::api_server::ApiServer;
use aetherius_contracts::{
    events::{StandardEvent, WatchList, WatchStatus},
    messages::{EVENT_RECEIVED, EventReceived},
};
use aetherius_events::{ClusterAccess, Deps, MIGRATIONS, Service, Settings, Way};
use aetherius_rpc::{CallContext, CallerKey, Channel};
use aetherius_store::{Store, StoreError, Urgency, outbox};
use foundation::{metrics::Metrics, secret::Secret, settings::load, shutdown::Shutdown, trace::TraceParent};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long anything may take on a busy machine before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Watching {
    pub(crate) store: Store,
    pub(crate) metrics: Metrics,
    channel: Channel,
    shutdown: Shutdown,
    running: JoinHandle<()>,
}

/// Watches with these settings below `watch`, on a new database.
pub(crate) fn watch(server: &ApiServer, settings: &str) -> Watching {
    watch_on(&Store::ephemeral(MIGRATIONS).unwrap(), server, settings)
}

/// Watches on a database that may have been watched on before.
pub(crate) fn watch_on(store: &Store, server: &ApiServer, settings: &str) -> Watching {
    let way = Way::Kubeconfig { path: server.kubeconfig.clone(), context: None };
    let clusters = vec![ClusterAccess { id: "c1".into(), way }];
    let yaml = format!("watch: {{enabled: true, {settings}}}");
    let config = load::<Settings>(&yaml).unwrap().validate().unwrap().choose_clusters(clusters).unwrap();
    let key = CallerKey::from_hex(&Secret::new("ab".repeat(32))).unwrap();
    let metrics = Metrics::default();
    let deps =
        Deps { store: store.clone(), key: key.clone(), metrics: metrics.clone(), project_id: "p".into() };
    let service = Service::create(config, deps);
    let channel = Channel::local("events", service.router(), key);
    let shutdown = Shutdown::new();
    let running = tokio::spawn(service.run(shutdown.clone()));
    Watching { store: store.clone(), metrics, channel, shutdown, running }
}

impl Watching {
    /// The events that got a message, which are those that get a task.
    pub(crate) async fn told(&self) -> Vec<StandardEvent> {
        let read: Result<_, StoreError> =
            self.store.read(|tx| outbox::read_after(tx, &[EVENT_RECEIVED], 0, 100_000)).await;
        let (entries, _) = read.unwrap();
        let event = |entry: &outbox::Entry| {
            assert_eq!(entry.project_id, "p");
            serde_json::from_str::<EventReceived>(&entry.payload).unwrap().event
        };
        entries.iter().map(event).collect()
    }

    /// The events once there are so many of them.
    pub(crate) async fn told_count(&self, count: usize) -> Vec<StandardEvent> {
        until(&format!("{count} events"), || async {
            let told = self.told().await;
            (told.len() >= count).then_some(told)
        })
        .await
    }

    /// What `GET /v1/watches` says of a kind of object.
    pub(crate) async fn status(&self, resource: &str) -> WatchStatus {
        let context = CallContext::new("tester", "p", TraceParent::new_root());
        let all: WatchList = self.channel.get("/v1/watches", &context).await.unwrap();
        all.watches.into_iter().find(|status| status.resource == resource).unwrap()
    }

    pub(crate) async fn until_status(
        &self,
        resource: &str,
        fits: impl Fn(&WatchStatus) -> bool,
    ) -> WatchStatus {
        until("a status", || async {
            let status = self.status(resource).await;
            fits(&status).then_some(status)
        })
        .await
    }

    /// Waits until a watch has seen all that the cluster has to tell now, and is connected.
    pub(crate) async fn until_caught_up(&self, server: &ApiServer, path: &str, resource: &str) {
        server.bookmark(path);
        let version = server.version();
        let came = |status: &WatchStatus| {
            status.connected
                && status.resource_version.as_ref().is_some_and(|it| it.parse::<u64>().unwrap() >= version)
        };
        self.until_status(resource, came).await;
    }

    /// Stops as a process does that is asked to.
    pub(crate) async fn stop(self) -> Store {
        self.shutdown.request();
        self.running.await.unwrap();
        self.store
    }

    /// Stops as a process does that is killed: nothing more is written.
    pub(crate) async fn kill(self) -> Store {
        self.running.abort();
        let _ = self.running.await;
        // What was in the queue of the database is written; a process that is killed has lost it or has it on the disk.
        let behind: Result<(), StoreError> = self.store.write(Urgency::Work, |_| Ok(())).await;
        behind.unwrap();
        self.store
    }
}

/// The first value that `probe` gives.
pub(crate) async fn until<T, F>(what: &str, probe: impl Fn() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

pub(crate) fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

/// A warning about a pod, seen `age` seconds ago.
pub(crate) fn warning(name: &str, pod: &str, reason: &str, age: i64) -> Value {
    json!({
        "kind": "Event", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": ago(age).strftime("%FT%TZ").to_string()},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": pod, "uid": "u", "fieldPath": "spec.containers{web}"},
        "reason": reason, "message": format!("{reason} of {pod}"), "type": "Warning", "count": 1,
        "firstTimestamp": ago(age).strftime("%FT%TZ").to_string(),
        "lastTimestamp": ago(age).strftime("%FT%TZ").to_string(),
        "eventTime": null, "source": {"component": "kubelet", "host": "n1"}, "reportingComponent": "kubelet",
    })
}
