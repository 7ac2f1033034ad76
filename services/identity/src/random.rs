//! Texts that nobody can guess, and their hashes.

use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// The machine gives no randomness. Not expected of one that has started.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// So many random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The same in hexadecimal.
pub(crate) fn hex<const N: usize>() -> Result<String, NoRandomness> {
    Ok(hex::encode(bytes::<N>()?))
}

pub(crate) fn sha256_hex(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
