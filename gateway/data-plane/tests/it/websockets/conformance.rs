//! What RFC 6455 (sections 5 to 7) has to say about frames, said to an echo server, directly and through the gateway. Where there is
//! no Autobahn, this is what shows that the gateway is not noticed.

use super::{
    echo::{echo, serve},
    start,
    wire::{MASK, frame, head, masked, rest},
};
use crate::streams::UPGRADE;
use tokio::{io::AsyncWriteExt, net::TcpStream};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
/// Of a message in fragments.
const FIRST: u8 = 0x01;
const MORE: u8 = 0x00;
const LAST: u8 = 0x80;

/// What a client says, under a name.
type Case = (String, Vec<u8>);

fn case(name: impl Into<String>, frames: &[(u8, &[u8])]) -> Case {
    (name.into(), frames.iter().flat_map(|(first, payload)| masked(*first, payload)).collect())
}

fn lengths(cases: &mut Vec<Case>) {
    for kind in [TEXT, BINARY] {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            cases.push(case(format!("{kind:x} of {length} bytes"), &[(kind, &vec![b'*'; length])]));
        }
    }
    for (name, header) in [
        ("a short length in two bytes", &[TEXT, 0xfe, 0, 5][..]),
        ("a short length in eight bytes", &[TEXT, 0xff, 0, 0, 0, 0, 0, 0, 0, 5]),
        ("a length beyond all measure", &[TEXT, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        cases.push((name.to_owned(), [header, &MASK, &MASK, &[0]].concat()));
    }
}

fn fragments(cases: &mut Vec<Case>) {
    let many: Vec<(u8, &[u8])> = [(FIRST, &b"1"[..])]
        .into_iter()
        .chain((0..50).map(|_| (MORE, &b"more"[..])))
        .chain([(LAST, &b"."[..])])
        .collect();
    cases.push(case("many fragments", &many));
    for (name, frames) in [
        ("two fragments", &[(FIRST, &b"one"[..]), (LAST, b"two")][..]),
        ("empty fragments", &[(FIRST, b""), (MORE, b""), (LAST, b"")]),
        ("an empty first fragment", &[(FIRST, b""), (LAST, b"text")]),
        ("an empty last fragment", &[(FIRST, b"text"), (LAST, b"")]),
        ("a ping between fragments", &[(FIRST, b"one"), (PING, b"?"), (LAST, b"two")]),
        ("a pong between fragments", &[(FIRST, b"one"), (PONG, b"!"), (LAST, b"two")]),
        ("a close frame between fragments", &[(FIRST, b"one"), (CLOSE, &[3, 232]), (LAST, b"two")]),
        ("a message between fragments", &[(FIRST, b"one"), (TEXT, b"other"), (LAST, b"two")]),
        ("a message begun between fragments", &[(FIRST, b"one"), (FIRST, b"other"), (LAST, b"two")]),
        ("a continuation of nothing", &[(MORE, b"x"), (TEXT, b"after")]),
        ("an end of nothing", &[(LAST, b"x"), (TEXT, b"after")]),
        ("a message after another in fragments", &[(FIRST, b"one"), (LAST, b"two"), (TEXT, b"three")]),
        ("a message that does not end", &[(FIRST, b"one")]),
    ] {
        cases.push(case(name, frames));
    }
}

fn control(cases: &mut Vec<Case>) {
    for kind in [PING, PONG] {
        for length in [0, 1, 125, 126, 65_536] {
            cases.push(case(
                format!("{kind:x} of {length} bytes"),
                &[(kind, &vec![0xfe; length]), (TEXT, b"after")],
            ));
        }
        cases.push(case(
            format!("{kind:x} in fragments"),
            &[(kind & 0xf, b"x"), (LAST, b"y"), (TEXT, b"after")],
        ));
        cases.push(case(format!("ten times {kind:x}"), &[(kind, &b"x"[..]); 10]));
    }
}

fn reserved(cases: &mut Vec<Case>) {
    for bits in 1..8 {
        let name = |kind| format!("reserved bits {bits} of {kind}");
        cases.push(case(name("text"), &[(TEXT | bits << 4, b"x"), (TEXT, b"after")]));
    }
    cases.push(case("a reserved bit of a ping", &[(PING | 0x40, b"x"), (TEXT, b"after")]));
    cases.push(case("a reserved bit of a close frame", &[(CLOSE | 0x40, &[3, 232])]));
    for opcode in (3..8).chain(11..16) {
        cases.push(case(format!("opcode {opcode}"), &[(0x80 | opcode, b"x"), (TEXT, b"after")]));
        cases.push(case(format!("opcode {opcode} after text"), &[(TEXT, b"before"), (0x80 | opcode, b"")]));
    }
    cases.push(("no mask".to_owned(), frame(TEXT, b"plain")));
}

fn texts(cases: &mut Vec<Case>) {
    for text in ["é", "€", "𐍈", "\u{0}", "\u{7f}", "\u{fffe}", "\u{10ffff}"] {
        cases.push(case(format!("{text:?}"), &[(TEXT, text.as_bytes())]));
    }
    let euro = "€".as_bytes();
    cases.push(case("a character in two fragments", &[(FIRST, &euro[..1]), (LAST, &euro[1..])]));
    cases.push(case("half a character", &[(FIRST, b"text"), (LAST, &euro[..2])]));
    for bytes in [
        &[0xc0, 0xaf][..],
        &[0xed, 0xa0, 0x80],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xff],
        &[0x80],
        &[0xe2, 0x28, 0xa1],
    ] {
        cases.push(case(format!("no text: {bytes:x?}"), &[(TEXT, bytes), (TEXT, b"after")]));
        cases.push(case(format!("no text later: {bytes:x?}"), &[(FIRST, b"text"), (LAST, bytes)]));
        cases.push(case(format!("any bytes: {bytes:x?}"), &[(BINARY, bytes)]));
    }
}

