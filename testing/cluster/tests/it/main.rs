//! A real cluster: what is applied comes to life, each fault reaches its state with its events, and nothing is left at the end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking and says why")]

mod life;
mod faults;
mod real_controllers;
mod end;

use aetherius_test_cluster::{Cluster, shared_or_skip};
use serde_json::Value;
use std::time::Duration;

/// For anything that a test waits for, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(40);

/// A namespace of the shared cluster.
struct Place {
    cluster: &'static Cluster,
    namespace: String,
}

impl Place {
    /// None, with a loud word, where no cluster can be had.
    fn of(test: &str) -> Option<Self> {
        let cluster = shared_or_skip(test)?;
        Some(Self { cluster, namespace: cluster.namespace("test").unwrap() })
    }

    fn apply(&self, yaml: &str) {
        let output =
            self.cluster.kubectl_with_input(&["apply", "-n", &self.namespace, "-f", "-"], yaml).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn get(&self, what: &str) -> Value {
        let group = match what {
            "deployments" | "replicasets" => "/apis/apps/v1",
            _ => "/api/v1",
        };
        self.cluster.get(&format!("{group}/namespaces/{}/{what}", self.namespace)).unwrap()
    }

    /// Waits until an object of that kind is as the test wants it.
    fn wait_for(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let look = || self.get(what)["items"].as_array()?.iter().find(|it| is_so(it)).cloned();
        let found = self.cluster.wait(what, PATIENCE, look);
        found.unwrap_or_else(|error| panic!("{error}; there is {:#}", self.get(what)))
    }

    /// Waits for an event whose message contains that text.
    fn wait_for_event(&self, reason: &str, text: &str) -> Value {
        let has_text = |event: &Value| event["message"].as_str().is_some_and(|it| it.contains(text));
        self.wait_for("events", |event| event["reason"] == reason && has_text(event))
    }
}

/// A deployment `web` of one pod, with an annotation of the pod and more fields of its only container and of the pod.
fn deployment(annotation: (&str, &str), container: &str, pod: &str) -> String {
    let (key, value) = annotation;
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}, annotations: {{{key}: \"{value}\"}}}}
    spec: {{containers: [{{name: app, image: 'registry.test/shop/web:1.2', {container}}}], {pod}}}
"
    )
}

fn container(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]
}
