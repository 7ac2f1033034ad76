//! What a kubelet says about its pods and its node: pure, from the object as it was and as it is.

use super::{fault, probe};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// An event of the kubelet's, without what all its events have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    /// `Normal` or `Warning`.
    pub(crate) kind: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// The container that it is about; empty when it is about the pod.
    pub(crate) container: String,
}

/// What a change makes it say, in order. `before` is null for a pod that is new.
pub(crate) fn on_change(before: &Value, now: &Value) -> Vec<Said> {
    let mut said = Vec::new();
    for container in containers(now) {
        let name = text(&container["name"]);
        let (was, is) = (status(before, &name), status(now, &name));
        on_container(now, container, was, is, &mut said);
    }
    let is_ending = |pod: &Value| !pod["metadata"]["deletionTimestamp"].is_null();
    if is_ending(now) && !is_ending(before) {
        for container in containers(now).filter(|it| runs(status(now, &text(&it["name"])))) {
            said.push(normal(
                "Killing",
                format!("Stopping container {}", text(&container["name"])),
                container,
            ));
        }
    }
    said
}

/// What it says again and again while the pod stays as it is.
pub(crate) fn while_it_lasts(pod: &Value) -> Vec<Said> {
    let container = fault::container(pod);
    let name = text(&container["name"]);
    let is = status(pod, &name);
    let mut said = Vec::new();
    if !pod["metadata"]["deletionTimestamp"].is_null() || pod["status"]["hostIP"].is_null() {
        return said;
    }
    if let Some(message) = missing_pull_secrets(pod) {
        said.push(Said {
            kind: "Warning",
            reason: "FailedToRetrieveImagePullSecret",
            message,
            container: String::new(),
        });
    }
    if fault::of(pod, fault::MOUNT).is_some() {
        said.extend(failed_mount(pod));
    }
    match waiting(is) {
        Some("ImagePullBackOff") => said.extend(pull_back_off(container)),
        Some("CrashLoopBackOff") => said.push(crash_back_off(pod, container)),
        Some("CreateContainerConfigError") => said.extend(config_error(container, is)),
        _ => {}
    }
    if runs(is) {
        let probes = [fault::STARTUP, fault::LIVENESS, fault::READINESS];
        let failing = probes.into_iter().filter_map(|kind| probe::failure(pod, container, kind));
        said.extend(failing.map(|message| warning("Unhealthy", message, container)));
    }
    said
}

/// What a change of its node makes it say.
pub(crate) fn on_node_change(before: &Value, now: &Value) -> Vec<Said> {
    let reason = match (ready(before), ready(now)) {
        (was, Some("True")) if was != Some("True") => "NodeReady",
        (was, Some(_)) if was == Some("True") && ready(now) != Some("True") => "NodeNotReady",
        _ => return Vec::new(),
    };
    let message = format!("Node {} status is now: {reason}", text(&now["metadata"]["name"]));
    vec![Said { kind: "Normal", reason, message, container: String::new() }]
}

fn ready(node: &Value) -> Option<&str> {
    let mut conditions = node["status"]["conditions"].as_array()?.iter();
    conditions.find(|it| it["type"] == "Ready")?["status"].as_str()
}

fn on_container(pod: &Value, container: &Value, was: &Value, is: &Value, said: &mut Vec<Said>) {
    let name = text(&container["name"]);
    if waiting(is) != waiting(was) {
        match waiting(is) {
            Some("ErrImagePull") => said.extend(pull_error(container, is)),
            Some("ImagePullBackOff") => said.extend(pull_back_off(container)),
            Some("CrashLoopBackOff") => {
                said.extend(killed_by_probe(pod, container, was));
                said.push(crash_back_off(pod, container));
            }
            Some("CreateContainerConfigError") => {
                said.extend(pulled_first(container));
                said.extend(config_error(container, is));
            }
            _ => {}
        }
    }
    let is_new = !is["containerID"].is_null() && is["containerID"] != was["containerID"];
    if !is_new {
        return;
    }
    if is["restartCount"] == 0 {
        said.extend(pulled_first(container));
    } else {
        said.extend(killed_by_probe(pod, container, was));
        said.extend(pulled_again(container));
    }
    said.push(normal("Created", format!("Created container: {name}"), container));
    said.push(normal("Started", format!("Started container {name}"), container));
}

