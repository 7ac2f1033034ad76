use super::*;
use std::time::{Duration, UNIX_EPOCH};

fn settings() -> Settings {
    Settings { to: LogTarget::Stdout, sample: 1.0, fields: AccessField::ALL.to_vec(), headers: Vec::new() }
}

fn line(headers: &HeaderMap) -> Line<'_> {
    Line {
        time: UNIX_EPOCH + Duration::from_millis(1_772_323_200_007),
        client: [192, 0, 2, 7].into(),
        method: "GET",
        host: "h",
        path: "/a\n\"b",
        status: 200,
        took_us: 1234,
        bytes_out: 5,
        attempts: 1,
        ..Line::unread("id", &[0xab; 16], headers)
    }
}

fn written(settings: &Settings, line: &Line<'_>) -> String {
    let mut out = b"before\n".to_vec();
    Format::new(settings, Mask::default()).write(&mut out, &mut Clock::default(), line);
    String::from_utf8(out).unwrap().strip_prefix("before\n").unwrap().to_owned()
}

#[test]
fn what_is_absent_is_left_out() {
    let none = HeaderMap::new();
    let expected = concat!(
        r#"{"time":"2026-03-01T00:00:00.007Z","client":"192.0.2.7","method":"GET","host":"h","path":"/a\n\"b","#,
        r#""protocol":"HTTP/1.1","status":200,"duration_ms":1.234,"bytes_in":0,"bytes_out":5,"request_id":"id","#,
        r#""trace_id":"abababababababababababababababab"}"#,
        "\n"
    );
    assert_eq!(written(&settings(), &line(&none)), expected);
}

#[test]
fn everything_there_is_has_its_name_and_its_order() {
    let headers: HeaderMap =
        [("user-agent", "a\"b"), ("authorization", "Bearer x"), ("x-two", "1"), ("x-two", "2")]
            .into_iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value.parse().unwrap());
                map
            });
    let named = ["user-agent", "authorization", "x-two", "x-none"].map(HeaderName::from_static);
    let settings = Settings { headers: named.to_vec(), ..settings() };
    let endpoint = Target::Tcp("[::1]:80".parse().unwrap());
    let line = Line {
        consumer: Some("c"),
        query: Some("a=1&access_token=secret"),
        route: Some("r"),
        cluster: Some("k"),
        endpoint: Some(&endpoint),
        lane: Some("l"),
        upstream_us: Some(1000),
        attempts: 2,
        refusal: Some("no_route"),
        client_left: true,
        ended: Some("closed"),
        ..line(&headers)
    };
    let text = written(&settings, &line);
    assert!(!text.contains("secret") && !text.contains("Bearer"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let all = AccessField::ALL.iter().map(|field| field.as_str()).chain(["headers"]);
    assert_eq!(names, all.collect::<Vec<_>>());
    assert_eq!(json["endpoint"], "[::1]:80");
    assert_eq!(json["upstream_ms"], 1);
    let expected = serde_json::json!({ "user-agent": "a\"b", "authorization": "***", "x-two": "1, 2" });
    assert_eq!(json["headers"], expected);
}

#[test]
fn nothing_at_all_is_an_object_too() {
    let none = HeaderMap::new();
    assert_eq!(written(&Settings { fields: vec![AccessField::Lane], ..settings() }, &line(&none)), "{}\n");
    let one = HeaderMap::from_iter([(HeaderName::from_static("a"), "b".parse().unwrap())]);
    let settings = Settings {
        fields: vec![AccessField::Lane],
        headers: vec![HeaderName::from_static("a")],
        ..settings()
    };
    assert_eq!(written(&settings, &line(&one)), "{\"headers\":{\"a\":\"b\"}}\n");
}

#[test]
fn failures_are_logged_whatever_the_share() {
    let none = Format::new(&Settings { sample: 0.0, ..settings() }, Mask::default());
    assert!(!none.wants(200) && !none.wants(0) && none.wants(502));
    let some = Format::new(&Settings { sample: 0.25, ..settings() }, Mask::default());
    let logged = (0..100_000).filter(|_| some.wants(200)).count();
    assert!((24_000..26_000).contains(&logged), "{logged}");
    assert!(!Format::new(&Settings { to: LogTarget::Off, ..settings() }, Mask::default()).wants(500));
}
