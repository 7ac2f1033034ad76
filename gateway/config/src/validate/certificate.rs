//! Certificates and their keys.

use super::Problems;
use crate::settings::CertificateSettings;
use agw_core::{
    host::HostPattern,
    listener::{Certificate, Pem},
};
use std::{fs, path::Path};

pub(super) fn check(
    written: &[CertificateSettings],
    dir: &Path,
    problems: &mut Problems,
) -> Vec<Certificate> {
    problems.names("certificates", written.iter().map(|certificate| certificate.name.as_str()));
    let mut certificates = Vec::new();
    for (index, certificate) in written.iter().enumerate() {
        let at = format!("certificates[{index}]");
        let chain = problems.ok(format!("{at}.cert_file"), pem(&certificate.cert_file, dir));
        let key = problems.ok(format!("{at}.key_file"), pem(&certificate.key_file, dir));
        let hosts = certificate.hosts.iter().enumerate();
        let hosts = hosts.filter_map(|(index, host)| {
            problems.ok(format!("{at}.hosts[{index}]"), HostPattern::parse(host))
        });
        let hosts: Vec<HostPattern> = hosts.collect();
        if let (Some(chain), Some(key)) = (chain, key) {
            certificates.push(Certificate { name: certificate.name.clone(), chain, key, hosts });
        }
    }
    certificates
}

/// Reads a file; what is in it is for the data plane to judge.
pub(super) fn pem(file: &str, dir: &Path) -> Result<Pem, String> {
    if file.is_empty() {
        return Err("name a PEM file".to_owned());
    }
    let file = dir.join(file);
    let text = fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(Pem { file, text })
}
