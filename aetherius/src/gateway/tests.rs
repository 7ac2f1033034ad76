use super::{configuration, prepare};
use crate::{cli::ServeArgs, data_dir::DataDir, settings};

#[test]
fn the_gateway_takes_what_is_generated_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDir::open(directory.path()).unwrap();
    data.caller_key().unwrap();
    let config = settings::load(&ServeArgs::default()).unwrap();
    prepare(&config, &data).unwrap();
    let (admin, webhook) = (data.admin_token().unwrap(), data.webhook_token().unwrap());
    let text = configuration(&config, &data, [&admin, &webhook], &[]).unwrap();
    let read = agw_config::read(&text, directory.path());
    assert!(read.is_ok(), "{:?}", read.err());
    let secret = data.admin_token().unwrap().value;
    assert!(!text.contains(secret.expose()), "the gateway knows tokens by their hash only");
}
