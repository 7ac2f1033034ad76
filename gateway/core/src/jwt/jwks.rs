//! Sets of public keys (RFC 7517, RFC 7518 section 6, RFC 8037).

use super::Algorithm;
use crate::base64;
use serde_json::{Map, Value};

/// The largest key set that is read, in bytes.
pub const SET_BYTES_MAX: usize = 256 << 10;
/// The most keys of a set that are used.
const KEYS_MAX: usize = 64;
/// Shorter RSA keys are not safe (RFC 7518 section 3.3), longer ones cost too much.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public key and what it may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `kid`.
    pub id: Option<String>,
    /// The algorithms it is for; at least one, never one of a shared secret.
    pub algorithms: Vec<Algorithm>,
    /// The numbers.
    pub material: Material,
}

/// The numbers of a public key, in base64url as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// Modulus and exponent.
    Rsa {
        /// `n`.
        modulus: String,
        /// `e`.
        exponent: String,
    },
    /// A point of P-256 or P-384.
    Ec {
        /// `x`.
        x: String,
        /// `y`.
        y: String,
    },
    /// An Ed25519 key.
    Ed {
        /// `x`.
        x: String,
    },
}

/// What a set holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    /// The keys for signatures that we can check.
    pub keys: Vec<PublicKey>,
    /// Why others were left out.
    pub skipped: Vec<String>,
}

/// Reads a JWK set. Keys that are for something else, or of a kind we do not know, are left out as RFC 7517 section 5 asks; so are
/// shared secrets, which have no place among public keys.
///
/// # Errors
/// It is not a set, or no key of it can be used.
pub fn parse(bytes: &[u8]) -> Result<KeySet, String> {
    if bytes.len() > SET_BYTES_MAX {
        return Err(format!("a key set must not be larger than {SET_BYTES_MAX} bytes"));
    }
    let set: Value = serde_json::from_slice(bytes).map_err(|error| format!("not a JWK set: {error}"))?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or("not a JWK set: there is no array named keys")?;
    let mut parsed = KeySet::default();
    for (index, key) in keys.iter().enumerate() {
        let key = key.as_object().ok_or_else(|| "it is not an object".to_owned()).and_then(public_key);
        match key {
            _ if parsed.keys.len() >= KEYS_MAX => {
                parsed.skipped.push(format!("keys[{index}]: more than {KEYS_MAX} keys are not used"));
                break;
            }
            Ok(key) => parsed.keys.push(key),
            Err(why) => parsed.skipped.push(format!("keys[{index}]: {why}")),
        }
    }
    if parsed.keys.is_empty() {
        let why = if keys.is_empty() { "it is empty".to_owned() } else { parsed.skipped.join("; ") };
        return Err(format!("no key of the set can check signatures: {why}"));
    }
    Ok(parsed)
}

fn public_key(key: &Map<String, Value>) -> Result<PublicKey, String> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|usage| usage != "sig") {
        return Err("it is not for signatures".to_owned());
    }
    let verifies = |operations: &Vec<Value>| operations.iter().any(|operation| operation == "verify");
    if !key.get("key_ops").and_then(Value::as_array).is_none_or(verifies) {
        return Err("it is not for checking signatures".to_owned());
    }
    let number = |name: &str, bytes: &dyn Fn(usize) -> bool| {
        let number = text(name).ok_or_else(|| format!("{name} is missing"))?;
        let decoded = base64::decode_url(number).ok_or_else(|| format!("{name} is not base64url"))?;
        let significant = decoded.iter().skip_while(|byte| **byte == 0).count();
        // A point's coordinates keep their zeros, other numbers have none.
        if bytes(decoded.len()) && significant > 0 {
            Ok(number.to_owned())
        } else {
            Err(format!("{name} has a wrong length"))
        }
    };
    let (possible, material) = match (text("kty").unwrap_or_default(), text("crv").unwrap_or_default()) {
        ("RSA", _) => {
            let modulus = number("n", &|bytes| RSA_BYTES.contains(&bytes))?;
            let material = Material::Rsa { modulus, exponent: number("e", &|bytes| bytes <= 8)? };
            use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
            (vec![RS256, RS384, RS512, PS256, PS384, PS512], material)
        }
        ("EC", curve @ ("P-256" | "P-384")) => {
            let (algorithm, bytes) =
                if curve == "P-256" { (Algorithm::ES256, 32) } else { (Algorithm::ES384, 48) };
            let coordinate = |name| number(name, &|found| found == bytes);
            (vec![algorithm], Material::Ec { x: coordinate("x")?, y: coordinate("y")? })
        }
        ("OKP", "Ed25519") => {
            (vec![Algorithm::EdDSA], Material::Ed { x: number("x", &|bytes| bytes == 32)? })
        }
        ("oct", _) => {
            return Err("a shared secret has no place in a set of public keys; use secret_file".to_owned());
        }
        (kind, curve) => return Err(format!("keys of the kind {kind:?} {curve:?} are not supported")),
    };
    let algorithms = match text("alg") {
        None => possible,
        // RFC 9864 gives Ed25519 a name of its own.
        Some("Ed25519") if possible == [Algorithm::EdDSA] => possible,
        Some(name) => possible.into_iter().filter(|algorithm| algorithm.to_string() == name).collect(),
    };
    if algorithms.is_empty() {
        return Err(format!("alg {:?} does not go with this key", text("alg").unwrap_or_default()));
    }
    Ok(PublicKey { id: text("kid").map(str::to_owned), algorithms, material })
}
