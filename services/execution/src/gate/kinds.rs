/// A kind that may be read. Secrets are absent by design, and so is the category `all`, whose members only the cluster knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Lower-case plural, the canonical name.
    pub(super) plural: &'static str,
    singular: &'static str,
    shorts: &'static [&'static str],
    group: &'static str,
    /// True when its objects live in a namespace.
    pub(super) namespaced: bool,
}

/// Finds the kind of `TYPE`, `TYPE.GROUP` or `TYPE.VERSION.GROUP`, in any case, plural, singular or short.
pub(super) fn find(text: &str) -> Option<&'static Kind> {
    let lower = text.to_ascii_lowercase();
    let (name, qualifier) = match lower.split_once('.') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (lower.as_str(), None),
    };
    KINDS.iter().find(|kind| kind.is_called(name) && qualifier.is_none_or(|text| kind.is_qualified_by(text)))
}

impl Kind {
    /// True for kinds whose names may contain colons (`system:node`).
    pub(super) fn is_rbac(&self) -> bool {
        self.group == "rbac.authorization.k8s.io"
    }

    fn is_called(&self, name: &str) -> bool {
        self.plural == name || self.singular == name || self.shorts.contains(&name)
    }

    fn is_qualified_by(&self, text: &str) -> bool {
        let versioned = text.split_once('.').filter(|(version, _)| is_version(version));
        (text == self.group && !text.is_empty()) || versioned.is_some_and(|(_, group)| group == self.group)
    }
}

/// `v1`, `v2beta1`, `v1alpha3`.
fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else {
        return false;
    };
    let number =
        |digits: &str| (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let stage = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
    stage.map_or_else(|| number(rest), |(major, minor)| number(major) && number(minor))
}

const fn inside(
    group: &'static str,
    plural: &'static str,
    singular: &'static str,
    shorts: &'static [&'static str],
) -> Kind {
    Kind { plural, singular, shorts, group, namespaced: true }
}

const fn outside(
    group: &'static str,
    plural: &'static str,
    singular: &'static str,
    shorts: &'static [&'static str],
) -> Kind {
    Kind { plural, singular, shorts, group, namespaced: false }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const GATEWAY: &str = "gateway.networking.k8s.io";
const FLOW_CONTROL: &str = "flowcontrol.apiserver.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

static KINDS: &[Kind] = &[
    inside("", "pods", "pod", &["po"]),
    inside("", "services", "service", &["svc"]),
    inside("", "endpoints", "endpoint", &["ep"]),
    inside("", "events", "event", &["ev"]),
    inside("events.k8s.io", "events", "event", &["ev"]),
    inside("", "configmaps", "configmap", &["cm"]),
    inside("", "persistentvolumeclaims", "persistentvolumeclaim", &["pvc"]),
    inside("", "serviceaccounts", "serviceaccount", &["sa"]),
    inside("", "resourcequotas", "resourcequota", &["quota"]),
    inside("", "limitranges", "limitrange", &["limits"]),
    inside("", "podtemplates", "podtemplate", &[]),
    inside("", "replicationcontrollers", "replicationcontroller", &["rc"]),
    outside("", "nodes", "node", &["no"]),
    outside("", "namespaces", "namespace", &["ns"]),
    outside("", "persistentvolumes", "persistentvolume", &["pv"]),
    outside("", "componentstatuses", "componentstatus", &["cs"]),
    inside("apps", "deployments", "deployment", &["deploy"]),
    inside("apps", "replicasets", "replicaset", &["rs"]),
    inside("apps", "statefulsets", "statefulset", &["sts"]),
    inside("apps", "daemonsets", "daemonset", &["ds"]),
    inside("apps", "controllerrevisions", "controllerrevision", &[]),
    inside("batch", "jobs", "job", &[]),
    inside("batch", "cronjobs", "cronjob", &["cj"]),
    inside("autoscaling", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"]),
    inside("policy", "poddisruptionbudgets", "poddisruptionbudget", &["pdb"]),
    inside("discovery.k8s.io", "endpointslices", "endpointslice", &[]),
    inside("coordination.k8s.io", "leases", "lease", &[]),
    inside(NETWORKING, "ingresses", "ingress", &["ing"]),
    inside(NETWORKING, "networkpolicies", "networkpolicy", &["netpol"]),
    outside(NETWORKING, "ingressclasses", "ingressclass", &[]),
    outside(GATEWAY, "gatewayclasses", "gatewayclass", &["gc"]),
    inside(GATEWAY, "gateways", "gateway", &["gtw"]),
    inside(GATEWAY, "httproutes", "httproute", &[]),
    inside(GATEWAY, "grpcroutes", "grpcroute", &[]),
    outside(STORAGE, "storageclasses", "storageclass", &["sc"]),
    outside(STORAGE, "volumeattachments", "volumeattachment", &[]),
    outside(STORAGE, "csidrivers", "csidriver", &[]),
    outside(STORAGE, "csinodes", "csinode", &[]),
    inside(STORAGE, "csistoragecapacities", "csistoragecapacity", &[]),
    outside("scheduling.k8s.io", "priorityclasses", "priorityclass", &["pc"]),
    outside("node.k8s.io", "runtimeclasses", "runtimeclass", &[]),
    inside("metrics.k8s.io", "pods", "pod", &[]),
    outside("metrics.k8s.io", "nodes", "node", &[]),
    inside(RBAC, "roles", "role", &[]),
    inside(RBAC, "rolebindings", "rolebinding", &[]),
    outside(RBAC, "clusterroles", "clusterrole", &[]),
    outside(RBAC, "clusterrolebindings", "clusterrolebinding", &[]),
    outside(ADMISSION, "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", &[]),
    outside(ADMISSION, "validatingwebhookconfigurations", "validatingwebhookconfiguration", &[]),
    outside(ADMISSION, "validatingadmissionpolicies", "validatingadmissionpolicy", &[]),
    outside(ADMISSION, "validatingadmissionpolicybindings", "validatingadmissionpolicybinding", &[]),
    outside(FLOW_CONTROL, "flowschemas", "flowschema", &[]),
    outside(FLOW_CONTROL, "prioritylevelconfigurations", "prioritylevelconfiguration", &[]),
    outside(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "customresourcedefinition",
        &["crd", "crds"],
    ),
    outside("apiregistration.k8s.io", "apiservices", "apiservice", &[]),
];
