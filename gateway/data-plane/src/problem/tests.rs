use super::*;
use quick_xml::{Reader, events::Event};

fn rendered(format: Format) -> String {
    let problems = ["routes[0].match: give <one>".to_owned()];
    let details =
        Details { instance: "r1", ..Details::new(404, "no_route", "check the \"address\" & so on\u{0}") };
    let details = Details { problems: &problems, ..details };
    let (content_type, body) = details.render(format);
    format!("{content_type}\n{}", std::str::from_utf8(&body).unwrap())
}

#[test]
fn a_problem_has_the_fields_of_rfc_9457_and_a_code() {
    let expected = concat!(
        "application/problem+json\n",
        r#"{"type":"about:blank","title":"Not Found","status":404,"#,
        r#""detail":"check the \"address\" & so on\u0000","code":"no_route","instance":"r1","problems":["routes[0].match: give <one>"]}"#
    );
    assert_eq!(rendered(Format::Json), expected);
    let plain = "text/plain; charset=utf-8\n404 Not Found: check the \"address\" & so on\u{0} (no_route)\n  \
                 - routes[0].match: give <one>\nrequest r1\n";
    assert_eq!(rendered(Format::Text), plain);
}

#[test]
fn as_xml_it_has_the_format_of_the_appendix() {
    let text = rendered(Format::Xml);
    let xml = text.strip_prefix("application/problem+xml\n").unwrap();
    let expected = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<problem xmlns=\"urn:ietf:rfc:7807\"><type>about:blank</type><title>Not Found</title><status>404</status>",
        "<detail>check the &quot;address&quot; &amp; so on\u{fffd}</detail><code>no_route</code><instance>r1</instance>",
        "<problems><i>routes[0].match: give &lt;one&gt;</i></problems></problem>\n"
    );
    assert_eq!(xml, expected);
    let mut reader = Reader::from_str(xml);
    while !matches!(reader.read_event().unwrap(), Event::Eof) {}
}
