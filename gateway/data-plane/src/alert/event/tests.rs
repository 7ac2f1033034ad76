use super::*;
use std::time::{Duration, UNIX_EPOCH};

fn event(raised: bool) -> Event {
    let rule = Rule {
        name: "slow".to_owned(),
        on: Signal::LatencyP99,
        of: None,
        above: 500.0,
        resolve_below: 400.0,
        for_s: 30,
        requests_min: 20,
    };
    let since = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let event =
        Event::new(&rule, "r", Change { raised, value: 731.4 }, since, since + Duration::from_secs(60));
    Event { gateway: "host".to_owned(), ..event }
}

#[test]
fn bodies() {
    let all = [WebhookFormat::Json, WebhookFormat::AlertmanagerApi, WebhookFormat::AlertmanagerWebhook];
    let bodies = all.map(|format| [true, false].map(|raised| event(raised).body(format)));
    insta::assert_json_snapshot!(bodies);
}

#[test]
fn mail() {
    let (subject, text) = event(false).mail();
    insta::assert_snapshot!(format!("{subject}\n\n{text}"));
}
