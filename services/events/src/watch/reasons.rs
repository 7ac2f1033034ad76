//! Which reasons deserve a diagnosis, how bad they are, and how often one must be seen.

use aetherius_contracts::events::Severity;

/// A reason of Kubernetes Events or of the state of an object; it becomes the name of the alert.
pub(crate) struct Reason {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    /// Fewer sightings are everyday life.
    pub(crate) count_min: u32,
}

const fn high(name: &'static str) -> Reason {
    Reason { name, severity: Severity::High, count_min: 1 }
}

const fn medium(name: &'static str) -> Reason {
    Reason { name, severity: Severity::Medium, count_min: 1 }
}

/// A rollout that passed its deadline.
pub(crate) const PROGRESS_DEADLINE_EXCEEDED: &str = "ProgressDeadlineExceeded";
/// A Deployment with fewer available replicas than it promises.
pub(crate) const MINIMUM_REPLICAS_UNAVAILABLE: &str = "MinimumReplicasUnavailable";
/// A StatefulSet or DaemonSet that lacks pods and makes no progress. Kubernetes has no word for it.
pub(crate) const REPLICAS_UNAVAILABLE: &str = "ReplicasUnavailable";
/// A node whose kubelet says so, or says nothing any more.
pub(crate) const NODE_NOT_READY: &str = "NodeNotReady";

/// Read from the objects themselves. Events that say the same, one for each pod of a dead node, are left out.
pub(crate) const OF_STATE: &[&str] =
    &[PROGRESS_DEADLINE_EXCEEDED, MINIMUM_REPLICAS_UNAVAILABLE, REPLICAS_UNAVAILABLE, NODE_NOT_READY];

/// What counts unless the settings say otherwise. Left out is what accompanies another reason, and what heals by itself.
pub(crate) const BUILT_IN: &[Reason] = &[
    // Containers and images.
    high("BackOff"),
    high("Failed"),
    high("InspectFailed"),
    high("ErrImageNeverPull"),
    medium("FailedCreatePodContainer"),
    medium("FailedCreatePodSandBox"),
    medium("FailedPostStartHook"),
    Reason { name: "Unhealthy", severity: Severity::Medium, count_min: 3 },
    // Scheduling, quota, volumes.
    high("FailedScheduling"),
    high("FailedCreate"),
    high("FailedMount"),
    high("FailedMapVolume"),
    high("FailedAttachVolume"),
    medium("ProvisioningFailed"),
    medium("FailedBinding"),
    medium("VolumeResizeFailed"),
    // Jobs.
    high("BackoffLimitExceeded"),
    medium("DeadlineExceeded"),
    // Nodes.
    medium("Evicted"),
    high("OOMKilling"),
    high("SystemOOM"),
    high("EvictionThresholdMet"),
    medium("FreeDiskSpaceFailed"),
    medium("NetworkNotReady"),
    // What the objects themselves show.
    high(PROGRESS_DEADLINE_EXCEEDED),
    high(MINIMUM_REPLICAS_UNAVAILABLE),
    high(REPLICAS_UNAVAILABLE),
    high(NODE_NOT_READY),
];

/// How bad a reason is, and how often it must be seen. One that is not built in is `medium` from its first sighting on.
pub(crate) fn weight(reason: &str) -> (Severity, u32) {
    let known = BUILT_IN.iter().find(|known| known.name == reason);
    known.map_or((Severity::Medium, 1), |known| (known.severity, known.count_min))
}
