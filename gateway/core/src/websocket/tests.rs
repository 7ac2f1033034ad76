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
            prop_assert_eq!(frames.are_complete(), borders.contains(&passed), "after {} bytes", passed);
        }
    }
}

#[test]
fn lengths_beyond_all_measure_do_no_harm() {
    let mut frames = Frames::default();
    frames.pass(&[0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    frames.pass(&[0; 10_000]);
    assert!(!frames.are_complete());
}
