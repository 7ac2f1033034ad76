use super::*;
use http::HeaderValue;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn all() -> Families {
    Family::ALL.into_iter().collect()
}

/// `\n`, `\r`, `\t`, `\\`, `\0` and `\xNN`.
fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        at += 2;
        match bytes.get(at - 1) {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'0') => out.push(0),
            Some(b'\\') => out.push(b'\\'),
            Some(b'x') => {
                out.push(u8::from_str_radix(&text[at..at + 2], 16).unwrap());
                at += 2;
            }
            other => panic!("{other:?} in {text}"),
        }
    }
    out
}

fn percent(text: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.iter()
        .map(|&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn json_string(text: &[u8]) -> String {
    serde_json::to_string(&String::from_utf8_lossy(text)).unwrap()
}

/// A request in one of the ways texts travel.
#[derive(Debug)]
enum Request {
    Path(String),
    Query(String),
    Header(String, Vec<u8>),
    Body(&'static str, String),
}

impl Request {
    fn findings(&self, families: Families) -> Vec<Finding> {
        let mut headers = HeaderMap::new();
        let (path, query) = match self {
            Self::Path(path) => (path.as_str(), None),
            Self::Query(query) => ("/", Some(query.as_str())),
            Self::Header(name, value) => {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                headers.insert(name, HeaderValue::from_bytes(value).unwrap());
                ("/", None)
            }
            Self::Body(kind, body) => {
                return inspect_body(families, BodyKind::of(Some(kind)).unwrap(), body.as_bytes());
            }
        };
        inspect_head(families, path, query, &headers)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn ordinary() -> Vec<Request> {
    let lines = include_str!("tests/ordinary.txt").lines();
    lines
        .flat_map(|line| {
            let (kind, text) = line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
            let raw = text.to_owned();
            match kind {
                "q" => {
                    let text = unescape(text);
                    let json = format!(r#"{{"id":7,"text":{}}}"#, json_string(&text));
                    vec![
                        Request::Query(format!("page=2&q={}", percent(&text).replace("%20", "+"))),
                        Request::Body(JSON, json),
                    ]
                }
                "j" => vec![Request::Body(JSON, raw)],
                "f" => {
                    let text = percent(&unescape(text));
                    vec![Request::Body(FORM, format!("name=Ann&text={text}&ok=on"))]
                }
                "t" => vec![Request::Body("text/plain", String::from_utf8(unescape(text)).unwrap())],
                "h" => {
                    let (name, value) = text.split_once(": ").unwrap();
                    vec![Request::Header(name.to_owned(), value.as_bytes().to_vec())]
                }
                "p" => vec![Request::Path(raw)],
                other => panic!("{other}"),
            }
        })
        .collect()
}

fn attacks() -> Vec<(Family, String, Request)> {
    let mut attacks = Vec::new();
    for line in include_str!("tests/attacks.txt").lines() {
        let (family, text) = line.split_once('\t').unwrap();
        let family = Family::ALL.into_iter().find(|known| known.as_str() == family).unwrap();
        let raw = unescape(text);
        let mut add = |request| attacks.push((family, text.to_owned(), request));
        let encoded = percent(&raw);
        add(Request::Query(format!("id=5&q={encoded}")));
        add(Request::Query(format!("q={}", encoded.replace("%20", "+"))));
        add(Request::Query(format!("q={}", percent(encoded.as_bytes()))));
        let upper: String = encoded.replace("%20", "%09");
        add(Request::Query(format!("x=1&y={upper}&z=2")));
        add(Request::Body(FORM, format!("a=b&name={encoded}")));
        add(Request::Body(JSON, format!(r#"{{"a":1,"b":{{"c":{}}}}}"#, json_string(&raw))));
        let text = String::from_utf8_lossy(&raw).into_owned();
        if text.is_ascii() {
            let escaped: String = text.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            add(Request::Body(JSON, format!(r#"["{escaped}"]"#)));
        }
        if HeaderValue::from_bytes(&raw).is_ok() {
            add(Request::Header("x-name".to_owned(), raw.clone()));
        }
    }
    attacks
}

#[test]
fn ordinary_requests_pass_and_attacks_are_found() {
    let ordinary = ordinary();
    let mut alarms: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for request in &ordinary {
        for finding in request.findings(all()) {
            alarms.entry(finding.family.as_str()).or_default().push(format!("{request:?}"));
        }
    }
    let attacks = attacks();
    let mut rates: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for (family, text, request) in &attacks {
        let (found, sent) = rates.entry(family.as_str()).or_default();
        *sent += 1;
        if request.findings([*family].into_iter().collect()).is_empty() {
            missed.push(format!("{}: {text} as {request:?}", family.as_str()));
        } else {
            *found += 1;
        }
    }
    let false_alarms: usize = alarms.values().map(Vec::len).sum();
    println!("{} ordinary requests, {false_alarms} false alarms", ordinary.len());
    for family in Family::ALL {
        let (found, sent) = rates[family.as_str()];
        let alarms = alarms.get(family.as_str()).map_or(0, Vec::len);
        println!("{}: {found} of {sent} attacks found, {alarms} false alarms", family.as_str());
    }
    println!("{}\n{}", alarms.values().flatten().cloned().collect::<Vec<_>>().join("\n"), missed.join("\n"));
    assert!(ordinary.len() >= 300 && attacks.len() >= 300);
    assert!(false_alarms * 200 <= ordinary.len(), "{alarms:#?}");
    for (family, (found, sent)) in rates {
        assert!(found * 100 >= sent * 95, "{family}: {found} of {sent}\n{}", missed.join("\n"));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"'\"`;|&$(){}<>=-/*#.%\\\r\n \0u0e1c".to_vec())], 0..200)) {
        for kind in [BodyKind::Form, BodyKind::Json, BodyKind::Xml, BodyKind::Multipart, BodyKind::Plain] {
            let _ = inspect_body(all(), kind, &text);
        }
    }
}

#[test]
fn a_climb_after_bytes_that_are_no_text_is_looked_at() {
    // Where bytes are shown as other characters, the text and they are not of one length.
    for kind in [BodyKind::Form, BodyKind::Json, BodyKind::Xml, BodyKind::Multipart, BodyKind::Plain] {
        let _ = inspect_body(all(), kind, &[128, 128, 0, b'(', b'.', b'.', b'/']);
    }
}

/// Quadratic work would take minutes.
#[test]
fn work_is_linear_also_for_hostile_texts() {
    let pieces = [
        "; cat x ",
        "|||||||",
        "' or ",
        "union((((",
        "../",
        "\nab: c",
        "`id`",
        "{cat,",
        "%25%32%35",
        "/*",
        "\"\"      ",
        "or 1 ",
        "sleep(",
        "<a b='",
        "[\"\\u0041",
        "(select ",
        "order by ",
        "$u${",
        "====",
        "&&&&",
    ];
    for piece in pieces {
        let body: Vec<u8> = piece.bytes().cycle().take(64 << 10).collect();
        for kind in [BodyKind::Form, BodyKind::Json, BodyKind::Xml, BodyKind::Multipart, BodyKind::Plain] {
            let started = std::time::Instant::now();
            let _ = inspect_body(all(), kind, &body);
            assert!(started.elapsed().as_secs() < 5, "{piece:?} as {kind:?}");
        }
    }
}
