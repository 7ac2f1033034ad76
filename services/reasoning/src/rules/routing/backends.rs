//! Who stands behind a service.

use std::collections::{BTreeMap, BTreeSet};

use aetherius_contracts::reasoning::ObjectRef;

use crate::objects::{
    Container, Endpoints, EnvValue, Key, Labels, Pod, Seen, Service, Snapshot, Workload, selects,
};

/// Namespaces of Kubernetes itself, whose services its own components fill.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Containers that meshes put beside those of a workload.
const PROXIES: [&str; 4] = ["istio-proxy", "linkerd-proxy", "envoy-sidecar", "consul-dataplane"];

/// A workload and its pods; a pod without a workload stands for itself.
pub(crate) struct Backend<'s> {
    /// What a person would mend.
    pub object: ObjectRef,
    /// Labels of its template and its pods.
    pub labels: Labels,
    /// The workload, if an output tells of it.
    pub workload: Option<&'s Seen<Workload>>,
    /// Its pods, those of jobs and those that are done left out.
    pub pods: Vec<&'s Seen<Pod>>,
}

/// All workloads with labels, by namespace.
#[must_use]
pub(crate) fn backends<'s>(snapshot: &'s Snapshot<'_>) -> BTreeMap<&'s str, Vec<Backend<'s>>> {
    let mut found: BTreeMap<(&str, String, String), Backend<'s>> = BTreeMap::new();
    let kinds = [
        ("deployment", &snapshot.deployments),
        ("statefulset", &snapshot.stateful_sets),
        ("daemonset", &snapshot.daemon_sets),
    ];
    for (kind, index) in kinds {
        for workload in index.iter() {
            let mut labels = workload.template.labels.clone();
            add(&mut labels, &workload.selector);
            let (namespace, name) = (workload.key.namespace.as_str(), workload.key.name.clone());
            let object =
                ObjectRef { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.clone() };
            let backend = Backend { object, labels, workload: Some(workload), pods: Vec::new() };
            found.insert((namespace, kind.to_owned(), name), backend);
        }
    }
    for pod in snapshot.pods.iter().filter(|pod| is_served(pod)) {
        let object = snapshot.workload_of(pod);
        let key = (pod.key.namespace.as_str(), object.kind.clone(), object.name.clone());
        let backend = found.entry(key).or_insert_with(|| Backend {
            object,
            labels: Labels::new(),
            workload: None,
            pods: Vec::new(),
        });
        add(&mut backend.labels, &pod.labels);
        backend.pods.push(pod);
    }
    let mut by_namespace: BTreeMap<&str, Vec<Backend<'s>>> = BTreeMap::new();
    for ((namespace, ..), backend) in found.into_iter().filter(|(_, backend)| !backend.labels.is_empty()) {
        by_namespace.entry(namespace).or_default().push(backend);
    }
    by_namespace
}

