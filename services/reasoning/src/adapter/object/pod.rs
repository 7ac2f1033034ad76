//! Pods, and the templates from which workloads make them.

use serde_json::Value;

use super::container::containers;
use super::value::{
    condition, key, labels, list, names, owner, requirement, selector, some_text, text, texts, time,
};
use crate::objects::{Dns, Pod, PodTerm, Requirement, Toleration, Volume};

pub(super) fn pod(value: &Value) -> Pod {
    let mut pod = template(value);
    pod.key = key(value);
    pod.owner = owner(value);
    pod.node = some_text(value, "/spec/nodeName");
    pod.phase = some_text(value, "/status/phase");
    pod.ip = some_text(value, "/status/podIP");
    pod.created = time(value, "/metadata/creationTimestamp");
    pod.conditions = list(value, "/status/conditions").iter().map(condition).collect();
    pod
}

/// What a pod and its template have in common.
pub(super) fn template(value: &Value) -> Pod {
    Pod {
        labels: labels(value, "/metadata/labels"),
        containers: containers(list(value, "/spec/containers"), list(value, "/status/containerStatuses")),
        init_containers: containers(
            list(value, "/spec/initContainers"),
            list(value, "/status/initContainerStatuses"),
        ),
        node_selector: labels(value, "/spec/nodeSelector"),
        node_affinity: list(
            value,
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
        )
        .iter()
        .map(node_term)
        .collect(),
        affinity: pod_terms(value, "podAffinity"),
        anti_affinity: pod_terms(value, "podAntiAffinity"),
        tolerations: list(value, "/spec/tolerations").iter().map(toleration).collect(),
        service_account: some_text(value, "/spec/serviceAccountName"),
        volumes: list(value, "/spec/volumes").iter().map(volume).collect(),
        pull_secrets: names(value, "/spec/imagePullSecrets"),
        scheduler: some_text(value, "/spec/schedulerName"),
        dns: value.get("spec").map(dns).filter(|it| *it != usual_dns()),
        ..Pod::default()
    }
}

/// The cluster's name server first, and nothing of its own.
fn usual_dns() -> Dns {
    Dns { policy: "ClusterFirst".to_owned(), ..Dns::default() }
}

/// What is left out has the defaults of the API.
fn dns(spec: &Value) -> Dns {
    Dns {
        policy: some_text(spec, "/dnsPolicy").unwrap_or_else(|| "ClusterFirst".to_owned()),
        servers: texts(spec, "/dnsConfig/nameservers"),
        searches: texts(spec, "/dnsConfig/searches"),
        host_network: spec.get("hostNetwork").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn node_term(value: &Value) -> Vec<Requirement> {
    list(value, "/matchExpressions").iter().map(requirement).collect()
}

fn pod_terms(value: &Value, which: &str) -> Vec<PodTerm> {
    let path = format!("/spec/affinity/{which}/requiredDuringSchedulingIgnoredDuringExecution");
    let term = |value: &Value| PodTerm {
        selector: selector(value, "/labelSelector").unwrap_or_default(),
        topology_key: text(value, "/topologyKey").to_owned(),
    };
    list(value, &path).iter().map(term).collect()
}

fn toleration(value: &Value) -> Toleration {
    let exists = text(value, "/operator") == "Exists";
    Toleration {
        key: text(value, "/key").to_owned(),
        value: if exists { None } else { Some(text(value, "/value").to_owned()) },
        effect: text(value, "/effect").to_owned(),
    }
}

fn volume(value: &Value) -> (String, Volume) {
    let source = if let Some(claim) = some_text(value, "/persistentVolumeClaim/claimName") {
        Volume::Claim(claim)
    } else if let Some(secret) = some_text(value, "/secret/secretName") {
        Volume::Secret(secret)
    } else if let Some(map) = some_text(value, "/configMap/name") {
        Volume::ConfigMap(map)
    } else {
        Volume::Other
    };
    (text(value, "/name").to_owned(), source)
}
