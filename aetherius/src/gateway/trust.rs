//! Whom the gateway believes: it reads signing keys, revocations and key hashes from files, and the identity service, which knows
//! no gateway, gives them to us.
//!
//! | file in `data/run` | the gateway looks at it | written |
//! | --- | --- | --- |
//! | `jwks.json` | every second | when signing keys change |
//! | `revoked` | every second | when somebody is signed out, kept out or changed |
//! | `keys.json` | never | when keys come and go; for the next start of the supervisor |
//! | `agw.json` | every second | as `keys.json`, of which it has the hashes as consumers |

use crate::{
    data_dir::{DataDir, Token, replace, write_whole},
    services::Service,
    settings::Config,
};
use aetherius_contracts::identity::Role;
use aetherius_identity::{FixedKey, Surroundings, Trust, TrustedKey};
use agw_config::settings::{ConsumerSettings, Settings};
use anyhow::Context;
use foundation::secret::Secret;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[cfg(test)]
mod tests;

/// The lock of who reads and writes the gateway's configuration: a supervisor that starts may meet the services of the one before.
pub(crate) const WRITING: &str = "agw.json.lock";
/// Names of consumers that are keys begin with it; those of the fixed ones do not.
const KEY_PREFIX: &str = "key:";

pub(super) fn jwks_file(data: &DataDir) -> PathBuf {
    data.run("jwks.json")
}

pub(super) fn revoked_file(data: &DataDir) -> PathBuf {
    data.run("revoked")
}

fn keys_file(data: &DataDir) -> PathBuf {
    data.run("keys.json")
}

/// Makes the files that the gateway reads at its start, where they are not there: it may be ready before the services are.
pub(crate) fn prepare(config: &Config, data: &DataDir) -> anyhow::Result<()> {
    if !config.selected.contains(&Service::Identity) {
        return Ok(());
    }
    if !revoked_file(data).exists() {
        write_whole(&revoked_file(data), "")?;
    }
    write_whole(&jwks_file(data), &data.signing_keys()?.public())
}

/// The keys that were in force when the identity service last said so.
pub(crate) fn known_keys(config: &Config, data: &DataDir) -> Vec<TrustedKey> {
    if !config.selected.contains(&Service::Identity) {
        return Vec::new();
    }
    // What cannot be read is written anew as soon as the service runs.
    let read = fs::read_to_string(keys_file(data)).ok();
    read.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// The tokens of the data directory, as the identity service is to know them.
pub(crate) fn fixed_keys(admin: &Token, webhook: &Token) -> Vec<FixedKey> {
    let fixed = |role: Role, display_name: &str, token: &Token| FixedKey {
        name: role.name().to_owned(),
        display_name: display_name.to_owned(),
        role,
        sha256: token.sha256(),
    };
    vec![fixed(Role::Admin, "Admin token", admin), fixed(Role::Webhook, "Webhook token", webhook)]
}

/// A key as one whom the gateway lets in.
pub(super) fn consumer(key: &TrustedKey) -> ConsumerSettings {
    ConsumerSettings {
        name: key.name.clone(),
        project: key.project.clone(),
        roles: key.roles.iter().map(|role| role.name().to_owned()).collect(),
        key_sha256: key.sha256.clone(),
        ..ConsumerSettings::default()
    }
}

/// A configuration of ours with these keys in the place of those it has.
fn with_keys(configuration: &str, keys: &[TrustedKey]) -> anyhow::Result<String> {
    let mut settings: Settings =
        serde_json::from_str(configuration).context("the gateway's configuration is not what we wrote")?;
    settings.consumers.retain(|consumer| !consumer.name.starts_with(KEY_PREFIX));
    settings.consumers.extend(keys.iter().map(consumer));
    serde_json::to_string_pretty(&settings).context("the gateway's configuration cannot be written")
}

/// Hands on to the gateway whom the identity service trusts.
pub(crate) struct Trusting {
    data: DataDir,
}

impl Trusting {
    pub(crate) fn new(data: DataDir) -> Self {
        Self { data }
    }

    fn tell(&self, keys: &[TrustedKey]) -> anyhow::Result<()> {
        let _writing = self.data.lock_when_free(WRITING)?;
        write_changed(&keys_file(&self.data), &serde_json::to_string_pretty(keys)?)?;
        let file = self.data.run("agw.json");
        match fs::read_to_string(&file) {
            Ok(text) => write_changed(&file, &with_keys(&text, keys)?),
            // No gateway was ever started here; whoever starts one reads the keys.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }
}

impl Surroundings for Trusting {
    fn keep_signing_keys(&self, text: &Secret) -> io::Result<()> {
        replace(&self.data.signing_keys_file(), &format!("{}\n", text.expose()))
    }

    fn publish(&self, trust: &Trust) -> io::Result<()> {
        // Revocations first: whoever was kept out matters more than whoever is to come in.
        let revoked: String = trust.revoked.iter().map(|jti| format!("{jti}\n")).collect();
        let files = [(revoked_file(&self.data), &revoked), (jwks_file(&self.data), &trust.jwks)];
        files
            .into_iter()
            .try_for_each(|(file, content)| write_changed(&file, content))
            .and_then(|()| self.tell(&trust.keys))
            .map_err(|error| io::Error::other(format!("{error:#}")))
    }
}

/// What is the same already is not written again: the gateway would forget the tokens it has checked.
fn write_changed(file: &Path, content: &str) -> anyhow::Result<()> {
    if fs::read_to_string(file).is_ok_and(|before| before == content) {
        return Ok(());
    }
    write_whole(file, content)
}
