//! Names of services that cannot be resolved: because the pods ask the wrong name server, because the cluster's own does
//! not answer, or because the service is not there.
//!
//! That a program once said `no such host` proves little: pods often start before the services they call. So logs only
//! count where a resolver failed to answer, which no missing service explains.

use aetherius_contracts::reasoning::{Finding, ObjectRef};

use super::addresses::{Address, Meaning, addresses, meaning};
use super::backends::backends;
use super::resolution::{NO_ANSWER, UNKNOWN_NAME};
use super::{Cause, Certainty, Nature, Rule};
use crate::evidence::{Proof, cite};
use crate::objects::{Dns, Key, Seen, Snapshot, Workload};

pub(super) const RULE: Rule = Rule {
    id: "name_resolution",
    doc: "workloads that cannot resolve the names of services, and services that callers look up in vain",
    causes: &[SERVICE_DNS_RESOLUTION_FAILURE, MISSING_SERVICE],
    check,
};

const SERVICE_DNS_RESOLUTION_FAILURE: Cause = Cause {
    id: "service_dns_resolution_failure",
    taxonomy: "service_routing",
    nature: Nature::Specific,
    remedy: "Let the pods use the cluster's name server (dnsPolicy ClusterFirst, no foreign dnsConfig), and see that it runs.",
};

const MISSING_SERVICE: Cause = Cause {
    id: "missing_service",
    taxonomy: "service_routing",
    nature: Nature::Broad,
    remedy: "Create the service under the name that its callers use; look for a quota or a deletion that keeps it away.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let all = addresses(snapshot);
    let mut findings = policies(snapshot, &all);
    findings.extend(name_server(snapshot));
    if findings.is_empty() {
        findings.extend(unanswered(snapshot));
    }
    findings.extend(missing(snapshot, &all));
    findings
}

/// Workloads that call services by name and do not ask the cluster's name server for it.
fn policies(snapshot: &Snapshot<'_>, all: &[Address<'_>]) -> Vec<Finding> {
    let kinds = [
        ("deployment", &snapshot.deployments),
        ("statefulset", &snapshot.stateful_sets),
        ("daemonset", &snapshot.daemon_sets),
    ];
    let workloads = kinds.into_iter().flat_map(|(kind, index)| index.iter().map(move |it| (kind, it)));
    workloads.filter_map(|(kind, workload)| policy(snapshot, kind, workload, all)).collect()
}

