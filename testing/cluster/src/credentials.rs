//! Who may enter a cluster: its certificate authority, its server's certificate, its users' tokens.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::{fs, io, path::Path};
use uuid::Uuid;

/// Who holds a token.
pub(crate) const ADMIN: &str = "admin";
pub(crate) const VIEWER: &str = "viewer";
pub(crate) const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";
pub(crate) const SCHEDULER: &str = "system:kube-scheduler";
pub(crate) const KUBELETS: &str = "kubelets";
pub(crate) const USERS: [&str; 5] = [ADMIN, VIEWER, CONTROLLER_MANAGER, SCHEDULER, KUBELETS];
/// Those who may do everything; the controller manager too, as it would else have to wait for a token for each controller.
const MASTERS: [&str; 3] = [ADMIN, CONTROLLER_MANAGER, KUBELETS];

/// What was made for one cluster. Its files are `ca.crt`, `server.crt`, `server.key`, `service-accounts.key`,
/// `service-accounts.pub`, `tokens.csv`.
pub(crate) struct Credentials {
    pub(crate) authority: String,
    tokens: Vec<(&'static str, String)>,
}

impl Credentials {
    /// Makes new ones and writes them into `dir`, which others must not be able to read.
    pub(crate) fn create(dir: &Path) -> io::Result<Self> {
        let (authority, server_certificate, server_key) = certificates().map_err(io::Error::other)?;
        let service_accounts = KeyPair::generate().map_err(io::Error::other)?;
        let tokens = USERS.map(|user| (user, Uuid::new_v4().simple().to_string()));
        let row = |(user, token): &(&str, String)| {
            let group = if MASTERS.contains(user) { "system:masters" } else { "" };
            format!("{token},{user},{user},\"{group}\"\n")
        };
        let table: String = tokens.iter().map(row).collect();
        let files = [
            ("ca.crt", &authority),
            ("server.crt", &server_certificate),
            ("server.key", &server_key),
            ("service-accounts.key", &service_accounts.serialize_pem()),
            ("service-accounts.pub", &service_accounts.public_key_pem()),
            ("tokens.csv", &table),
        ];
        for (name, text) in files {
            fs::write(dir.join(name), text)?;
        }
        Ok(Self { authority, tokens: tokens.to_vec() })
    }

    /// The token of one of the users.
    pub(crate) fn token(&self, user: &str) -> &str {
        self.tokens.iter().find(|(name, _)| *name == user).map_or("", |(_, token)| token)
    }

    /// A kubeconfig for one of the users, to be written into `dir`.
    pub(crate) fn kubeconfig(&self, dir: &Path, server: &str, user: &str) -> String {
        let authority = dir.join("ca.crt");
        format!(
            "apiVersion: v1\n\
             kind: Config\n\
             clusters:\n\
             - name: test\n  cluster:\n    server: {server}\n    certificate-authority: {authority}\n\
             users:\n\
             - name: {user}\n  user:\n    token: {token}\n\
             contexts:\n\
             - name: test\n  context:\n    cluster: test\n    user: {user}\n\
             current-context: test\n",
            authority = authority.display(),
            token = self.token(user),
        )
    }
}

/// The authority's certificate, and certificate and key of a server on the loopback interface.
fn certificates() -> Result<(String, String, String), rcgen::Error> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    authority.distinguished_name.push(DnType::CommonName, "test cluster authority");
    let server_key = KeyPair::generate()?;
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    let authority_certificate = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let server_certificate = server.signed_by(&server_key, &issuer)?.pem();
    Ok((authority_certificate, server_certificate, server_key.serialize_pem()))
}
