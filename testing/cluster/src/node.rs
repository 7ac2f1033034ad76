//! A node, as a test describes it.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A node that is to be added. It has 4 CPUs, 8 GiB of memory and room for 110 pods, unless something else is said.
#[derive(Clone, Debug)]
pub struct Node {
    name: String,
    cpu: String,
    memory: String,
    labels: BTreeMap<String, String>,
    taints: Vec<Value>,
}

impl Node {
    /// A node of that name, with the labels that kubelets give.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let labels = [
            ("kubernetes.io/hostname", name.as_str()),
            ("kubernetes.io/arch", "amd64"),
            ("kubernetes.io/os", "linux"),
        ];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        Self { name, cpu: "4".into(), memory: "8Gi".into(), labels, taints: Vec::new() }
    }

    /// How many CPUs it has, as a quantity.
    #[must_use]
    pub fn cpu(mut self, quantity: &str) -> Self {
        quantity.clone_into(&mut self.cpu);
        self
    }

    /// How much memory it has, as a quantity.
    #[must_use]
    pub fn memory(mut self, quantity: &str) -> Self {
        quantity.clone_into(&mut self.memory);
        self
    }

    /// A label more.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// A taint more, with an effect such as `NoSchedule`.
    #[must_use]
    pub fn taint(mut self, key: &str, value: &str, effect: &str) -> Self {
        self.taints.push(json!({ "key": key, "value": value, "effect": effect }));
        self
    }

    /// The object, of the `at`th node of a cluster.
    pub(crate) fn object(&self, at: u32) -> Value {
        let resources = json!({
            "cpu": self.cpu, "memory": self.memory, "pods": "110", "ephemeral-storage": "100Gi",
        });
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": { "name": self.name, "labels": self.labels },
            "spec": { "podCIDR": format!("10.244.{}.0/24", at % 256), "taints": self.taints },
            "status": {
                "capacity": resources,
                "allocatable": resources,
                "addresses": [
                    { "type": "InternalIP", "address": format!("172.18.{}.{}", at / 250, at % 250 + 2) },
                    { "type": "Hostname", "address": self.name },
                ],
                "nodeInfo": {
                    "architecture": "amd64",
                    "operatingSystem": "linux",
                    "osImage": "Debian GNU/Linux 12 (bookworm)",
                    "kernelVersion": "6.1.0-28-amd64",
                    "containerRuntimeVersion": "containerd://2.1.4",
                    "kubeletVersion": "v1.34.4",
                    "kubeProxyVersion": "",
                    "machineID": "", "systemUUID": "", "bootID": "",
                },
            },
        })
    }
}
