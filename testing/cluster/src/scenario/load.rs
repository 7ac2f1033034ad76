//! From files to scenarios.

use super::{BASE, Condition, Header, Scenario, ScenarioError, Step};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

impl Scenario {
    /// Reads a scenario, and `base.yaml` beside it.
    pub fn load(file: &Path) -> Result<Self, ScenarioError> {
        let invalid = |problem: String| ScenarioError::Invalid { file: file.to_owned(), problem };
        let mut documents = documents(file)?.into_iter();
        let header = documents.next().ok_or_else(|| invalid("is empty".into()))?;
        let Header { description, expect } =
            read(header).map_err(|it| invalid(format!("document 1: {it}")))?;
        let steps = documents.enumerate().map(|(at, document)| {
            step(document).map_err(|problem| invalid(format!("document {}: {problem}", at + 2)))
        });
        Ok(Self {
            name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            description,
            expect,
            base: self::documents(&file.with_file_name(BASE))?,
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// Reads all scenarios of a folder, in the order of their names.
    pub fn load_all(folder: &Path) -> Result<Vec<Self>, ScenarioError> {
        let failed = |source| ScenarioError::Read { file: folder.to_owned(), source };
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|it| it == "yaml") && !file.ends_with(BASE) {
                files.push(file);
            }
        }
        files.sort();
        files.iter().map(|file| Self::load(file)).collect()
    }
}

fn documents(file: &Path) -> Result<Vec<Value>, ScenarioError> {
    let text =
        fs::read_to_string(file).map_err(|source| ScenarioError::Read { file: file.to_owned(), source })?;
    serde_saphyr::from_multiple(&text)
        .map_err(|error| ScenarioError::Invalid { file: file.to_owned(), problem: error.to_string() })
}

fn read<T: DeserializeOwned>(document: Value) -> Result<T, String> {
    serde_json::from_value(document).map_err(|error| error.to_string())
}

/// What a document may be, besides an object of Kubernetes.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Document {
    Patch { patch: String, with: Value },
    Kubectl { kubectl: Vec<String> },
    Refused { refused: Value },
    Wait { wait: Condition },
}

fn step(document: Value) -> Result<Step, String> {
    if document["kind"].is_string() {
        return Ok(Step::Apply(document));
    }
    let known = read(document)
        .map_err(|_| "is neither an object of Kubernetes, nor patch, kubectl, refused or wait".to_owned())?;
    match known {
        Document::Patch { patch, with } => Ok(Step::Patch { object: patch, with }),
        Document::Kubectl { kubectl } => Ok(Step::Kubectl(kubectl)),
        Document::Refused { refused } => Ok(Step::Refused(refused)),
        Document::Wait { wait } => checked(wait).map(Step::Wait),
    }
}

fn checked(condition: Condition) -> Result<Condition, String> {
    if condition.path("any").is_none() {
        return Err(format!("wait cannot look at {}", condition.get));
    }
    if condition.contains.is_some() == condition.lacks.is_some() {
        return Err("wait needs either contains or lacks".into());
    }
    Ok(condition)
}

impl Condition {
    /// Where the API server lists such objects.
    pub(super) fn path(&self, namespace: &str) -> Option<String> {
        let kinds = self.get.as_str();
        let group = match kinds {
            "nodes" | "persistentvolumes" => return Some(format!("/api/v1/{kinds}")),
            "pods" | "events" | "services" | "persistentvolumeclaims" | "resourcequotas" => "api/v1",
            "deployments" | "statefulsets" | "daemonsets" | "replicasets" => "apis/apps/v1",
            "endpointslices" => "apis/discovery.k8s.io/v1",
            _ => return None,
        };
        Some(format!("/{group}/namespaces/{namespace}/{kinds}"))
    }

    /// Whether it is so in this list.
    pub(super) fn holds(&self, list: &Value) -> bool {
        let text = list.to_string();
        self.contains.as_ref().is_none_or(|it| text.contains(it))
            && self.lacks.as_ref().is_none_or(|it| !text.contains(it))
    }
}
