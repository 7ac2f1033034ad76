//! Consumers and their keys.

use super::Problems;
use crate::settings::ConsumerSettings;
use agw_core::resource::Consumer;
use std::collections::HashMap;

pub(super) fn check(consumers: &[ConsumerSettings], problems: &mut Problems) -> Vec<Consumer> {
    problems.names("consumers", consumers.iter().map(|consumer| consumer.name.as_str()));
    let mut holders: HashMap<[u8; 32], &str> = HashMap::new();
    let mut checked = Vec::with_capacity(consumers.len());
    for (index, consumer) in consumers.iter().enumerate() {
        let at = format!("consumers[{index}].key_sha256");
        let mut key_sha256 = [0; 32];
        if hex::decode_to_slice(&consumer.key_sha256, &mut key_sha256).is_err() {
            problems.add(at, "write the SHA-256 of the key as 64 hexadecimal digits");
            continue;
        }
        if let Some(other) = holders.insert(key_sha256, &consumer.name) {
            problems.add(at, format!("this is the key of {other} too; give each consumer its own"));
        }
        checked.push(Consumer {
            name: consumer.name.clone(),
            project: consumer.project.clone(),
            roles: consumer.roles.clone(),
            key_sha256,
        });
    }
    checked
}
