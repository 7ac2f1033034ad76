//! An API server that answers just enough for kubectl and helm to go on, and remembers what it was asked.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A request that was made.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
}

/// What an object's path says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) resource: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
}

/// The running server.
pub(super) struct ApiServer {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Groups with their resources: `plural Kind short`, those without a namespace with a star in front.
const GROUPS: &[(&str, &str, &[&str])] = &[
    (
        "",
        "v1",
        &[
            "pods Pod po",
            "services Service svc",
            "endpoints Endpoints ep",
            "events Event ev",
            "configmaps ConfigMap cm",
            "secrets Secret",
            "persistentvolumeclaims PersistentVolumeClaim pvc",
            "serviceaccounts ServiceAccount sa",
            "resourcequotas ResourceQuota quota",
            "limitranges LimitRange limits",
            "replicationcontrollers ReplicationController rc",
            "*nodes Node no",
            "*namespaces Namespace ns",
            "*persistentvolumes PersistentVolume pv",
        ],
    ),
    (
        "apps",
        "v1",
        &[
            "deployments Deployment deploy",
            "replicasets ReplicaSet rs",
            "statefulsets StatefulSet sts",
            "daemonsets DaemonSet ds",
            "controllerrevisions ControllerRevision",
        ],
    ),
    ("batch", "v1", &["jobs Job", "cronjobs CronJob cj"]),
    ("autoscaling", "v2", &["horizontalpodautoscalers HorizontalPodAutoscaler hpa"]),
    ("policy", "v1", &["poddisruptionbudgets PodDisruptionBudget pdb"]),
    ("networking.k8s.io", "v1", &["ingresses Ingress ing", "networkpolicies NetworkPolicy netpol"]),
    ("discovery.k8s.io", "v1", &["endpointslices EndpointSlice"]),
    (
        "storage.k8s.io",
        "v1",
        &["*storageclasses StorageClass sc", "*volumeattachments VolumeAttachment", "*csinodes CSINode"],
    ),
    ("coordination.k8s.io", "v1", &["leases Lease"]),
    ("scheduling.k8s.io", "v1", &["*priorityclasses PriorityClass pc"]),
    ("apiextensions.k8s.io", "v1", &["*customresourcedefinitions CustomResourceDefinition crd"]),
    (
        "rbac.authorization.k8s.io",
        "v1",
        &["roles Role", "rolebindings RoleBinding", "*clusterroles ClusterRole"],
    ),
    ("events.k8s.io", "v1", &["events Event ev"]),
    ("metrics.k8s.io", "v1beta1", &["pods PodMetrics", "*nodes NodeMetrics"]),
    (
        "authorization.k8s.io",
        "v1",
        &[
            "*selfsubjectaccessreviews SelfSubjectAccessReview",
            "*selfsubjectrulesreviews SelfSubjectRulesReview",
        ],
    ),
    ("authentication.k8s.io", "v1", &["*selfsubjectreviews SelfSubjectReview"]),
];

/// Every resource that is served, by its plural name.
pub(super) fn resources() -> impl Iterator<Item = &'static str> {
    let rows = GROUPS.iter().flat_map(|(.., rows)| *rows);
    rows.filter_map(|row| row.trim_start_matches('*').split(' ').next())
}

impl ApiServer {
    pub(super) async fn start() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&asked));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, asked }
    }

    /// Writes a kubeconfig that leads here, with the context `here`.
    pub(super) fn write_kubeconfig(&self, path: &Path) {
        let port = self.port;
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: here, \
             clusters: [{{name: here, cluster: {{server: 'http://127.0.0.1:{port}'}}}}], \
             users: [{{name: me, user: {{token: mine}}}}], \
             contexts: [{{name: here, context: {{cluster: here, user: me}}}}]}}"
        );
        std::fs::write(path, text).unwrap();
    }

    /// What was asked since the last call.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Asked {
    /// The object or the collection that was asked for; nothing for discovery, schemas and versions.
    pub(super) fn target(&self) -> Option<Target<'_>> {
        let segments: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        let inside = match segments.as_slice() {
            ["api", _, inside @ ..] | ["apis", _, _, inside @ ..] if !inside.is_empty() => inside,
            _ => return None,
        };
        let (namespace, rest) = match inside {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            rest => (None, rest),
        };
        Some(Target {
            namespace,
            resource: rest[0],
            name: rest.get(1).copied(),
            subresource: rest.get(2).copied(),
        })
    }
}

