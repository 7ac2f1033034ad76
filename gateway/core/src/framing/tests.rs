use super::*;

#[test]
fn plain_heads_pass() {
    for head in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nhost: a\r\nX_y: \r\n\r\n",
        "POST /a?b HTTP/1.1\r\nHost:a\r\nContent-Length: 3 \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
    ] {
        assert_eq!(check(head.as_bytes()), Ok(()), "{head:?}");
    }
}

#[test]
fn ambiguous_heads_are_refused() {
    for lines in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n",
        "Host: a\r\nContent-Length: 3, 3\r\n",
        "Host: a\r\nContent-Length: +3\r\n",
        "Host: a\r\nContent-Length: 0x3\r\n",
        "Host: a\r\nContent-Length: \r\n",
        "Host: a\r\nContent-Length: 9223372036854775808\r\n",
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: identity\r\n",
        "Host: a\r\nTransfer-Encoding : chunked\r\n",
        "Host: a\r\n folded: b\r\n",
        "Host: a\nX: b\r\n",
        "Host: a\r\nX: b\n",
        "Host: a\r\nno colon\r\n",
        "\r\nHost: a\r\n",
    ] {
        let head = format!("POST / HTTP/1.1\r\n{lines}\r\n");
        let refused = check(head.as_bytes()).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(Code::BadFraming), "{head:?}");
    }
    for head in [
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        assert!(check(head.as_bytes()).is_err(), "{head:?}");
    }
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(HEAD_BYTES_MAX));
    assert!(check(long.as_bytes()).is_err());
}
