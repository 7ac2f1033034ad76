//! Listeners.

use super::{Problems, certificate, network::networks, security, socket_address};
use crate::settings::{ClientCertificate, ListenerSettings, ListenerTlsSettings, Settings, TlsVersion};
use agw_core::{
    ip::IpRules,
    listener::{ClientAuth, Listener, ListenerTls},
    network::Networks,
};
use std::{path::Path, time::Duration};

pub(super) fn check(settings: &Settings, dir: &Path, problems: &mut Problems) -> Vec<Listener> {
    if settings.listeners.is_empty() {
        problems.add("listeners", "there are none; add one, e.g. {address: 0.0.0.0:8080}");
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for (index, written) in settings.listeners.iter().enumerate() {
        let at = format!("listeners[{index}]");
        let address = problems.ok(format!("{at}.address"), socket_address(&written.address));
        let tls = written.tls.as_ref().and_then(|tls| tls_of(&at, tls, settings, dir, problems));
        let terms = terms(&at, written, problems);
        let Some(address) = address else { continue };
        if address.port() != 0 && listeners.iter().any(|other| other.address == address) {
            problems.add(format!("{at}.address"), format!("{address} is used twice"));
        }
        listeners.push(Listener { address, tls, ..terms });
    }
    listeners
}

/// All but the address and TLS.
fn terms(at: &str, written: &ListenerSettings, problems: &mut Problems) -> Listener {
    problems.range(format!("{at}.head_timeout_ms"), written.head_timeout_ms, 100, 600_000);
    problems.range(format!("{at}.idle_timeout_ms"), written.idle_timeout_ms, 100, 3_600_000);
    problems.range(format!("{at}.head_bytes_max"), written.head_bytes_max as u64, 1 << 10, 64 << 10);
    let ip = written.ip.as_ref();
    let admission =
        ip.map_or_else(IpRules::default, |ip| security::ip_rules(&format!("{at}.ip"), ip, problems));
    Listener {
        address: std::net::SocketAddr::from(([0, 0, 0, 0], 0)),
        tls: None,
        http2: written.http2,
        head_timeout: Duration::from_millis(written.head_timeout_ms),
        idle_timeout: Duration::from_millis(written.idle_timeout_ms),
        head_bytes_max: written.head_bytes_max,
        trusted_proxies: Networks(networks(
            &format!("{at}.trusted_proxies"),
            &written.trusted_proxies,
            problems,
        )),
        admission,
    }
}

fn tls_of(
    at: &str,
    written: &ListenerTlsSettings,
    settings: &Settings,
    dir: &Path,
    problems: &mut Problems,
) -> Option<ListenerTls> {
    let mut certificates = written.certificates.clone();
    if certificates.is_empty() {
        certificates = settings.certificates.iter().map(|certificate| certificate.name.clone()).collect();
    }
    if certificates.is_empty() {
        problems.add(format!("{at}.tls"), "there is no certificate; add one under certificates");
    }
    for (index, name) in written.certificates.iter().enumerate() {
        if !settings.certificates.iter().any(|certificate| certificate.name == *name) {
            problems.add(
                format!("{at}.tls.certificates[{index}]"),
                format!("there is no certificate named {name:?}"),
            );
        }
    }
    let client_auth = match &written.client_ca_file {
        None => None,
        Some(file) => {
            let ca = problems.ok(format!("{at}.tls.client_ca_file"), certificate::pem(file, dir))?;
            Some(ClientAuth { ca, required: written.client_certificate == ClientCertificate::Required })
        }
    };
    Some(ListenerTls {
        certificates,
        allow_plain: written.allow_plain,
        tls12: written.min_version == TlsVersion::Tls12,
        client_auth,
    })
}