async fn answer(State(asked): State<Arc<Mutex<Vec<Asked>>>>, request: Request) -> Response {
    let uri = request.uri();
    let seen = Asked {
        method: request.method().clone(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
    };
    let response = respond(&seen);
    asked.lock().unwrap().push(seen);
    response
}

fn respond(asked: &Asked) -> Response {
    let segments: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    let body = match segments.as_slice() {
        ["version"] => json!({"major": "1", "minor": "32", "gitVersion": "v1.32.0"}),
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"]}),
        ["apis"] => groups(),
        ["api", version] => resource_list("", version),
        ["apis", group, version] => resource_list(group, version),
        _ => match asked.target() {
            Some(target) if target.subresource == Some("log") => return "ready\n".into_response(),
            Some(target) => object_or_list(asked, &target),
            None => Value::Null,
        },
    };
    let status = if body.is_null() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn groups() -> Value {
    let named = GROUPS.iter().filter(|(name, ..)| !name.is_empty());
    let groups: Vec<Value> = named
        .map(|(name, version, _)| {
            let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
            json!({"name": name, "versions": [version], "preferredVersion": version})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resource_list(group: &str, version: &str) -> Value {
    let Some((.., rows)) = GROUPS.iter().find(|(name, of, _)| *name == group && *of == version) else {
        return Value::Null;
    };
    let resources: Vec<Value> = rows
        .iter()
        .map(|row| {
            let words: Vec<&str> = row.trim_start_matches('*').split(' ').collect();
            json!({
                "name": words[0], "kind": words[1], "singularName": words[1].to_lowercase(),
                "shortNames": words[2..], "namespaced": !row.starts_with('*'), "verbs": ["get", "list", "watch", "create"],
            })
        })
        .collect();
    let version = format!("{group}/{version}").trim_start_matches('/').to_owned();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources})
}

fn object_or_list(asked: &Asked, target: &Target<'_>) -> Value {
    let (group, version) = match asked.path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["apis", group, version, ..] => ((*group).to_owned(), format!("{group}/{version}")),
        _ => (String::new(), "v1".to_owned()),
    };
    let rows = GROUPS.iter().find(|(name, ..)| **name == group).map_or(&[][..], |(.., rows)| rows);
    let mut kinds = rows.iter().map(|row| row.trim_start_matches('*').split(' ').collect::<Vec<_>>());
    let Some(words) = kinds.find(|words| words[0] == target.resource) else {
        return Value::Null;
    };
    let kind = words[1];
    if asked.method == Method::POST || target.name.is_some() {
        return object(kind, &version, target.name.unwrap_or("web-1"), target.namespace);
    }
    // helm would try to unpack what it finds.
    let items = match target.resource {
        "secrets" | "events" => Vec::new(),
        _ => vec![object(kind, &version, "web-1", target.namespace.or(Some("shop")))],
    };
    json!({"kind": format!("{kind}List"), "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": items})
}

fn object(kind: &str, version: &str, name: &str, namespace: Option<&str>) -> Value {
    let labels = json!({"app": "web"});
    let selector = json!({"matchLabels": labels});
    let pod = json!({"nodeName": "node-1", "containers": [{"name": "app", "image": "web:1"}]});
    let template = json!({"metadata": {"labels": labels}, "spec": pod});
    let spec = match kind {
        "Pod" => pod,
        "Service" => json!({"selector": labels, "ports": []}),
        "ReplicationController" => json!({"replicas": 1, "selector": labels, "template": template}),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            json!({"replicas": 1, "selector": selector, "template": template})
        }
        "Job" => json!({"completions": 1, "parallelism": 1, "selector": selector, "template": template}),
        "HorizontalPodAutoscaler" => {
            json!({"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}})
        }
        _ => json!({}),
    };
    let status = match kind {
        "SelfSubjectAccessReview" => json!({"allowed": true}),
        "SelfSubjectRulesReview" => json!({"resourceRules": [], "nonResourceRules": [], "incomplete": false}),
        "SelfSubjectReview" => json!({"userInfo": {"username": "me"}}),
        "Pod" => json!({"phase": "Running"}),
        _ => json!({}),
    };
    let metadata = json!({
        "name": name, "namespace": namespace, "uid": "u-1", "labels": labels, "resourceVersion": "1", "generation": 1,
        "creationTimestamp": "2026-03-01T10:00:00Z",
    });
    json!({
        "kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec, "status": status,
        "timestamp": "2026-03-01T10:00:00Z", "window": "30s", "usage": {"cpu": "1m", "memory": "1Mi"},
        "containers": [{"name": "app", "usage": {"cpu": "1m", "memory": "1Mi"}}],
    })
}
