use super::*;

const REQUEST: &[u8] =
    b"POST /a?b=%20 HTTP/1.1\r\nHOST: h\r\nX-iD: 1\r\naccept: a\r\nAccept: b\r\nContent-length: 3\r\n\r\n";

fn written(headers: &HeaderMap, spelling: &Spelling) -> String {
    let mut out = Vec::new();
    write_fields(&mut out, headers, spelling);
    String::from_utf8(out).unwrap()
}

fn head(bytes: &[u8]) -> (Box<ResponseHeader>, Spelling, usize) {
    match answer(bytes) {
        Answer::Head(head, spelling, end) => (head, spelling, end),
        Answer::Partial => panic!("partial"),
        Answer::Invalid(reason) => panic!("{reason}"),
    }
}

#[test]
fn a_request_goes_on_as_it_was_written_but_for_its_framing() {
    let (request, spelling) = request(Bytes::from_static(REQUEST)).unwrap();
    let mut line = Vec::new();
    write_request_line(&mut line, &request);
    assert_eq!(line, b"POST /a?b=%20 HTTP/1.1\r\n");
    assert_eq!(written(&request.headers, &spelling), "HOST: h\r\nX-iD: 1\r\naccept: a\r\nAccept: b\r\n");
}

#[test]
fn what_is_removed_and_added_does_not_disturb_the_spelling_of_the_others() {
    let (mut request, spelling) = request(Bytes::from_static(REQUEST)).unwrap();
    request.remove_header("host");
    request.insert_header("x-new", "n").unwrap();
    request.insert_header("x-id", "2").unwrap();
    let text = written(&request.headers, &spelling);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["Accept: b", "X-iD: 2", "accept: a", "x-new: n"]);
}

#[test]
fn an_absolute_target_has_its_path_for_the_hooks() {
    let bytes = Bytes::from_static(b"GET http://h/p?q HTTP/1.0\r\nHost: h\r\n\r\n");
    let (request, _) = request(bytes).unwrap();
    assert_eq!((request.uri.path(), request.uri.query()), ("/p", Some("q")));
    assert_eq!((request.version, request.headers["host"].as_bytes()), (Version::HTTP_10, &b"h"[..]));
}

#[test]
fn an_answer_has_its_status_words_and_end() {
    let bytes = b"HTTP/1.1 418 Short and stout\r\nETag: \"a\"\r\nX: 1\r\n\r\nbody";
    let (head, spelling, end) = head(bytes);
    assert_eq!(&bytes[end..], b"body");
    let mut line = Vec::new();
    write_status_line(&mut line, &head);
    assert_eq!(line, b"HTTP/1.1 418 Short and stout\r\n");
    assert_eq!(written(&head.headers, &spelling), "ETag: \"a\"\r\nX: 1\r\n");
}

#[test]
fn a_usual_reason_and_a_missing_one_stay_what_they_are() {
    for (line, written) in [
        ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n"),
        ("HTTP/1.0 200", "HTTP/1.1 200 \r\n"),
        ("HTTP/1.1 599 ", "HTTP/1.1 599 \r\n"),
    ] {
        let mut out = Vec::new();
        write_status_line(&mut out, &head(format!("{line}\r\n\r\n").as_bytes()).0);
        assert_eq!(String::from_utf8(out).unwrap(), written, "{line}");
    }
}

#[test]
fn a_folded_value_is_in_one_line() {
    let (head, ..) = head(b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\n\r\n");
    assert_eq!(head.headers["x"], "a b c");
}

#[test]
fn no_beginning_of_an_answer_is_taken_for_one() {
    let whole = b"HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 0\r\n\r\n";
    for end in 0..whole.len() {
        assert!(matches!(answer(&whole[..end]), Answer::Partial), "{end}");
    }
}

#[test]
fn what_is_no_answer_is_told_apart_from_one_that_is_not_complete() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: 1\r\n".repeat(FIELDS_MAX + 1));
    for bytes in [
        &b"SSH-2.0-x\r\n"[..],
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX\0: a\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        many.as_bytes(),
    ] {
        assert!(matches!(answer(bytes), Answer::Invalid(_)), "{}", bytes.escape_ascii());
    }
}
