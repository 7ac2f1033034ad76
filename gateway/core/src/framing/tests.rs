use super::{chars::is_value, *};
use crate::refusal::Code;
use http::HeaderMap;
use proptest::{collection::vec, prelude::*, sample::select};

mod agreement;

#[test]
fn plain_heads_pass() {
    for (head, framing) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Framing::Empty),
        ("GET / HTTP/1.0\r\nhost: a\r\nX_y: \r\n\r\n", Framing::Empty),
        ("POST /a?b HTTP/1.1\r\nHost:a\r\nContent-Length: 3 \r\n\r\n", Framing::Length(3)),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", Framing::Length(0)),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
            Framing::Length(i64::MAX as u64),
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", Framing::Chunked),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", Framing::Empty),
        ("GET http://a:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n", Framing::Empty),
        ("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n", Framing::Empty),
        ("GET / HTTP/1.1\r\nHost: [::1]:8080\r\nX: \tcaf\u{e9} \t\r\n\r\n", Framing::Empty),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X, TE\r\nExpect: 100-Continue\r\n\r\n",
            Framing::Empty,
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", Framing::Upgrade),
        ("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", Framing::Empty),
        ("GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", Framing::Empty),
        ("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\n", Framing::Length(1)),
    ] {
        assert_eq!(check(head.as_bytes()), Ok(framing), "{head:?}");
    }
}

#[test]
fn ambiguous_heads_are_refused() {
    for lines in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: \r\n",
        "Host: a b\r\n",
        "Host: a,b\r\n",
        "Host: u@a\r\n",
        "Host: a/b\r\n",
        "Host: a:\r\n",
        "Host: a:65536\r\n",
        "Host: a:80:80\r\n",
        "Host: [::1\r\n",
        "Host: [::g]\r\n",
        "Host: a%2e\r\n",
        "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n",
        "Host: a\r\nContent-Length: 3, 3\r\n",
        "Host: a\r\nContent-Length: +3\r\n",
        "Host: a\r\nContent-Length: 0x3\r\n",
        "Host: a\r\nContent-Length: 03\r\n",
        "Host: a\r\nContent-Length: \r\n",
        "Host: a\r\nContent-Length: 9223372036854775808\r\n",
        "Host: a\r\nContent-Length: 99999999999999999999\r\n",
        "Host: a\r\ncontent_length: 3\r\n",
        "Host: a\r\nTransfer_Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: identity\r\n",
        "Host: a\r\nTransfer-Encoding: chunked;q=1\r\n",
        "Host: a\r\nTransfer-Encoding: \x0bchunked\r\n",
        "Host: a\r\nTransfer-Encoding : chunked\r\n",
        "Host: a\r\n folded: b\r\n",
        "Host: a\r\n\tb\r\n",
        "Host: a\nX: b\r\n",
        "Host: a\r\nX: b\n",
        "Host: a\r\nX: b\rc\r\n",
        "Host: a\r\nX: b\0\r\n",
        "Host: a\r\nX: 12345678\x7f\r\n",
        "Host: a\r\nX: 1\t2345678\x012345678\r\n",
        "Host: a\r\nno colon\r\n",
        "Host: a\r\n: b\r\n",
        "Host: a\r\nX(: b\r\n",
        "Host: a\r\nConnection: host\r\n",
        "Host: a\r\nConnection: close, Content-Length\r\n",
        "Host: a\r\nConnection: transfer-encoding\r\n",
        "Host: a\r\nConnection: \"x\"\r\n",
        "Host: a\r\nConnection: a,b,c,d,e,f,g,h,i\r\n",
        "Host: a\r\nUpgrade: websocket\r\n",
        "\r\nHost: a\r\n",
    ] {
        refused(&format!("POST / HTTP/1.1\r\n{lines}\r\n"), Code::BadFraming);
    }
    for head in [
        "",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nmore",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n",
    ] {
        refused(head, Code::BadFraming);
    }
}

#[test]
fn what_is_clear_but_not_served_has_a_code_of_its_own() {
    refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", Code::MethodNotAllowed);
    refused("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", Code::MethodNotAllowed);
    let told = check(b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap_err();
    assert!(told.allow.is_some_and(|methods| methods.starts_with("GET, ")), "405 says what would do");
    refused("POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", Code::ExpectationFailed);
}

#[test]
fn a_head_has_limits() {
    let with = |target: &str, lines: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let lines = |count: usize| "a: b\r\n".repeat(count);
    let value = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    let target = |bytes: usize| format!("/{}", "y".repeat(bytes - 1));
    for head in [
        with("/", &lines(FIELDS_MAX - 1)),
        with("/", &value(FIELD_BYTES_MAX - 2)),
        with(&target(TARGET_BYTES_MAX), ""),
    ] {
        assert_eq!(check(head.as_bytes()), Ok(Framing::Empty));
    }
    for head in [
        with("/", &lines(FIELDS_MAX)),
        with("/", &value(FIELD_BYTES_MAX)),
        with(&target(TARGET_BYTES_MAX + 1), ""),
        with("/", &value(FIELD_BYTES_MAX - 10).repeat(3)),
    ] {
        refused(&head, Code::BadFraming);
    }
}

#[track_caller]
fn refused(head: &str, code: Code) {
    // Latin-1, so that a letter above 127 is one byte.
    let bytes: Vec<u8> = head.chars().map(|letter| letter as u32 as u8).collect();
    let refused = check(&bytes).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(code), "{head:?}");
}

