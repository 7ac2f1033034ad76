//! Quantities as Kubernetes writes them: `250m`, `2`, `1.5Gi`, `3e9`.

/// Reads a quantity in thousandths of its unit, so that `250m` of a processor is 250; `None` for anything else, and for
/// what is negative or beyond all machines.
#[must_use]
pub(crate) fn thousandths(text: &str) -> Option<u128> {
    let text = text.trim();
    let end = text.find(|character: char| !(character.is_ascii_digit() || character == '.'));
    let (digits, suffix) = text.split_at(end.unwrap_or(text.len()));
    let factor = factor(suffix)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || digits.len() > DIGITS_MAX || fraction.contains('.') {
        return None;
    }
    let number: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    // Kubernetes rounds up what is finer than it counts.
    Some(number.checked_mul(factor)?.div_ceil(scale))
}

const DIGITS_MAX: usize = 24;

/// What one of the suffix is worth, in thousandths.
fn factor(suffix: &str) -> Option<u128> {
    let decimal = |power: u32| 10_u128.checked_pow(power + 3);
    let binary = |power: u32| Some(1000 << (10 * power));
    match suffix {
        "m" => Some(1),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => decimal(suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|power| *power <= 18)?),
    }
}

#[cfg(test)]
mod tests {
    use super::thousandths;

    #[test]
    fn quantities_are_read_with_every_suffix_and_nothing_else_is_one() {
        for (text, expected) in [
            ("250m", Some(250)),
            ("2", Some(2000)),
            ("0.5", Some(500)),
            ("1.5Gi", Some(1_610_612_736_000)),
            ("15671348Ki", Some(16_047_460_352_000)),
            ("3e9", Some(3_000_000_000_000)),
            ("1k", Some(1_000_000)),
            ("0.0001", Some(1)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("-1", None),
            ("12 apples", None),
            ("1e99", None),
            ("99999999999999999999999999999999999999999Ei", None),
        ] {
            assert_eq!(thousandths(text), expected, "{text}");
        }
    }
}
