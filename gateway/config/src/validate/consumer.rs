//! Consumers, their keys and their passwords.

use super::Problems;
use crate::settings::ConsumerSettings;
use agw_core::resource::Consumer;
use std::collections::HashMap;

pub(super) fn check(consumers: &[ConsumerSettings], problems: &mut Problems) -> Vec<Consumer> {
    problems.names("consumers", consumers.iter().map(|consumer| consumer.name.as_str()));
    let mut holders: HashMap<[u8; 32], &str> = HashMap::new();
    let mut checked = Vec::with_capacity(consumers.len());
    for (index, consumer) in consumers.iter().enumerate() {
        let at = |field: &str| format!("consumers[{index}].{field}");
        if consumer.key_sha256.is_empty() && consumer.password_sha256.is_empty() {
            problems.add(at("key_sha256"), "give the consumer a key, or a password_sha256");
        }
        if consumer.name.contains(':') && !consumer.password_sha256.is_empty() {
            problems.add(at("name"), "the user name of basic authentication cannot have a colon");
        }
        let key_sha256 = hash(at("key_sha256"), "key", &consumer.key_sha256, problems);
        let password_sha256 = hash(at("password_sha256"), "password", &consumer.password_sha256, problems);
        if let Some(other) = key_sha256.and_then(|key| holders.insert(key, &consumer.name)) {
            problems
                .add(at("key_sha256"), format!("this is the key of {other} too; give each consumer its own"));
        }
        checked.push(Consumer {
            name: consumer.name.clone(),
            project: consumer.project.clone(),
            roles: consumer.roles.clone(),
            key_sha256,
            password_sha256,
        });
    }
    checked
}

fn hash(at: String, of: &str, text: &str, problems: &mut Problems) -> Option<[u8; 32]> {
    if text.is_empty() {
        return None;
    }
    let mut sha256 = [0; 32];
    let decoded = hex::decode_to_slice(text, &mut sha256)
        .map_err(|_| format!("write the SHA-256 of the {of} as 64 hexadecimal digits"));
    problems.ok(at, decoded).map(|()| sha256)
}
