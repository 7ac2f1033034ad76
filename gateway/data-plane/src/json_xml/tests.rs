use super::*;
use proptest::prelude::*;
use quick_xml::{Reader, events::Event};
use serde_json::{Map, Value};

fn convert(pieces: &[&[u8]]) -> Result<String, NotJson> {
    let mut document = JsonXml::new();
    let mut out = String::new();
    for piece in pieces {
        out.push_str(&document.feed(piece)?);
    }
    out.push_str(&document.finish()?);
    Ok(out)
}

fn body(json: &str) -> String {
    convert(&[json.as_bytes()]).unwrap().strip_prefix(DECLARATION).unwrap().to_owned()
}

#[test]
fn the_mapping_is_as_documented() {
    for (json, xml) in [
        ("\"a\"", "<json>a</json>"),
        (" -1.50e+2 ", r#"<json type="number">-1.50e+2</json>"#),
        ("null", r#"<json type="null"></json>"#),
        ("{}", r#"<json type="object"></json>"#),
        (
            r#"{"id": 7, "tags": ["x", true, []]}"#,
            r#"<json type="object"><id type="number">7</id><tags type="array"><item>x</item><item type="boolean">true</item><item type="array"></item></tags></json>"#,
        ),
        (r#""<&>\"\r\n""#, "<json>&lt;&amp;&gt;&quot;&#13;\n</json>"),
        (r#""a\u0000b\ufffe""#, r#"<json>a<char code="0000"/>b<char code="FFFE"/></json>"#),
        (r#""\ud83d\ude00\ud83d""#, "<json>\u{1f600}<char code=\"D83D\"/></json>"),
        (
            r#"{"a b": "", "1": "", "": "", "_x0": "", "Xml": "", "名": "", "a:b": ""}"#,
            "<json type=\"object\"><a_x0020_b></a_x0020_b><_x0031_></_x0031_><_x_></_x_><_x005F_x0></_x005F_x0>\
             <_x0058_ml></_x0058_ml><名></名><a_x003A_b></a_x003A_b></json>",
        ),
    ] {
        assert_eq!(body(json), xml, "{json}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for text in [
        "{",
        "[1,]",
        "{\"a\":}",
        "{a:1}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "-",
        "nul",
        "truefalse",
        "\"a",
        "\"\\x\"",
        "\"\n\"",
        "[}",
        "{]",
        "1 1",
        "{\"a\":1,}",
        "[,1]",
        "\"\\u12g4\"",
        "\u{feff}1",
        "{\"\\ud800\":1}",
        "'a'",
        "]",
    ] {
        assert_eq!(convert(&[text.as_bytes()]), Err(NotJson), "{text}");
    }
    assert_eq!(convert(&[b"\"\xff\""]), Err(NotJson));
    assert_eq!(convert(&[b"\"\xe5"]), Err(NotJson));
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(convert(&[deep(DEPTH_MAX).as_bytes()]).is_ok());
    assert_eq!(convert(&[deep(DEPTH_MAX + 1).as_bytes()]), Err(NotJson));
    assert_eq!(convert(&[]).unwrap(), DECLARATION, "nothing at all was there");
}

/// The way back, which the documentation promises.
fn read_back(xml: &str) -> Value {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                assert_eq!(start.name().as_ref(), b"json");
                let kind = kind_of(&start);
                let value = element(&mut reader, &kind);
                assert!(matches!(reader.read_event().unwrap(), Event::Eof));
                return value;
            }
            Event::Decl(_) | Event::Text(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn kind_of(start: &quick_xml::events::BytesStart<'_>) -> String {
    let kind = start.try_get_attribute("type").unwrap();
    kind.map_or_else(|| "string".to_owned(), |kind| String::from_utf8(kind.value.into_owned()).unwrap())
}

fn element(reader: &mut Reader<&[u8]>, kind: &str) -> Value {
    let (mut text, mut items, mut members) = (String::new(), Vec::new(), Map::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if kind == "string" => {
                assert_eq!(start.name().as_ref(), b"char");
                let code = start.try_get_attribute("code").unwrap().unwrap();
                let code = u32::from_str_radix(std::str::from_utf8(&code.value).unwrap(), 16).unwrap();
                text.push(char::from_u32(code).unwrap());
                assert!(matches!(reader.read_event().unwrap(), Event::End(_)));
            }
            Event::Start(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                let value = element(reader, &kind_of(&start));
                if kind == "array" {
                    assert_eq!(name, "item");
                    items.push(value);
                } else {
                    members.insert(name_back(&name), value);
                }
            }
            Event::Text(part) => text.push_str(&part.decode().unwrap()),
            Event::GeneralRef(part) => match part.resolve_char_ref().unwrap() {
                Some(character) => text.push(character),
                None => text
                    .push_str(quick_xml::escape::resolve_predefined_entity(&part.decode().unwrap()).unwrap()),
            },
            Event::End(_) => break,
            other => panic!("{other:?}"),
        }
    }
    match kind {
        "object" => Value::Object(members),
        "array" => Value::Array(items),
        "string" => Value::String(text),
        "null" => Value::Null,
        _ => serde_json::from_str(&text).unwrap(),
    }
}

fn name_back(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("_x") {
        text.push_str(&rest[..at]);
        let (digits, after) = rest[at + 2..].split_once('_').unwrap();
        if !digits.is_empty() {
            text.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        }
        rest = after;
    }
    text + rest
}

fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => any::<char>(),
        4 => prop::sample::select(vec!['_', 'x', '0', '<', '&', '"', '\\', '\r', '\u{0}', '\u{fffe}', ':', 'm', 'l', ']', '>']),
    ];
    prop::collection::vec(character, 0..12).prop_map(String::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // What serde_json reads back exactly without being told to take pains.
        any::<i16>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_however_it_arrives(value in value(), cut in any::<prop::sample::Index>()) {
        let json = if cut.index(2) == 0 { value.to_string() } else { serde_json::to_string_pretty(&value).unwrap() };
        let (first, second) = json.as_bytes().split_at(cut.index(json.len() + 1));
        let xml = convert(&[first, second]).unwrap();
        prop_assert_eq!(read_back(&xml), value, "{}", xml);
    }

    #[test]
    fn it_takes_what_other_readers_take(text in r#"[\[\]{}",:0-9eE+.\-tfnrualse\\ "']{0,14}"#) {
        let other: Result<Value, _> = serde_json::from_str(&text);
        let ours = convert(&[text.as_bytes()]).map(|xml| xml != DECLARATION);
        let out_of_range = other.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assume!(!out_of_range);
        prop_assert_eq!(ours == Ok(true), other.is_ok(), "{}", text);
    }
}
