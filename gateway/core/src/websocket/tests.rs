use super::*;
use proptest::prelude::*;

/// A frame with such a payload.
fn frame(payload: usize, masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut bytes = vec![0x82];
    match payload {
        0..126 => bytes.push(mask | payload as u8),
        126..65_536 => {
            bytes.push(mask | 126);
            bytes.extend((payload as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask | 127);
            bytes.extend((payload as u64).to_be_bytes());
        }
    }
    bytes.extend(std::iter::repeat_n(7, payload + if masked { 4 } else { 0 }));
    bytes
}

proptest! {
    #[test]
    fn borders_are_found_however_the_bytes_arrive(
        sizes in prop::collection::vec((prop_oneof![0_usize..300, 65_000_usize..66_000], any::<bool>()), 1..6),
        piece in 1_usize..5_000,
    ) {
        let mut borders = vec![0];
        let mut bytes = Vec::new();
        for (size, masked) in sizes {
            bytes.extend(frame(size, masked));
            borders.push(bytes.len());
        }
        let mut frames = Frames::default();
        let mut passed = 0;
        for chunk in bytes.chunks(piece) {
            frames.pass(chunk);
            passed += chunk.len();
            prop_assert_eq!(frames.may_follow(), borders.contains(&passed), "after {} bytes", passed);
        }
    }
}

#[test]
fn lengths_beyond_all_measure_do_no_harm() {
    let mut frames = Frames::default();
    frames.pass(&[0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    frames.pass(&[0; 10_000]);
    assert!(!frames.may_follow());
}

#[test]
fn pongs_alone_are_nothing_said() {
    let mut frames = Frames::default();
    assert!(!frames.pass(&[0x8a, 0x82, 1, 2, 3, 4, 5]));
    assert!(!frames.pass(&[6]));
    assert!(!frames.pass(&[0x8a, 0]));
    assert!(frames.pass(&[0x8a, 0, 0x81]));
    assert!(frames.pass(&[1]));
    assert!(frames.pass(b"x"));
    assert!(!frames.pass(&[]));
}

#[test]
fn nothing_follows_a_close_frame() {
    let mut frames = Frames::default();
    frames.pass(&[0x81, 1, b'x']);
    assert!(frames.may_follow() && !frames.are_closed());
    frames.pass(&close(GOING_AWAY, "", None));
    assert!(!frames.may_follow() && frames.are_closed());
}

#[test]
fn close_frames_have_a_code_and_a_reason() {
    assert_eq!(close(1001, "bye", None), [&[0x88, 5, 0x03, 0xe9][..], b"bye"].concat());
    let masked = close(1001, "bye", Some([1, 2, 3, 4]));
    assert_eq!(masked, [0x88, 0x85, 1, 2, 3, 4, 0x03 ^ 1, 0xe9 ^ 2, b'b' ^ 3, b'y' ^ 4, b'e' ^ 1]);
    let long = close(1001, &"ä".repeat(100), None);
    assert_eq!((long.len(), long[1]), (2 + 2 + 122, 2 + 122), "cut between characters");
}
