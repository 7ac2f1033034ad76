//! Which certificate answers for a name.

use agw_core::{host::HostPattern, listener::Certificate};
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{collections::HashMap, sync::Arc};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

/// Certificates by name: exact before wildcard, the first one for all others.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// By what follows the first label: a wildcard stands for exactly one (RFC 6125, section 6.4.3).
    wildcard: HashMap<String, Arc<CertifiedKey>>,
    default: Option<Arc<CertifiedKey>>,
}

impl Resolver {
    /// Of two certificates for a name the first wins.
    pub(super) fn new<'c>(
        certificates: impl Iterator<Item = &'c (&'c Certificate, Arc<CertifiedKey>)>,
    ) -> Self {
        let mut resolver = Self::default();
        for (certificate, key) in certificates {
            resolver.default.get_or_insert_with(|| Arc::clone(key));
            let hosts = if certificate.hosts.is_empty() { names(key) } else { certificate.hosts.clone() };
            for host in hosts {
                let (names, name) = match host {
                    HostPattern::Exact(name) => (&mut resolver.exact, name),
                    HostPattern::Wildcard(suffix) => (&mut resolver.wildcard, suffix),
                };
                names.entry(name).or_insert_with(|| Arc::clone(key));
            }
        }
        resolver
    }

    fn find(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let name = agw_core::host::normalise(name);
        let wildcard = || self.wildcard.get(name.split_once('.')?.1);
        self.exact.get(name.as_ref()).or_else(wildcard)
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        hello.server_name().and_then(|name| self.find(name)).or(self.default.as_ref()).cloned()
    }
}

/// The DNS names a certificate holds.
fn names(key: &CertifiedKey) -> Vec<HostPattern> {
    let Some((_, certificate)) = key.cert.first().and_then(|der| X509Certificate::from_der(der).ok()) else {
        return Vec::new();
    };
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return Vec::new() };
    let dns = alternative.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => HostPattern::parse(name).ok(),
        _ => None,
    });
    dns.collect()
}
