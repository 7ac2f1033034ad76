//! Rows of services and endpoints.

use crate::adapter::table::Row;
use crate::adapter::text::{labels, present};
use crate::objects::{Endpoints, Key, Service, ServicePort};

pub(super) fn service(key: Key, row: &Row<'_, '_>) -> Service {
    Service {
        key,
        labels: labels(row.get("LABELS")),
        kind: present(row.get("TYPE")).map(str::to_owned),
        selector: Some(row.get("SELECTOR")).filter(|cell| !cell.is_empty()).map(labels),
        ports: row.get("PORT(S)").split(',').filter_map(port).collect(),
    }
}

/// `80/TCP`, or `80:30080/TCP` with the port of the nodes behind the colon.
fn port(text: &str) -> Option<ServicePort> {
    let (numbers, protocol) = text.trim().split_once('/')?;
    let number = numbers.split(':').next().unwrap_or(numbers).parse().ok()?;
    Some(ServicePort { name: String::new(), number, target: None, protocol: protocol.to_owned() })
}

/// `10.0.0.1:8080,10.0.0.2:8080 + 1 more...`: ready addresses only.
pub(super) fn endpoints(key: Key, row: &Row<'_, '_>) -> Endpoints {
    let cell = present(row.get("ENDPOINTS")).unwrap_or("");
    let shown = cell.split(" + ").next().unwrap_or(cell);
    let (ready, ports): (Vec<String>, Vec<Option<u16>>) = shown
        .split(',')
        .filter_map(|address| address.rsplit_once(':'))
        .map(|(ip, port)| (ip.to_owned(), port.parse().ok()))
        .unzip();
    Endpoints { key, ready, not_ready: Vec::new(), ports: ports.into_iter().flatten().collect() }
}
