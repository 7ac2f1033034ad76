use super::{KEY_PREFIX, Trusting, known_keys, prepare, revoked_file, with_keys};
use crate::{cli::ServeArgs, data_dir::DataDir, gateway::configuration, settings};
use aetherius_contracts::identity::Role;
use aetherius_identity::{Surroundings, Trust, TrustedKey};

fn key(name: &str) -> TrustedKey {
    TrustedKey {
        name: format!("{KEY_PREFIX}{name}"),
        project: "default".into(),
        roles: vec![Role::Viewer, Role::Webhook],
        sha256: "ab".repeat(31) + &format!("{:02x}", name.len()),
    }
}

#[test]
fn keys_come_and_go_as_if_the_configuration_had_been_written_with_them() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDir::open(directory.path()).unwrap();
    data.caller_key().unwrap();
    let config = settings::load(&ServeArgs::default()).unwrap();
    prepare(&config, &data).unwrap();
    let (admin, webhook) = (data.admin_token().unwrap(), data.webhook_token().unwrap());
    let written = |keys: &[TrustedKey]| configuration(&config, &data, [&admin, &webhook], keys).unwrap();
    let (none, two) = (written(&[]), written(&[key("a"), key("bb")]));
    assert_eq!(with_keys(&none, &[key("a"), key("bb")]).unwrap(), two);
    assert_eq!(with_keys(&two, &[]).unwrap(), none);
    assert_eq!(with_keys(&two, &[key("bb")]).unwrap(), written(&[key("bb")]));
    let read = agw_config::read(&two, directory.path());
    assert!(read.is_ok(), "{:?}", read.err());
}

#[test]
fn what_is_trusted_reaches_the_gateway_and_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDir::open(directory.path()).unwrap();
    let config = settings::load(&ServeArgs::default()).unwrap();
    prepare(&config, &data).unwrap();
    let trusting = Trusting::new(data.clone());
    let jwks = data.signing_keys().unwrap().public();
    let trust = Trust { jwks: jwks.clone(), revoked: vec!["j1".into(), "j2".into()], keys: vec![key("a")] };
    trusting.publish(&trust).unwrap();
    assert_eq!(std::fs::read_to_string(revoked_file(&data)).unwrap(), "j1\nj2\n");
    assert_eq!(known_keys(&config, &data), [key("a")]);
    assert!(!data.run("agw.json").exists(), "nobody has started a gateway");
    std::fs::write(data.run("agw.json"), "{\"consumers\":[{\"name\":\"key:old\"},{\"name\":\"admin\"}]}")
        .unwrap();
    trusting.publish(&trust).unwrap();
    let text = std::fs::read_to_string(data.run("agw.json")).unwrap();
    assert!(text.contains("key:a") && text.contains("\"admin\"") && !text.contains("key:old"), "{text}");
}
