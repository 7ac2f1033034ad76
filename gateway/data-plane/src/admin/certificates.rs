//! The certificates in force, and for how long they are good.

use agw_core::listener::Certificate;
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::Serialize;
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer, X509Certificate},
};

#[derive(Debug, Serialize)]
pub(super) struct CertificateStatus<'a> {
    name: &'a str,
    file: String,
    /// The names clients can ask for.
    hosts: Vec<String>,
    issuer: Option<String>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    /// Negative once it is over.
    days_left: Option<i64>,
}

impl<'a> CertificateStatus<'a> {
    pub(super) fn of(certificate: &'a Certificate, now: Timestamp) -> Self {
        let der = CertificateDer::from_pem_slice(&certificate.chain.text).ok();
        let read = der.as_ref().and_then(|der| X509Certificate::from_der(der).ok()).map(|(_, read)| read);
        let time = |seconds: i64| Timestamp::from_second(seconds).ok();
        let validity = read.as_ref().map(|read| read.validity());
        let not_after = validity.and_then(|validity| time(validity.not_after.timestamp()));
        let hosts: Vec<String> = match certificate.hosts.as_slice() {
            [] => read.as_ref().map(names).unwrap_or_default(),
            hosts => hosts.iter().map(ToString::to_string).collect(),
        };
        Self {
            name: &certificate.name,
            file: certificate.chain.file.display().to_string(),
            hosts,
            issuer: read.as_ref().map(|read| read.issuer().to_string()),
            not_before: validity.and_then(|validity| time(validity.not_before.timestamp())),
            not_after,
            days_left: not_after.map(|end| (end.as_second() - now.as_second()).div_euclid(86_400)),
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let names = alternative.map(|extension| extension.value.general_names.iter());
    let dns = names.into_iter().flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    dns.collect()
}
