use super::*;

#[test]
fn one_text_for_each_sequence_of_bytes() {
    for (text, expected) in [
        ("", Some(&b""[..])),
        ("Zg", Some(b"f")),
        ("Zm8", Some(b"fo")),
        ("Zm9v", Some(b"foo")),
        ("Zm9vYg", Some(b"foob")),
        ("-_-_", Some(b"\xfb\xff\xbf")),
        ("Zh", None),
        ("Zm9", None),
        ("Z", None),
        ("Zg==", None),
        ("+/+/", None),
        ("Zm 9v", None),
    ] {
        assert_eq!(decode_url(text).as_deref(), expected, "{text}");
    }
    for (text, expected) in [
        ("Zg==", Some(&b"f"[..])),
        ("Zm8=", Some(b"fo")),
        ("Zm9v", Some(b"foo")),
        ("+/+/", Some(b"\xfb\xff\xbf")),
        ("Zg", None),
        ("Zg=", None),
        ("Zm9v====", None),
        ("====", None),
        ("-_-_", None),
    ] {
        assert_eq!(decode_standard(text).as_deref(), expected, "{text}");
    }
}
