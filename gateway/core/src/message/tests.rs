use super::*;
use proptest::prelude::*;

#[test]
fn a_head_ends_at_its_first_empty_line() {
    for (bytes, end) in [
        (&b"GET / HTTP/1.1\r\nHost: h\r\n\r\nrest\r\n\r\n"[..], Some(27)),
        (b"GET / HTTP/1.1\nHost: h\n\nrest", Some(24)),
        (b"GET / HTTP/1.1\nHost: h\n\r\nrest", Some(25)),
        (b"\r\nGET / HTTP/1.1\r\n\r\n", Some(2)),
        (b"GET / HTTP/1.1\r\nHost: h\r\n", None),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r", None),
        (b"", None),
    ] {
        assert_eq!(head_end(bytes, 0), end, "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn a_chunked_body_ends_where_it_ends() {
    for (body, taken, over) in [
        (&b"0\r\n\r\nGET"[..], 5, true),
        (b"5\r\nhello\r\n0\r\n\r\nGET", 15, true),
        (b"a;ext=\"1\"\r\n0123456789\r\n00\r\nTrailer: x\r\nOther: y\r\n\r\nGET", 51, true),
        (b"5\r\nhello", 8, false),
        (b"5\nhello\r\n0\r\n\r\nGET", 17, false),
        (b"5\r\nhelloX\n0\r\n\r\nGET", 18, false),
        (b"10000000000000000\r\nGET", 22, false),
        (b"0\r\nTrailer: x\n\r\nGET", 19, false),
        (b"\r\n0\r\n\r\nGET", 10, false),
        (b"1 \r\nx\r\n0\r\n\r\nGET", 15, false),
        (b"1;\nx\r\n0\r\n\r\nGET", 14, false),
        (b"1;\x01\r\nx\r\n0\r\n\r\nGET", 16, false),
    ] {
        let mut extent = Extent::Chunked(Chunks::Start);
        let shown = body.escape_ascii().to_string();
        assert_eq!((extent.take(body), extent.is_over()), (taken, over), "{shown}");
        assert_eq!(extent.is_broken(), taken == body.len() && shown.ends_with("GET"), "{shown}");
    }
}

proptest! {
    /// However the bytes are cut into reads, exactly those of the message are taken.
    #[test]
    fn the_end_does_not_depend_on_the_cuts(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
        rest in prop::collection::vec(any::<u8>(), 0..20),
        step in 1usize..17,
    ) {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        let length = body.len();
        body.extend(&rest);
        for mut extent in [Extent::Chunked(Chunks::Start), Extent::Length(length as u64)] {
            let mut taken = 0;
            for part in body.chunks(step) {
                let now = extent.take(part);
                taken += now;
                if now < part.len() {
                    break;
                }
            }
            prop_assert_eq!(taken, length);
            prop_assert!(extent.is_over());
        }
    }

    #[test]
    fn a_head_is_found_however_it_arrives(
        lines in prop::collection::vec("[a-z: ]{1,12}", 1..6),
        rest in "[a-z\r\n]{0,20}",
        step in 1usize..9,
    ) {
        let head = lines.join("\r\n") + "\r\n\r\n";
        let all = format!("{head}{rest}");
        let (mut seen, mut found) = (0, None);
        while found.is_none() {
            let arrived = (seen + step).min(all.len());
            found = head_end(&all.as_bytes()[..arrived], seen);
            seen = arrived;
        }
        prop_assert_eq!(found, Some(head.len()));
    }
}
