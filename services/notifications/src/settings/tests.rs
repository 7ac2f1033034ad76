use super::{Settings, Target};
use foundation::settings::load;

fn problems(yaml: &str) -> Vec<String> {
    let settings: Settings = load(yaml).unwrap();
    settings.validate().unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn by_default_people_are_told_in_the_log() {
    let config = load::<Settings>("").unwrap().validate().unwrap();
    assert_eq!((config.channels.len(), config.channels[0].name.as_str(), config.attempts_max), (1, "log", 8));
    assert!(matches!(config.channels[0].target, Target::Log));
}

#[test]
fn a_webhook_is_read_and_its_secrets_are_not_shown() {
    let yaml = "
channels:
  - {name: chat, kind: webhook, url: 'https://chat.example.com/hook/t0ken', authorization: Bearer s3cret}
  - {name: log, kind: log}
public_url: https://aetherius.example.com/";
    let settings: Settings = load(yaml).unwrap();
    let config = settings.validate().unwrap();
    assert_eq!(config.public_url, "https://aetherius.example.com");
    let shown = format!("{settings:?} {config:?} {}", serde_json::to_string(&settings).unwrap());
    assert!(!shown.contains("t0ken") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let yaml = "
channels:
  - {name: a, kind: webhook, url: 'ftp://x/y'}
  - {name: a, kind: log, url: 'https://x'}
  - {name: 'no spaces', kind: webhook, url: '/relative'}
  - {name: user, kind: webhook, url: 'https://me:pw@x/'}
  - {name: auth, kind: webhook, url: 'https://x/', authorization: \"two\\nlines\"}
  - {name: none, kind: webhook}
public_url: 'javascript:alert(1)'
attempts_max: 0";
    let found = problems(yaml);
    let paths: Vec<&str> = found.iter().filter_map(|problem| problem.split(": ").next()).collect();
    assert_eq!(
        paths,
        [
            "channels[0].url",
            "channels[1].name",
            "channels[1].url",
            "channels[2].name",
            "channels[2].url",
            "channels[3].url",
            "channels[4].authorization",
            "channels[5].url",
            "public_url",
            "attempts_max"
        ]
    );
    assert!(!found.join(" ").contains("pw"), "{found:?}");
}

#[test]
fn there_is_a_most_to_channels() {
    let many: String = (0..33).map(|n| format!("  - {{name: c{n}, kind: log}}\n")).collect();
    assert_eq!(problems(&format!("channels:\n{many}")), ["channels: at most 32 channels"]);
    load::<Settings>("channels: []").unwrap().validate().unwrap();
    load::<Settings>("channels: [{name: x, kind: pigeon}]").unwrap_err();
}
