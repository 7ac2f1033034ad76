use super::*;

/// The content, how many bytes were taken and whether that was all, when it arrives in two parts.
fn in_two(mut body: Incoming, bytes: &[u8], cut: usize) -> Result<(Vec<u8>, usize, bool), Malformed> {
    let mut content = Vec::new();
    let first = body.take(&bytes[..cut], |piece| content.extend_from_slice(piece))?;
    let mut taken = first;
    if first == cut {
        taken += body.take(&bytes[cut..], |piece| content.extend_from_slice(piece))?;
    }
    Ok((content, taken, body.is_over()))
}

fn chunked() -> Incoming {
    Incoming::Chunked(Chunks::default(), 0)
}

#[test]
fn chunks_have_the_same_content_wherever_they_are_cut() {
    let bytes = b"3;a=b\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX: 1\r\n\r\nGET ";
    for cut in 0..bytes.len() {
        let (content, taken, over) = in_two(chunked(), bytes, cut).unwrap();
        assert_eq!(
            (&*content, &bytes[taken..], over),
            (&b"abc0123456789abcdef"[..], &b"GET "[..], true),
            "{cut}"
        );
    }
}

#[test]
fn a_length_leaves_what_follows_it() {
    for cut in 0..6 {
        assert_eq!(in_two(Incoming::Length(3), b"abcdef", cut).unwrap(), (b"abc".to_vec(), 3, true), "{cut}");
    }
    assert!(Incoming::of(&Extent::Length(0)).is_over());
}

#[test]
fn without_an_end_everything_is_content() {
    assert_eq!(in_two(Incoming::UntilClose, b"abc", 1).unwrap(), (b"abc".to_vec(), 3, false));
}

#[test]
fn what_has_no_end_is_malformed() {
    let long = format!("3;{}", "a".repeat(OVERHEAD_BYTES_MAX));
    let trailers = format!("0\r\n{}", "X: 1\r\n".repeat(OVERHEAD_BYTES_MAX / 6 + 1));
    for bytes in ["xyz\r\n", "3\r\nabcd", "-1\r\n", "ffffffffffffffff\r\n", "3 \r\nabc\r\n", &long, &trailers]
    {
        assert!(in_two(chunked(), bytes.as_bytes(), 0).is_err(), "{bytes}");
    }
}

fn out(mut framing: Outgoing, pieces: &[&str]) -> (String, bool) {
    let mut out = Vec::new();
    for piece in pieces {
        framing.push(&mut out, piece.as_bytes());
    }
    let whole = framing.finish(&mut out);
    (String::from_utf8(out).unwrap(), whole)
}

#[test]
fn pieces_become_chunks_and_none_of_them_the_last() {
    let sixteen = "0123456789abcdef";
    let written = format!("1\r\na\r\n10\r\n{sixteen}\r\n0\r\n\r\n");
    assert_eq!(out(Outgoing::Chunked, &["a", "", sixteen]), (written, true));
}

#[test]
fn a_length_is_kept_to() {
    assert_eq!(out(Outgoing::Length(3), &["ab", "cd"]), ("abc".to_owned(), true));
    assert_eq!(out(Outgoing::Length(3), &["ab"]), ("ab".to_owned(), false));
    assert_eq!(out(Outgoing::Empty, &["ab"]), (String::new(), true));
    assert_eq!(out(Outgoing::UntilClose, &["ab", "c"]), ("abc".to_owned(), true));
}
