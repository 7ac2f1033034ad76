//! Shared secrets for HMAC signatures.

use super::Algorithm;

/// RFC 7518 section 3.2: a key must not be shorter than the hash.
const BYTES_MIN: usize = 32;

/// Reads a secret in hexadecimal digits.
///
/// # Errors
/// It is not hexadecimal, or shorter than 32 bytes.
pub fn parse(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim().as_bytes();
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
        _ => None,
    });
    let key: Option<Vec<u8>> = pairs.collect();
    let key = key.ok_or("the file does not hold hexadecimal digits")?;
    if key.len() < BYTES_MIN {
        return Err(format!(
            "the key has {} bytes, at least {BYTES_MIN} are needed; try: openssl rand -hex 32",
            key.len()
        ));
    }
    Ok(key)
}

fn digit(char: u8) -> Option<u8> {
    // A hexadecimal digit fits.
    char::from(char).to_digit(16).map(|digit| digit as u8)
}

/// The algorithms that a secret is long enough for.
#[must_use]
pub fn algorithms(key: &[u8]) -> Vec<Algorithm> {
    let all = [(32, Algorithm::HS256), (48, Algorithm::HS384), (64, Algorithm::HS512)];
    all.into_iter().filter(|(bytes, _)| key.len() >= *bytes).map(|(_, algorithm)| algorithm).collect()
}