/// `:method`, `:scheme`, `:authority`, `:path`, headers.
type Parts<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a str, &'a [(&'static str, &'static str)]);

fn decoded((method, scheme, authority, path, headers): Parts<'_>) -> Result<(), Refusal> {
    let mut map = HeaderMap::new();
    for &(name, value) in headers {
        map.append(name, value.parse().unwrap());
    }
    check_decoded(&Decoded { method, scheme, authority, path: path.as_bytes(), headers: &map })
}

#[test]
fn heads_of_http2_are_held_to_the_same_rules() {
    let https = Some("https");
    for parts in [
        ("GET", https, Some("a"), "/", &[] as &[_]),
        ("GET", https, None, "/", &[("host", "a")]),
        ("GET", https, Some("a"), "/", &[("host", "a"), ("te", "trailers"), ("x_y", "z")]),
        ("OPTIONS", https, Some("a"), "*", &[]),
        ("POST", None, Some("[::1]:1"), "/a?b", &[("content-length", "3"), ("expect", "100-continue")]),
    ] {
        assert_eq!(decoded(parts), Ok(()), "{parts:?}");
    }
    for parts in [
        ("GET", https, None, "/", &[] as &[_]),
        ("GET", Some("ftp"), Some("a"), "/", &[]),
        ("GET", https, Some("u@a"), "/", &[]),
        ("GET", https, Some("a"), "/", &[("host", "b")]),
        ("GET", https, Some("a"), "/", &[("host", "a"), ("host", "a")]),
        ("GET", https, Some("a"), "a", &[]),
        ("GET", https, Some("a"), "*", &[]),
        ("GET", https, Some("a"), "", &[]),
        ("GET", https, Some("a"), "http://a/", &[]),
        ("GET", https, Some("a"), "/ b", &[]),
        ("GET", https, Some("a"), "/#b", &[]),
        ("GET", https, Some("a"), "/", &[("transfer-encoding", "chunked")]),
        ("GET", https, Some("a"), "/", &[("connection", "close")]),
        ("GET", https, Some("a"), "/", &[("te", "gzip")]),
        ("GET", https, Some("a"), "/", &[("x", " y")]),
        ("GET", https, Some("a"), "/", &[("content_length", "1")]),
        ("GET", https, Some("a"), "/", &[("content-length", "01")]),
        ("GET", https, Some("a"), "/", &[("content-length", "1"), ("content-length", "1")]),
    ] {
        assert_eq!(decoded(parts).map_err(|refusal| refusal.code), Err(Code::BadFraming), "{parts:?}");
    }
    let trace = ("TRACE", https, Some("a"), "/", &[] as &[_]);
    assert_eq!(decoded(trace).map_err(|refusal| refusal.code), Err(Code::MethodNotAllowed));
    let expects = ("GET", https, Some("a"), "/", &[("expect", "tea")] as &[_]);
    assert_eq!(decoded(expects).map_err(|refusal| refusal.code), Err(Code::ExpectationFailed));
}

/// Pieces that heads are made of, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = select(vec![
        "GET",
        "POST",
        "OPTIONS",
        " ",
        "/",
        "*",
        "http://a/",
        "HTTP/1.1",
        "HTTP/1.0",
        "\r\n",
        "\n",
        "\r",
        "Host: a\r\n",
        "Content-Length: 3\r\n",
        "Content-Length:",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding",
        "chunked",
        ":",
        "Connection: close\r\n",
        "x: y\r\n",
        "\t",
        "\0",
        "3",
        ",",
        "_",
        "[::1]",
    ]);
    prop_oneof![8 => known.prop_map(|text| text.as_bytes().to_vec()), 1 => vec(any::<u8>(), 1..4)]
}

/// A good head, a few pieces of which are replaced.
fn nearly_good() -> impl Strategy<Value = Vec<u8>> {
    let good = [
        "POST",
        " ",
        "/",
        " ",
        "HTTP/1.1",
        "\r\n",
        "Host",
        ":",
        " a",
        "\r\n",
        "X",
        ":",
        "y",
        "\r\n",
        "Content-Length",
        ":",
        "3",
        "\r\n",
        "\r\n",
    ];
    vec((0..good.len(), piece()), 0..3).prop_map(move |changes| {
        let mut pieces: Vec<Vec<u8>> = good.iter().map(|text| text.as_bytes().to_vec()).collect();
        for (index, piece) in changes {
            pieces[index] = piece;
        }
        pieces.concat()
    })
}

proptest! {
    #[test]
    fn what_passes_is_read_alike_by_another_parser(head in prop_oneof![nearly_good(), vec(piece(), 0..24).prop_map(|pieces| pieces.concat())]) {
        agreement::assert(&head);
    }

    #[test]
    fn values_end_where_a_look_at_each_byte_ends(bytes in vec(prop_oneof![9 => b'a'..=b'z', 1 => any::<u8>()], 0..40)) {
        let slowly = bytes.iter().position(|&byte| !is_value(byte)).unwrap_or(bytes.len());
        prop_assert_eq!(value_bytes(&bytes), slowly);
    }
}
