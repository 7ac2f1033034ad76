//! Faults, as annotations of pods (by way of the template of their owner) and of nodes.
//!
//! | annotation | values |
//! | --- | --- |
//! | [`IMAGE_PULL`] | `not-found`, `no-such-host`, `unauthorized`, `denied`, `secret-missing` |
//! | [`CRASH`] | an exit code such as `1`, or `oom-killed` |
//! | [`READINESS`], [`LIVENESS`], [`STARTUP`] | `refused`, `timeout`, `protocol`, or an HTTP status such as `503` |
//! | [`CONFIG`], [`MOUNT`] | `missing` |
//! | [`CONTAINER`] | the container that is meant; by default the first |
//! | [`NODE`] | `not-ready` |

use serde_json::Value;

/// What all of them begin with.
pub const PREFIX: &str = "fault.aetherius.dev/";
/// The image of the container cannot be pulled.
pub const IMAGE_PULL: &str = "fault.aetherius.dev/image-pull";
/// The container ends again and again.
pub const CRASH: &str = "fault.aetherius.dev/crash";
/// The container runs, and its readiness probe fails.
pub const READINESS: &str = "fault.aetherius.dev/readiness";
/// The container runs, its liveness probe fails, and it is started again.
pub const LIVENESS: &str = "fault.aetherius.dev/liveness";
/// The container runs, its startup probe fails, and it is started again.
pub const STARTUP: &str = "fault.aetherius.dev/startup";
/// The container cannot be created, as its first secret or config map in the environment does not exist.
pub const CONFIG: &str = "fault.aetherius.dev/config";
/// No container can be created, as the first volume of a secret or config map has none.
pub const MOUNT: &str = "fault.aetherius.dev/mount";
/// Which container is meant.
pub const CONTAINER: &str = "fault.aetherius.dev/container";
/// The node is not ready.
pub const NODE: &str = "fault.aetherius.dev/node";

/// What the pod is told to do wrong in this regard.
pub(crate) fn of<'a>(pod: &'a Value, kind: &str) -> Option<&'a str> {
    pod["metadata"]["annotations"][kind].as_str()
}

/// The container that is meant, as its spec says.
pub(crate) fn container(pod: &Value) -> &Value {
    let containers = pod["spec"]["containers"].as_array().map_or(&[][..], Vec::as_slice);
    let named = of(pod, CONTAINER).and_then(|name| containers.iter().find(|it| it["name"] == name));
    named.or(containers.first()).unwrap_or(&Value::Null)
}
