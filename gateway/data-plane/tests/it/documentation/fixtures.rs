//! The files that a documented configuration names, made so that it can be loaded.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::Value;
use std::{fs, path::Path};

/// Writes every relative file that the configuration reads.
pub(super) fn write(document: &Value, dir: &Path) {
    let identity = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&identity).unwrap();
    let files = Files { certificate: certificate.pem(), key: identity.serialize_pem() };
    files.write_named("", document, dir);
}

struct Files {
    certificate: String,
    key: String,
}

impl Files {
    fn write_named(&self, section: &str, value: &Value, dir: &Path) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value.as_str()) {
                        (name, Some(file)) if name.ends_with("_file") => {
                            self.write_one(section, name, &dir.join(file));
                        }
                        _ => self.write_named(name, value, dir),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.write_named(section, item, dir)),
            _ => {}
        }
    }

    fn write_one(&self, section: &str, name: &str, file: &Path) {
        let text = match (section, name) {
            (_, "audit_file" | "changes_file") => return,
            ("identity", "key_file") | (_, "secret_file") => "5e".repeat(32),
            (_, "cert_file" | "ca_file" | "client_ca_file") => self.certificate.clone(),
            (_, "key_file") => self.key.clone(),
            (_, "jwks_file") => JWKS.to_owned(),
            (_, "revoked_file") => String::new(),
            (_, "password_file") => "secret\n".to_owned(),
            (_, other) => panic!("say here what a {other} holds"),
        };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

/// The example of RFC 7517, appendix A.1.
const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
  "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
