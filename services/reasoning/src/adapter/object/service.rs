//! Services and what stands behind them.

use serde_json::Value;

use super::container::port_ref;
use super::value::{key, labels, list, number, some_text, text, texts};
use crate::objects::{Endpoints, Key, PortRef, Service, ServicePort};

pub(super) fn service(value: &Value) -> Service {
    Service {
        key: key(value),
        labels: labels(value, "/metadata/labels"),
        kind: Some(some_text(value, "/spec/type").unwrap_or_else(|| "ClusterIP".to_owned())),
        selector: value.get("spec").map(|spec| labels(spec, "/selector")),
        ports: list(value, "/spec/ports").iter().filter_map(port).collect(),
    }
}

fn port(value: &Value) -> Option<ServicePort> {
    let number = number(value, "/port")?;
    Some(ServicePort {
        name: text(value, "/name").to_owned(),
        number,
        target: port_ref(value, "/targetPort").or(Some(PortRef::Number(number))),
        protocol: some_text(value, "/protocol").unwrap_or_else(|| "TCP".to_owned()),
    })
}

pub(super) fn endpoints(value: &Value) -> Endpoints {
    let subsets = list(value, "/subsets");
    let addresses = |path: &str| {
        subsets.iter().flat_map(|subset| list(subset, path)).filter_map(|it| some_text(it, "/ip")).collect()
    };
    Endpoints {
        key: key(value),
        ready: addresses("/addresses"),
        not_ready: addresses("/notReadyAddresses"),
        ports: subsets
            .iter()
            .flat_map(|subset| list(subset, "/ports"))
            .filter_map(|port| number(port, "/port"))
            .collect(),
    }
}

/// A slice names its service in a label.
pub(super) fn slice(value: &Value) -> Endpoints {
    let service = value.pointer("/metadata/labels/kubernetes.io~1service-name").and_then(Value::as_str);
    // A condition that is not given counts as ready.
    let is_ready = |item: &&Value| item.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
    let (ready, not_ready): (Vec<&Value>, Vec<&Value>) = list(value, "/endpoints").iter().partition(is_ready);
    let addresses = |items: Vec<&Value>| items.iter().flat_map(|item| texts(item, "/addresses")).collect();
    Endpoints {
        key: Key::new(text(value, "/metadata/namespace"), service.unwrap_or("")),
        ready: addresses(ready),
        not_ready: addresses(not_ready),
        ports: list(value, "/ports").iter().filter_map(|port| number(port, "/port")).collect(),
    }
}