fn killed_by_probe(pod: &Value, container: &Value, was: &Value) -> Option<Said> {
    let which = [(fault::LIVENESS, "liveness"), (fault::STARTUP, "startup")];
    let (_, which) =
        which.into_iter().find(|(kind, _)| runs(was) && probe::failure(pod, container, kind).is_some())?;
    let message = format!("Container {} failed {which} probe, will be restarted", text(&container["name"]));
    Some(normal("Killing", message, container))
}

fn pulled_first(container: &Value) -> [Said; 2] {
    let image = text(&container["image"]);
    // No two images are of one size, and the same one always is.
    let size = 20_000_000 + image.bytes().fold(7_u64, |sum, byte| sum * 31 % 99_999_989 + u64::from(byte));
    let pulled = format!(
        "Successfully pulled image \"{image}\" in 812ms (812ms including waiting). Image size: {size} bytes."
    );
    [normal("Pulling", format!("Pulling image \"{image}\""), container), normal("Pulled", pulled, container)]
}

fn pulled_again(container: &Value) -> Vec<Said> {
    if container["imagePullPolicy"] == "Always" {
        return pulled_first(container).into();
    }
    vec![present(container)]
}

fn present(container: &Value) -> Said {
    let message = format!("Container image \"{}\" already present on machine", text(&container["image"]));
    normal("Pulled", message, container)
}

fn pull_error(container: &Value, is: &Value) -> [Said; 3] {
    let image = text(&container["image"]);
    let error = text(&is["state"]["waiting"]["message"]);
    [
        normal("Pulling", format!("Pulling image \"{image}\""), container),
        warning("Failed", format!("Failed to pull image \"{image}\": {error}"), container),
        warning("Failed", "Error: ErrImagePull".into(), container),
    ]
}

fn pull_back_off(container: &Value) -> [Said; 2] {
    let image = text(&container["image"]);
    [
        normal("BackOff", format!("Back-off pulling image \"{image}\""), container),
        warning("Failed", "Error: ImagePullBackOff".into(), container),
    ]
}

fn crash_back_off(pod: &Value, container: &Value) -> Said {
    let metadata = &pod["metadata"];
    let message = format!(
        "Back-off restarting failed container {} in pod {}_{}({})",
        text(&container["name"]),
        text(&metadata["name"]),
        text(&metadata["namespace"]),
        text(&metadata["uid"]),
    );
    warning("BackOff", message, container)
}

fn config_error(container: &Value, is: &Value) -> [Said; 2] {
    let error = format!("Error: {}", text(&is["state"]["waiting"]["message"]));
    [present(container), warning("Failed", error, container)]
}

fn missing_pull_secrets(pod: &Value) -> Option<String> {
    fault::of(pod, fault::IMAGE_PULL).filter(|&value| value == "secret-missing")?;
    let secrets = pod["spec"]["imagePullSecrets"].as_array()?;
    let names: Vec<String> = secrets.iter().map(|it| text(&it["name"])).collect();
    let names = names.join(", ");
    Some(format!(
        "Unable to retrieve some image pull secrets ({names}); attempting to pull the image may not succeed."
    ))
}

fn failed_mount(pod: &Value) -> Option<Said> {
    let volumes = pod["spec"]["volumes"].as_array()?;
    let (volume, missing) = volumes.iter().find_map(|volume| {
        let secret =
            volume["secret"]["secretName"].as_str().map(|name| format!("secret \"{name}\" not found"));
        let map =
            || volume["configMap"]["name"].as_str().map(|name| format!("configmap \"{name}\" not found"));
        Some((text(&volume["name"]), secret.or_else(map)?))
    })?;
    let message = format!("MountVolume.SetUp failed for volume \"{volume}\" : {missing}");
    Some(Said { kind: "Warning", reason: "FailedMount", message, container: String::new() })
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    pod["spec"]["containers"].as_array().into_iter().flatten()
}

/// The status of a container; null when it has none.
fn status<'a>(pod: &'a Value, container: &str) -> &'a Value {
    let mut all = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    all.find(|it| it["name"] == container).unwrap_or(&Value::Null)
}

fn runs(status: &Value) -> bool {
    !status["state"]["running"].is_null()
}

fn waiting(status: &Value) -> Option<&str> {
    status["state"]["waiting"]["reason"].as_str()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn normal(reason: &'static str, message: String, container: &Value) -> Said {
    Said { kind: "Normal", reason, message, container: text(&container["name"]) }
}

fn warning(reason: &'static str, message: String, container: &Value) -> Said {
    Said { kind: "Warning", reason, message, container: text(&container["name"]) }
}
