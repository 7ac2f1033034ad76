//! Who waits for a claim.

use aetherius_contracts::reasoning::{Evidence, ObjectRef};

use crate::objects::{Claim, Pod, Snapshot, Volume};
use crate::rules::scheduling::scheduler::{Obstacle, Refusal};

/// Who waits for a claim.
pub(super) struct User<'s> {
    /// The workload that uses it, or the claim itself when nothing does.
    pub(super) object: ObjectRef,
    /// What the scheduler said of a pod that waits for it.
    pub(super) refusal: Option<Refusal<'s>>,
}

impl<'s> User<'s> {
    pub(super) fn of(snapshot: &'s Snapshot<'_>, claim: &Claim) -> Self {
        let here = |pod: &Pod| pod.key.namespace == claim.key.namespace;
        let refused = |pod| {
            Refusal::of(snapshot, pod).filter(|refusal| refusal.reason(|it| *it == Obstacle::Claim).is_some())
        };
        let users = || snapshot.pods.iter().filter(|pod| here(pod) && uses(pod, claim));
        if let Some(refusal) = users().find_map(refused) {
            return Self { object: refusal.object.clone(), refusal: Some(refusal) };
        }
        let named = users().next().map(|pod| snapshot.workload_of(pod));
        let object = named.or_else(|| by_template(snapshot, claim)).unwrap_or_else(|| ObjectRef {
            kind: "persistentvolumeclaim".to_owned(),
            namespace: claim.key.namespace.clone(),
            name: claim.key.name.clone(),
        });
        // A row of a table does not tell of a pod's volumes, but whose pod it is.
        let mut refusals = snapshot.pods.iter().filter(|pod| here(pod)).filter_map(refused);
        let refusal = refusals.find(|refusal| refusal.object == object);
        Self { object, refusal }
    }

    /// Cites the scheduler.
    pub(super) fn cite(&self, snapshot: &Snapshot<'_>) -> Option<Evidence> {
        let refusal = self.refusal.as_ref()?;
        refusal.cite(snapshot, refusal.reason(|obstacle| *obstacle == Obstacle::Claim)?)
    }
}

fn uses(pod: &Pod, claim: &Claim) -> bool {
    pod.volumes.values().any(|volume| matches!(volume, Volume::Claim(name) if *name == claim.key.name))
}

/// The workload in whose template the claim stands.
fn by_template(snapshot: &Snapshot<'_>, claim: &Claim) -> Option<ObjectRef> {
    let namespace = &claim.key.namespace;
    let kinds = [
        ("deployment", &snapshot.deployments),
        ("statefulset", &snapshot.stateful_sets),
        ("daemonset", &snapshot.daemon_sets),
    ];
    kinds.into_iter().find_map(|(kind, index)| {
        let mut here = index.iter().filter(|user| user.key.namespace == *namespace);
        let user = here.find(|user| uses(&user.template, claim))?;
        Some(ObjectRef { kind: kind.to_owned(), namespace: namespace.clone(), name: user.key.name.clone() })
    })
}
