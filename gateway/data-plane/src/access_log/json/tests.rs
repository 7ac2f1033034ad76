use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn numbers_addresses_and_times() {
    assert_eq!(written(|out| number(out, 0)), "0");
    assert_eq!(written(|out| number(out, u64::MAX)), u64::MAX.to_string());
    for (microseconds, expected) in [(0, "0"), (1, "0.001"), (1_010, "1.01"), (12_300, "12.3"), (5_000, "5")]
    {
        assert_eq!(written(|out| milliseconds(out, microseconds)), expected);
    }
    for address in ["0.0.0.0", "192.0.2.255", "2001:db8::1"] {
        assert_eq!(written(|out| super::address(out, address.parse().unwrap())), address);
    }
    for (endpoint, expected) in [
        (Target::Tcp("192.0.2.1:80".parse().unwrap()), "192.0.2.1:80"),
        (Target::Tcp("[::1]:80".parse().unwrap()), "[::1]:80"),
        (Target::Unix("/run/a\"b".into()), "unix:/run/a\\\"b"),
    ] {
        assert_eq!(written(|out| super::endpoint(out, &endpoint)), expected);
    }
    assert_eq!(written(|out| hex(out, &[0, 0xff, 0x1a])), "00ff1a");
    let mut clock = Clock::default();
    for (unix_ms, expected) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_772_323_200_007, "2026-03-01T00:00:00.007Z"),
        (253_402_300_799_000, "9999-12-31T23:59:59.000Z"),
    ] {
        let time = UNIX_EPOCH + Duration::from_millis(unix_ms);
        assert_eq!(written(|out| clock.write(out, time)), format!("\"{expected}\""));
    }
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let cut = written(|out| text(out, &"é".repeat(TEXT_BYTES_MAX)));
    assert_eq!(cut, format!("\"{}…\"", "é".repeat(TEXT_BYTES_MAX / 2)));
}

proptest! {
    #[test]
    fn every_text_comes_back_as_it_was(original in "\\PC*|[\\x00-\\x7f]*") {
        let json = written(|out| text(out, &original));
        prop_assert!(!json.bytes().any(|byte| byte < 0x20 || byte == 0x7f));
        let back: String = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back, original);
    }
}
