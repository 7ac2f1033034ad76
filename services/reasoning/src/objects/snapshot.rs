//! All objects that a set of outputs tells of, and where each was told.

use std::collections::BTreeMap;

use aetherius_contracts::execution::StepResult;
use jiff::{SignedDuration, Timestamp};

use super::{
    Anomaly, Calls, Claim, Connection, Endpoints, Event, Involved, Key, Log, Node, Object, Output,
    PersistentVolume, Pod, ResourceQuota, Seen, Service, ServiceAccount, Source, State, StorageClass,
    Workload,
};

/// What the outputs show of a cluster at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    /// Pods.
    pub pods: Index<Pod>,
    /// Nodes.
    pub nodes: Index<Node>,
    /// Deployments.
    pub deployments: Index<Workload>,
    /// Stateful sets.
    pub stateful_sets: Index<Workload>,
    /// Daemon sets.
    pub daemon_sets: Index<Workload>,
    /// Replica sets.
    pub replica_sets: Index<Workload>,
    /// Services.
    pub services: Index<Service>,
    /// What stands behind services, by the service's name.
    pub endpoints: Index<Endpoints>,
    /// Claims to storage.
    pub claims: Index<Claim>,
    /// Persistent volumes.
    pub volumes: Index<PersistentVolume>,
    /// Storage classes.
    pub storage_classes: Index<StorageClass>,
    /// Quotas of namespaces.
    pub quotas: Index<ResourceQuota>,
    /// Service accounts.
    pub service_accounts: Index<ServiceAccount>,
    /// What programs logged, by service or pod.
    pub logs: Index<Log>,
    /// Attempts to connect, by service.
    pub connections: Index<Connection>,
    /// What monitoring finds out of the ordinary, by the name of the service or node.
    pub anomalies: Index<Anomaly>,
    /// Who calls whom, by the calling service.
    pub calls: Index<Calls>,
    events: BTreeMap<Involved, BTreeMap<(String, String), Seen<Event>>>,
    outputs: Vec<Output<'a>>,
    now: Option<Timestamp>,
}

impl<'a> Snapshot<'a> {
    /// An empty snapshot over `outputs`.
    pub(crate) fn new(outputs: &'a [StepResult]) -> Self {
        Self {
            pods: Index::default(),
            nodes: Index::default(),
            deployments: Index::default(),
            stateful_sets: Index::default(),
            daemon_sets: Index::default(),
            replica_sets: Index::default(),
            services: Index::default(),
            endpoints: Index::default(),
            claims: Index::default(),
            volumes: Index::default(),
            storage_classes: Index::default(),
            quotas: Index::default(),
            service_accounts: Index::default(),
            logs: Index::default(),
            connections: Index::default(),
            anomalies: Index::default(),
            calls: Index::default(),
            events: BTreeMap::new(),
            outputs: outputs.iter().map(Output::new).collect(),
            now: None,
        }
    }

    /// The outputs it was read from; a [`Source`] counts in this order.
    #[must_use]
    pub(crate) fn outputs(&self) -> &[Output<'a>] {
        &self.outputs
    }

    /// True when the cluster told of the object; a manifest alone only says what somebody wants.
    #[must_use]
    pub(crate) fn is_observed<T>(&self, seen: &Seen<T>) -> bool {
        let outputs = seen.sources().iter().filter_map(|source| self.outputs.get(source.output));
        outputs.into_iter().any(|output| output.step.argv.first().is_some_and(|tool| tool != "probe"))
    }

    /// What was said about an object, the latest first.
    #[must_use]
    pub(crate) fn events_of(&self, kind: &str, key: &Key) -> Vec<&Seen<Event>> {
        let involved = Involved { kind: kind.to_owned(), key: key.clone() };
        let mut events: Vec<_> = self.events.get(&involved).into_iter().flat_map(BTreeMap::values).collect();
        events.sort_by_key(|event| self.age_s(event).unwrap_or(u64::MAX));
        events
    }

    /// All events, by object.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Seen<Event>> {
        self.events.values().flat_map(BTreeMap::values)
    }

    /// Seconds since the event was last said.
    #[must_use]
    pub(crate) fn age_s(&self, event: &Event) -> Option<u64> {
        event.age_s.or_else(|| self.seconds_since(event.last_seen?))
    }

    /// Seconds from `then` to the moment of the snapshot.
    #[must_use]
    pub(crate) fn seconds_since(&self, then: Timestamp) -> Option<u64> {
        Some(u64::try_from(self.now?.duration_since(then).as_secs()).unwrap_or(0))
    }

    pub(crate) fn add_event(&mut self, event: Event, source: Source) {
        let words = (event.reason.clone(), event.message.clone());
        let about = self.events.entry(event.involved.clone()).or_default();
        match about.get_mut(&words) {
            Some(known) => {
                known.object.merge(&event);
                known.add_source(source);
            }
            None => {
                about.insert(words, Seen::new(event, source));
            }
        }
    }

    /// Finds the moment of the snapshot once all objects are in. What the cluster says of itself (heartbeats, events,
    /// ages beside times) beats the times at which our commands ran: a replayed recording has the former right only.
    pub(crate) fn settle(&mut self) {
        let heartbeats = self.nodes.iter().filter_map(|node| node.heartbeat);
        let events = self.events().filter_map(|event| event.last_seen);
        let restarts = self.pods.iter().filter_map(|pod| {
            let ago = SignedDuration::from_secs(i64::try_from(pod.restarted_ago_s?).ok()?);
            let finished =
                pod.all_containers().filter_map(|container| container.last_state.as_ref()?.finished).max()?;
            finished.checked_add(ago).ok()
        });
        let starts = self.pods.iter().flat_map(|pod| running_since(pod)).max();
        let told = heartbeats.chain(events).chain(restarts).max();
        let ran = self.outputs.iter().map(|output| output.step.timestamp).max();
        self.now = if told.is_some() { told.max(starts) } else { ran };
    }
}

fn running_since(pod: &Pod) -> impl Iterator<Item = Timestamp> {
    pod.all_containers().filter_map(|container| match &container.state {
        Some(State::Running { since }) => *since,
        _ => None,
    })
}

/// The objects of one kind, in the order of namespace and name.
#[derive(Debug)]
pub(crate) struct Index<T>(BTreeMap<Key, Seen<T>>);

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Object> Index<T> {
    /// The object of this key.
    #[must_use]
    pub(crate) fn get(&self, key: &Key) -> Option<&Seen<T>> {
        self.0.get(key)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Seen<T>> {
        self.0.values()
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a view of an object and gives its key; one without a name is nobody.
    pub(crate) fn add(&mut self, object: T, source: Source) -> Key {
        let key = object.key().clone();
        if key.name.is_empty() {
            return key;
        }
        match self.0.get_mut(&key) {
            Some(known) => {
                known.object.merge(object);
                known.add_source(source);
            }
            None => {
                self.0.insert(key.clone(), Seen::new(object, source));
            }
        }
        key
    }
}
