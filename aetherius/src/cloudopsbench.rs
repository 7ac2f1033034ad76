//! Our findings in the labels of the public benchmark Cloud-OpsBench.

use aetherius_contracts::reasoning::Finding;
use aetherius_execution::recorded::Format;

/// Root cause, object and taxonomy: in the benchmark's labels for its cases, else in ours.
pub(crate) fn labels_for(format: Option<Format>, finding: &Finding) -> (String, String, String) {
    match format {
        Some(Format::CloudOpsBench) => labels(finding),
        _ => (finding.rule.clone(), finding.object.to_string(), finding.taxonomy.clone()),
    }
}

/// Root cause, object and taxonomy as the benchmark writes them.
fn labels(finding: &Finding) -> (String, String, String) {
    let kind = match finding.object.kind.as_str() {
        "node" => "node",
        "namespace" | "resourcequota" => "namespace",
        // The benchmark knows an application, where we know its workload, its pods and its services.
        _ => "app",
    };
    let mut taxonomy = String::new();
    for word in finding.taxonomy.split('_') {
        let mut letters = word.chars();
        taxonomy.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        taxonomy.push_str(letters.as_str());
        taxonomy.push('_');
    }
    taxonomy.push_str("Fault");
    (root_cause(&finding.rule).to_owned(), format!("{kind}/{}", finding.object.name), taxonomy)
}

/// Most of our causes have the benchmark's words; it has none for a service that is not there, only for what callers see.
fn root_cause(rule: &str) -> &str {
    match rule {
        "missing_service" => "service_dns_resolution_failure",
        rule => rule,
    }
}

#[cfg(test)]
mod tests {
    use super::labels;
    use aetherius_contracts::reasoning::{Finding, ObjectRef};

    #[test]
    fn a_workload_is_an_app_and_a_node_a_node() {
        let finding = |kind: &str, taxonomy: &str| Finding {
            rule: "r".into(),
            taxonomy: taxonomy.into(),
            object: ObjectRef { kind: kind.into(), namespace: "shop".into(), name: "web".into() },
            summary: String::new(),
            remedy: String::new(),
            confidence: 1.0,
            evidence: Vec::new(),
        };
        let of = |kind, taxonomy| labels(&finding(kind, taxonomy));
        assert_eq!(of("deployment", "startup"), ("r".into(), "app/web".into(), "Startup_Fault".into()));
        assert_eq!(super::root_cause("missing_service"), "service_dns_resolution_failure");
        assert_eq!(of("node", "service_routing").1, "node/web");
        assert_eq!(of("node", "service_routing").2, "Service_Routing_Fault");
    }
}
