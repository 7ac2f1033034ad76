//! Quantities: `500m`, `3Gi`, `10`.

/// The number that a quantity stands for, in units of its resource (cores, bytes, objects); `None` for anything else.
#[must_use]
pub(crate) fn quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let end =
        text.find(|character: char| !matches!(character, '0'..='9' | '.' | '-' | '+')).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let number: f64 = digits.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => f64::from(1 << 10),
        "Mi" => f64::from(1 << 20),
        "Gi" => f64::from(1 << 30),
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        _ => 10_f64.powi(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn suffixes_are_read() {
        let cases = [
            ("10", Some(10.0)),
            ("500m", Some(0.5)),
            ("1.5", Some(1.5)),
            ("3Gi", Some(3_221_225_472.0)),
            ("3000Mi", Some(3_145_728_000.0)),
            ("1G", Some(1e9)),
            ("2e3", Some(2000.0)),
            ("15671352Ki", Some(16_047_464_448.0)),
            ("", None),
            ("Gi", None),
            ("10 apples", None),
        ];
        for (text, expected) in cases {
            assert_eq!(quantity(text), expected, "{text}");
        }
    }
}