fn closing(cases: &mut Vec<Case>) {
    for code in [
        0_u16, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1016,
        2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535,
    ] {
        cases.push(case(format!("close {code}"), &[(CLOSE, &code.to_be_bytes())]));
    }
    let reason = |bytes: &[u8]| [&[3, 232], bytes].concat();
    for (name, payload) in [
        ("close without a code", Vec::new()),
        ("close with half a code", vec![3]),
        ("close with a reason", reason(b"bye")),
        ("close with the longest reason", reason(&[b'x'; 123])),
        ("close with too long a reason", reason(&[b'x'; 124])),
        ("close with a reason that is no text", reason(&[0xff])),
    ] {
        cases.push(case(name, &[(CLOSE, &payload)]));
    }
    cases.push(case("words after the last", &[(CLOSE, &reason(b"")), (TEXT, b"more"), (PING, b"?")]));
    cases.push(case("close twice", &[(CLOSE, &reason(b"")), (CLOSE, &reason(b""))]));
}

/// Says it in pieces of so many bytes, then closes; everything that comes back.
async fn said(address: &str, bytes: &[u8], piece: usize) -> Vec<u8> {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.set_nodelay(true).unwrap();
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    assert!(head(&mut client).await.starts_with("HTTP/1.1 101 "));
    let (mut reading, mut writing) = client.into_split();
    let write = async {
        for piece in bytes.chunks(piece) {
            writing.write_all(piece).await.unwrap();
        }
        writing.write_all(&masked(CLOSE, &[3, 232])).await.unwrap();
    };
    let ((), answer) = tokio::join!(write, rest(&mut reading));
    answer
}

#[tokio::test]
async fn what_comes_back_is_the_same_to_the_byte() {
    let mut cases = Vec::new();
    for add in [lengths, fragments, control, reserved, texts, closing] {
        add(&mut cases);
    }
    assert!(cases.len() > 120, "{} cases", cases.len());
    let address = serve(echo).await;
    let setup = start(&address, "", "").await;
    let through = setup.address().to_string();
    let mut answers = 0;
    for (name, bytes) in &cases {
        for piece in [usize::MAX, if bytes.len() < 300 { 1 } else { 1000 }] {
            let (expected, got) = (said(&address, bytes, piece).await, said(&through, bytes, piece).await);
            assert!(
                expected == got,
                "{name}, {piece} bytes at a time: {} bytes and not {}",
                got.len(),
                expected.len()
            );
            answers += usize::from(expected.contains(&CLOSE));
        }
    }
    assert!(answers > cases.len(), "only {answers} of them were answered with a close frame");
}
