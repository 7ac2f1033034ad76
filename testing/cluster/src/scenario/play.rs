//! Making it happen.

use super::{Condition, NAMESPACE, Scenario, ScenarioError, Step};
use crate::{Cluster, Error};
use serde_json::{Value, json};
use std::time::Duration;

/// For each condition. A back-off of the controller manager is the longest wait.
const PATIENCE: Duration = Duration::from_secs(60);

impl Scenario {
    /// Sets up the shop in a namespace, waits until it works, and does to it what the scenario says. What remains can be seen
    /// when this returns. Scenarios that change nodes or have volumes want a cluster of their own.
    pub fn play(&self, cluster: &Cluster, namespace: &str) -> Result<(), ScenarioError> {
        let stage = Stage { cluster, namespace };
        let failed = |step: String| {
            |source| ScenarioError::Step { scenario: self.name.clone(), step, source: Box::new(source) }
        };
        stage.apply(&self.base).map_err(failed("the shop".into()))?;
        stage.wait_until_all_is_available().map_err(failed("the shop".into()))?;
        for step in &self.steps {
            match step {
                Step::Apply(object) => stage.apply(std::slice::from_ref(object)),
                Step::Patch { object, with } => stage.patch(object, with),
                Step::Kubectl(words) => stage.kubectl(words),
                Step::Wait(condition) => stage.wait(condition),
                Step::Refused(object) => match stage.apply(std::slice::from_ref(object)) {
                    Ok(()) => {
                        let scenario = self.name.clone();
                        return Err(ScenarioError::Accepted { scenario, object: named(object) });
                    }
                    Err(Error::Kubectl { .. }) => Ok(()),
                    Err(other) => Err(other),
                },
            }
            .map_err(failed(described(step)))?;
        }
        Ok(())
    }
}

struct Stage<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
}

impl Stage<'_> {
    /// On the server's side: `kubectl apply` alone would leave its manifest in an annotation, and with it the fault.
    fn apply(&self, objects: &[Value]) -> Result<(), Error> {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        let text = list.to_string().replace(NAMESPACE, self.namespace);
        let args = ["apply", "--server-side", "--validate=false", "-n", self.namespace, "-f", "-"];
        self.cluster.kubectl_done(&args, &text)
    }

    fn patch(&self, object: &str, with: &Value) -> Result<(), Error> {
        let with = with.to_string().replace(NAMESPACE, self.namespace);
        self.cluster.kubectl_done(&["patch", object, "-n", self.namespace, "-p", &with], "")
    }

    fn kubectl(&self, words: &[String]) -> Result<(), Error> {
        let scope = ["-n", self.namespace];
        let args: Vec<&str> = words.iter().map(String::as_str).chain(scope).collect();
        self.cluster.kubectl_done(&args, "")
    }

    fn wait(&self, condition: &Condition) -> Result<(), Error> {
        let path = condition.path(self.namespace).unwrap_or_default();
        self.cluster.wait(&told(condition), PATIENCE, || {
            let list = self.cluster.get(&path).ok()?;
            condition.holds(&list).then_some(())
        })
    }

    fn wait_until_all_is_available(&self) -> Result<(), Error> {
        let path = format!("/apis/apps/v1/namespaces/{}/deployments", self.namespace);
        self.cluster.wait("shop whose deployments are all available", PATIENCE, || {
            let list = self.cluster.get(&path).ok()?;
            let mut deployments = list["items"].as_array()?.iter();
            deployments.all(|it| it["status"]["availableReplicas"] == it["spec"]["replicas"]).then_some(())
        })
    }
}

fn described(step: &Step) -> String {
    match step {
        Step::Apply(object) | Step::Refused(object) => format!("applying {}", named(object)),
        Step::Patch { object, .. } => format!("patching {object}"),
        Step::Kubectl(words) => format!("kubectl {}", words.join(" ")),
        Step::Wait(condition) => format!("waiting for {}", condition.get),
    }
}

fn told(condition: &Condition) -> String {
    let Condition { get, contains, lacks } = condition;
    match (contains, lacks) {
        (Some(text), _) => format!("`{text}` in the {get}"),
        (None, text) => format!("end of `{}` in the {get}", text.as_deref().unwrap_or_default()),
    }
}

fn named(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}
