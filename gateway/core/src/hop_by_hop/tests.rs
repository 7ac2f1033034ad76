use super::*;

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines.iter().map(|&(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}

fn appended(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for &(name, value) in lines {
        map.append(name, value.parse().unwrap());
    }
    map
}

#[test]
fn only_a_real_handshake_opens_a_websocket() {
    let good = headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")]);
    assert!(opens_websocket(&Method::GET, Version::HTTP_11, &good));
    assert!(!opens_websocket(&Method::POST, Version::HTTP_11, &good));
    assert!(!opens_websocket(&Method::GET, Version::HTTP_10, &good));
    for lines in [
        &[("upgrade", "websocket")] as &[_],
        &[("connection", "close"), ("upgrade", "websocket")],
        &[("connection", "upgrade"), ("upgrade", "h2c")],
        &[("connection", "upgrade"), ("upgrade", "websocket, h2c")],
        &[("connection", "upgrade"), ("upgrade", "websocket"), ("upgrade", "h2c")],
        &[("connection", "upgrade")],
    ] {
        assert!(!opens_websocket(&Method::GET, Version::HTTP_11, &appended(lines)), "{lines:?}");
    }
}

#[test]
fn responses_lose_what_was_for_one_hop() {
    let response = appended(&[
        ("connection", "X-Local, keep-alive"),
        ("connection", "content-length, transfer-encoding, absent"),
        ("keep-alive", "timeout=5"),
        ("x-local", "1"),
        ("x-far", "1"),
        ("content-length", "3"),
        ("trailer", "x"),
        ("upgrade", "h2"),
        ("proxy-connection", "close"),
    ]);
    let names: Vec<String> = not_for_the_client(&response).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["x-local", "keep-alive", "keep-alive", "proxy-connection", "trailer", "upgrade"]);
    assert_eq!(not_for_the_client(&headers(&[("x-far", "1")])), Vec::<HeaderName>::new());
}

#[test]
fn trailers_are_taken_when_said_so() {
    assert!(takes_trailers(&headers(&[("te", "gzip;q=0.5, Trailers")])));
    assert!(!takes_trailers(&headers(&[("te", "gzip")])));
    assert!(!takes_trailers(&headers(&[])));
}

#[test]
fn a_response_with_two_readings_is_not_clear() {
    assert!(response_is_clear(&headers(&[("content-length", "3")])));
    assert!(response_is_clear(&headers(&[("transfer-encoding", "chunked")])));
    for lines in [
        &[("transfer-encoding", "gzip, chunked")] as &[_],
        &[("transfer-encoding", "identity")],
        &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
        &[("transfer-encoding", "chunked"), ("content-length", "3")],
    ] {
        assert!(!response_is_clear(&appended(lines)), "{lines:?}");
    }
}