fn add(labels: &mut Labels, more: &Labels) {
    for (name, value) in more {
        labels.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// Services do not send to pods that are done.
fn is_served(pod: &Pod) -> bool {
    let is_job = pod.owner.as_ref().is_some_and(|owner| owner.kind == "job");
    !is_job && !matches!(pod.phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// Services of which a rule may say that they lead nowhere: with a selector, and not of Kubernetes itself.
pub(crate) fn services<'s>(
    snapshot: &'s Snapshot<'_>,
) -> impl Iterator<Item = (&'s Seen<Service>, &'s Labels)> {
    snapshot
        .services
        .iter()
        .filter(|service| !service.is_external() && !SYSTEM.contains(&service.key.namespace.as_str()))
        .filter_map(|service| Some((service, service.selector.as_ref().filter(|it| !it.is_empty())?)))
}

/// True when an output says that nothing stands behind the service, and none says otherwise.
#[must_use]
pub(crate) fn is_empty(endpoints: Option<&Seen<Endpoints>>) -> bool {
    endpoints.is_some_and(|it| it.ready.is_empty() && it.not_ready.is_empty())
}

impl<'s> Backend<'s> {
    /// True when a service with this selector sends to its pods.
    #[must_use]
    pub(crate) fn is_selected(&self, selector: &Labels) -> bool {
        let labelled = self.pods.iter().any(|pod| selects(selector, &pod.labels));
        labelled || selects(selector, &self.labels)
    }

    /// True when one of its pods is ready, as far as any output says.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        self.pods.iter().any(|pod| pod.is_ready())
            || self.workload.is_some_and(|it| it.ready.unwrap_or(0) > 0)
    }

    /// Its containers, those that a mesh added left out.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &'s Container> + use<'s> {
        let template = self.workload.map(|workload| &workload.template);
        let pods = self.pods.iter().map(|pod| &***pod);
        let views: Vec<&'s Pod> = template.into_iter().chain(pods).collect();
        let containers = views.into_iter().flat_map(|pod| pod.containers.values());
        containers.filter(|container| !PROXIES.contains(&container.name.as_str()))
    }

    /// True when a mesh stands between its pods and their callers.
    #[must_use]
    pub(crate) fn is_in_mesh(&self) -> bool {
        let of = |pod: &Pod| pod.all_containers().any(|it| PROXIES.contains(&it.name.as_str()));
        self.pods.iter().any(|pod| of(pod))
    }

    /// The ports that its containers seem to listen on.
    #[must_use]
    pub(crate) fn ports(&self) -> Ports {
        let mut ports = Ports::default();
        for container in self.containers() {
            ports.declared.extend(container.ports.iter().map(|port| port.number));
            ports.names.extend(container.ports.iter().map(|port| port.name.clone()));
            let probes = [&container.liveness, &container.readiness, &container.startup];
            for action in probes.into_iter().flatten().map(|probe| &probe.action) {
                // A mesh answers for the container there.
                let is_rewritten = matches!(action, crate::objects::Action::Http { path, .. } if path.starts_with("/app-health/"));
                let number = action.port().and_then(|port| port.resolve(container));
                ports.asked.extend(number.filter(|_| !is_rewritten));
            }
            for (name, value) in &container.env {
                if let EnvValue::Plain(value) = value
                    && name.to_ascii_uppercase().ends_with("PORT")
                    && let Ok(number) = value.trim_matches('"').parse()
                {
                    ports.told.insert(number);
                }
            }
        }
        ports.names.retain(|name| !name.is_empty());
        ports
    }
}

/// What is known of the ports of a workload, by how it is known.
#[derive(Default)]
pub(crate) struct Ports {
    /// Listed by its containers.
    pub declared: BTreeSet<u16>,
    /// The names that the listed ports have.
    pub names: BTreeSet<String>,
    /// Asked by its probes.
    pub asked: BTreeSet<u16>,
    /// Told to its containers by variables.
    pub told: BTreeSet<u16>,
}

impl Ports {
    /// True when anything says that a container listens there.
    #[must_use]
    pub(crate) fn has(&self, number: u16) -> bool {
        self.declared.contains(&number) || self.asked.contains(&number) || self.told.contains(&number)
    }

    /// The ports to name in a sentence: those that probes and variables confirm, or else all that are listed.
    #[must_use]
    pub(crate) fn shown(&self) -> Vec<u16> {
        let sure: Vec<u16> = self
            .declared
            .iter()
            .copied()
            .filter(|it| self.asked.contains(it) || self.told.contains(it))
            .collect();
        let listed = || self.declared.iter().chain(&self.asked).copied().collect::<BTreeSet<_>>();
        if sure.is_empty() { listed().into_iter().collect() } else { sure }
    }
}

/// The service's own name is that of a workload, in most clusters.
#[must_use]
pub(crate) fn namesake<'b, 's>(backends: &'b [Backend<'s>], service: &Key) -> Option<&'b Backend<'s>> {
    backends.iter().find(|backend| backend.object.name == service.name)
}
