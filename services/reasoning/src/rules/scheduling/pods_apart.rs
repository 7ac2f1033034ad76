//! A pod that finds no node because of the pods that are there, or are not.

use aetherius_contracts::reasoning::Finding;

use super::scheduler::{Obstacle, Refusal, refusals};
use super::{Cause, Nature, Rule};
use crate::evidence::Proof;
use crate::objects::{PodTerm, Snapshot};

pub(super) const RULE: Rule = Rule {
    id: "pods_apart",
    doc: "pods that cannot be scheduled because of rules on which pods stand beside which",
    causes: &[POD_ANTI_AFFINITY_CONFLICT, POD_AFFINITY_MISMATCH, TOPOLOGY_SPREAD_CONFLICT],
    check,
};

const POD_ANTI_AFFINITY_CONFLICT: Cause = Cause {
    id: "pod_anti_affinity_conflict",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Make the pod anti-affinity preferred or narrow its selector, run fewer replicas, or add nodes.",
};

const POD_AFFINITY_MISMATCH: Cause = Cause {
    id: "pod_affinity_mismatch",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Correct the required pod affinity of the pod template, or start the pods that it wants beside it.",
};

const TOPOLOGY_SPREAD_CONFLICT: Cause = Cause {
    id: "topology_spread_conflict",
    taxonomy: "scheduling",
    nature: Nature::Specific,
    remedy: "Let the topology spread constraint use ScheduleAnyway or a larger maxSkew, or give the nodes the label it counts by.",
};

fn check(snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let refusals = refusals(snapshot);
    let all = refusals.iter().flat_map(|refusal| {
        [
            (Obstacle::AntiAffinity, &POD_ANTI_AFFINITY_CONFLICT),
            (Obstacle::Affinity, &POD_AFFINITY_MISMATCH),
            (Obstacle::Spread, &TOPOLOGY_SPREAD_CONFLICT),
        ]
        .into_iter()
        .filter_map(|(obstacle, cause)| blame(snapshot, refusal, &obstacle, cause))
    });
    all.collect()
}

fn blame(
    snapshot: &Snapshot<'_>,
    refusal: &Refusal<'_>,
    obstacle: &Obstacle,
    cause: &Cause,
) -> Option<Finding> {
    let reason = refusal.reason(|it| it == obstacle)?;
    let certainty = refusal.certainty(snapshot, |it| it == obstacle)?;
    let object = refusal.object.clone();
    let replicas = refusal.workload.and_then(|workload| workload.desired).filter(|desired| *desired > 1);
    let (word, why) = match obstacle {
        Obstacle::AntiAffinity if reason.words.contains("existing pods") => {
            ("podAntiAffinity", "pods that run on the nodes do not want it beside them".to_owned())
        }
        Obstacle::AntiAffinity => {
            ("podAntiAffinity", format!("it must not stand beside {}", written(refusal.anti_affinity())))
        }
        Obstacle::Affinity => ("podAffinity", "no node has the pods that it wants beside it".to_owned()),
        _ => ("topologySpreadConstraints", "its topology spread allows none".to_owned()),
    };
    let shows = "the rule in the pod's template";
    let keys = refusal.anti_affinity().iter().filter(|_| *obstacle == Obstacle::AntiAffinity);
    let lines = keys.map(|term| refusal.cite_wish(snapshot, &["topologyKey", &term.topology_key], shows));
    let first = [refusal.cite(snapshot, reason), refusal.cite_wish(snapshot, &[word], shows)];
    let proof = Proof::of(first.into_iter().chain(lines))?;
    let wanted = replicas.map_or_else(String::new, |desired| format!(", and {desired} replicas are wanted"));
    let summary = format!("{object} finds no node: {why}{wanted}.");
    Some(cause.finding(object, certainty, summary, proof))
}

/// Which pods, and what counts as beside.
fn written(terms: &[PodTerm]) -> String {
    let one = |term: &PodTerm| {
        let equal = term.selector.equal.iter().map(|(name, value)| format!("{name}={value}"));
        let others = term.selector.requirements.iter().map(|requirement| {
            format!("{} {} [{}]", requirement.key, requirement.operator, requirement.values.join(", "))
        });
        let pods = equal.chain(others).collect::<Vec<_>>().join(", ");
        format!("pods with {pods} in the same {}", term.topology_key)
    };
    match terms {
        [] => "pods that run on the nodes".to_owned(),
        terms => terms.iter().map(one).collect::<Vec<_>>().join(" or "),
    }
}

#[cfg(test)]
mod tests;