fn policy(
    snapshot: &Snapshot<'_>,
    kind: &str,
    workload: &Seen<Workload>,
    all: &[Address<'_>],
) -> Option<Finding> {
    let dns = workload.template.dns.as_ref()?;
    let (wrong, word) = wrong(snapshot, dns)?;
    let object = object(kind, &workload.key);
    let call = all.iter().find(|it| {
        it.caller == object
            && matches!(meaning(snapshot, it.host, &workload.key.namespace), Meaning::Service(_))
    });
    let said = snapshot.logs.get(&workload.key).and_then(|log| {
        let mut words = UNKNOWN_NAME.iter().chain(&NO_ANSWER);
        words.find_map(|words| cite(snapshot, log, &[words], "the program cannot resolve a name"))
    });
    if call.is_none() && said.is_none() {
        return None;
    }
    let certainty = if said.is_some() { Certainty::Stated } else { Certainty::Inferred };
    let proof = Proof::of([
        cite(snapshot, workload, &[&word], "how its pods resolve names"),
        call.and_then(|it| it.cite(snapshot, "a service that it calls by name")),
        said,
    ])?;
    let summary = format!("{object} cannot resolve the names of services: {wrong}.");
    Some(SERVICE_DNS_RESOLUTION_FAILURE.finding(object, certainty, summary, proof))
}

/// What keeps such pods from the cluster's name server, and a word of it.
fn wrong(snapshot: &Snapshot<'_>, dns: &Dns) -> Option<(String, String)> {
    match dns.policy.as_str() {
        "Default" => Some((
            "its dnsPolicy is Default, so it asks the node's name server".to_owned(),
            "dnsPolicy".to_owned(),
        )),
        // In the node's network this policy falls back to the node's name server.
        "ClusterFirst" if dns.host_network => Some((
            "it is in the node's network without dnsPolicy ClusterFirstWithHostNet".to_owned(),
            "hostNetwork".to_owned(),
        )),
        "None" if dns.servers.is_empty() => {
            Some(("its dnsPolicy is None and names no server".to_owned(), "dnsPolicy".to_owned()))
        }
        "None" if !dns.servers.iter().any(|server| is_cluster_server(snapshot, server)) => {
            let servers = dns.servers.join(", ");
            Some((
                format!("it asks {servers} only, which is not the cluster's name server"),
                dns.servers[0].clone(),
            ))
        }
        "None" if !dns.searches.iter().any(|it| it.contains("svc")) => Some((
            "its dnsPolicy is None and no search domain leads to services".to_owned(),
            "dnsPolicy".to_owned(),
        )),
        _ => None,
    }
}

/// The address of the cluster's name server if it is known; else any address that could be one: a service's, or that of
/// a cache on the node.
fn is_cluster_server(snapshot: &Snapshot<'_>, server: &str) -> bool {
    let known = snapshot.services.iter().filter(|it| it.key.namespace == SYSTEM);
    let known: Vec<&str> = known
        .filter(|it| it.ports.iter().any(|port| port.number == 53))
        .filter_map(|it| it.cluster_ip.as_deref())
        .collect();
    let Ok(address) = server.parse::<std::net::IpAddr>() else {
        return false;
    };
    let is_private = match address {
        std::net::IpAddr::V4(it) => it.is_private() || it.is_link_local(),
        std::net::IpAddr::V6(it) => it.is_unique_local() || it.is_unicast_link_local(),
    };
    let is_node_cache = matches!(address, std::net::IpAddr::V4(it) if it.is_link_local());
    known.contains(&server) || is_node_cache || (known.is_empty() && is_private)
}

const SYSTEM: &str = "kube-system";

/// The cluster's name server has no pod that is ready. Kubernetes labels it the same everywhere.
fn name_server(snapshot: &Snapshot<'_>) -> Option<Finding> {
    let is_dns = |labels: &crate::objects::Labels| labels.get("k8s-app").is_some_and(|it| it == "kube-dns");
    let by_namespace = backends(snapshot);
    let backend = by_namespace.get(SYSTEM)?.iter().find(|it| is_dns(&it.labels))?;
    if backend.is_ready() {
        return None;
    }
    let workload =
        backend.workload.and_then(|it| cite(snapshot, it, &[&it.key.name], "the cluster's name server"));
    let pod = backend.pods.first().and_then(|it| cite(snapshot, it, &[&it.key.name], "a pod of it"));
    let said = snapshot.logs.iter().find_map(|log| {
        NO_ANSWER.iter().find_map(|words| cite(snapshot, log, &[words], "a program gets no answer"))
    });
    let proof = Proof::of([workload, pod, said])?;
    let summary = format!("No pod of {}, the cluster's name server, is ready.", backend.object);
    let object = backend.object.clone();
    Some(SERVICE_DNS_RESOLUTION_FAILURE.finding(object, Certainty::Inferred, summary, proof))
}

/// Programs that got no answer from a name server when they looked up a service that exists.
fn unanswered(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let mut findings = Vec::new();
    for log in snapshot.logs.iter() {
        let here = by_namespace.get(log.key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let caller = here.iter().find(|it| {
            it.object.name == log.key.name || it.pods.iter().any(|pod| pod.key.name == log.key.name)
        });
        let named =
            snapshot.services.iter().filter(|it| it.key.namespace == log.key.namespace).find_map(|it| {
                let said = NO_ANSWER.iter().find_map(|words| {
                    cite(
                        snapshot,
                        log,
                        &[&it.key.name, words],
                        "the name server does not answer for a service",
                    )
                })?;
                Some((it, said))
            });
        let Some((caller, (service, said))) = caller.zip(named) else {
            continue;
        };
        let exists = cite(snapshot, service, &[&service.key.name], "the service exists");
        if let Some(proof) = Proof::of([Some(said), exists]) {
            let summary = format!(
                "{} gets no answer when it looks up service {}, which exists.",
                caller.object, service.key.name
            );
            let object = caller.object.clone();
            findings.push(SERVICE_DNS_RESOLUTION_FAILURE.finding(
                object,
                Certainty::Suspected,
                summary,
                proof,
            ));
        }
    }
    findings
}

/// A workload that others call by its name, without a service of that name.
fn missing(snapshot: &Snapshot<'_>, all: &[Address<'_>]) -> Vec<Finding> {
    let by_namespace = backends(snapshot);
    let mut findings: Vec<Finding> = Vec::new();
    for address in all {
        let Meaning::Missing(key) = meaning(snapshot, address.host, &address.caller.namespace) else {
            continue;
        };
        let here = by_namespace.get(key.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let Some(workload) = here.iter().find(|it| it.object.name == key.name) else {
            continue;
        };
        if findings.iter().any(|it| it.object == workload.object) {
            continue;
        }
        let said = snapshot.logs.iter().find_map(|log| {
            UNKNOWN_NAME.iter().find_map(|words| {
                cite(snapshot, log, &[&key.name, words], "a program looks the name up in vain")
            })
        });
        let shows = "the workload that it means";
        let proof = Proof::of([
            address.cite(snapshot, "a workload was told this name"),
            said,
            workload.workload.and_then(|it| cite(snapshot, it, &[&key.name], shows)),
        ]);
        if let Some(proof) = proof {
            let summary = format!(
                "{} calls {} by the name {}, but there is no service of that name.",
                address.caller, workload.object, address.host
            );
            findings.push(MISSING_SERVICE.finding(
                workload.object.clone(),
                Certainty::Inferred,
                summary,
                proof,
            ));
        }
    }
    findings
}

fn object(kind: &str, key: &Key) -> ObjectRef {
    ObjectRef { kind: kind.to_owned(), namespace: key.namespace.clone(), name: key.name.clone() }
}

#[cfg(test)]
mod tests;
