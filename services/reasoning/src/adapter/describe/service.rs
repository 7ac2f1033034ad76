//! `kubectl describe services` and `kubectl describe endpoints`.

use super::{Line, entries, key, label_lines, owned};
use crate::adapter::text::{labels, present};
use crate::objects::{Endpoints, PortRef, Service, ServicePort};

pub(super) fn service(body: &[Line<'_>], asked_namespace: &str) -> Service {
    let mut service = Service { selector: Some([].into()), ..Service::default() };
    let (mut name, mut namespace) = ("", "");
    for (head, below) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "Labels" => service.labels = label_lines(head, below),
            "Selector" => service.selector = Some(labels(head.value)),
            "Type" => service.kind = owned(head.value),
            "Port" => service.ports.extend(port(head.value)),
            // Stands right below the port it belongs to: `8080/TCP` or `web/TCP`.
            "TargetPort" => {
                if let Some(last) = service.ports.last_mut() {
                    last.target = PortRef::parse(head.value.split('/').next().unwrap_or(""));
                }
            }
            _ => {}
        }
    }
    service.key = key(namespace, asked_namespace, name);
    service
}

/// `grpc  7000/TCP`; a port without a name is called `<unset>`.
fn port(value: &str) -> Option<ServicePort> {
    let (name, rest) = value.split_once(' ').unwrap_or(("", value));
    let (number, protocol) = rest.trim().split_once('/')?;
    Some(ServicePort {
        name: present(name).unwrap_or("").to_owned(),
        number: number.parse().ok()?,
        target: None,
        protocol: protocol.to_owned(),
    })
}

pub(super) fn endpoints(body: &[Line<'_>], asked_namespace: &str) -> Endpoints {
    let mut endpoints = Endpoints::default();
    let (mut name, mut namespace) = ("", "");
    for (head, below) in entries(body) {
        match head.key {
            "Name" => name = head.value,
            "Namespace" => namespace = head.value,
            "Subsets" => subset(&mut endpoints, below),
            _ => {}
        }
    }
    endpoints.key = key(namespace, asked_namespace, name);
    endpoints
}

fn subset(endpoints: &mut Endpoints, block: &[Line<'_>]) {
    for (head, below) in entries(block) {
        let addresses =
            || present(head.value).into_iter().flat_map(|list| list.split(',')).map(str::to_owned);
        match head.key {
            "Addresses" => endpoints.ready.extend(addresses()),
            "NotReadyAddresses" => endpoints.not_ready.extend(addresses()),
            // Name, number, protocol; the name may be `<unset>`.
            "Ports" => endpoints.ports.extend(
                below.iter().filter_map(|line| line.text.split_whitespace().nth(1)?.parse::<u16>().ok()),
            ),
            _ => {}
        }
    }
}
