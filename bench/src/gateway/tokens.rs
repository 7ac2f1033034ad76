//! Callers with tokens: a key pair, its JWK set, a thousand signed tokens, and the script that sends them in turn.

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::json;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const CALLERS: usize = 1_000;

/// Where they are.
pub(crate) struct Tokens {
    pub(crate) jwks: PathBuf,
    pub(crate) script: PathBuf,
}

/// Writes them into the folder.
pub(crate) fn create(folder: &Path) -> anyhow::Result<Tokens> {
    let random = SystemRandom::new();
    let unspecified = |_| anyhow::anyhow!("a key could not be made");
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(unspecified)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random)
        .map_err(|_| anyhow::anyhow!("a key could not be read"))?;
    // Uncompressed: one byte that says so, then both coordinates.
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwks = folder.join("jwks.json");
    let jwk = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "bench", "use": "sig", "x": encode(x), "y": encode(y)});
    fs::write(&jwks, json!({ "keys": [jwk] }).to_string())?;

    let header = encode(json!({"alg": "ES256", "typ": "JWT", "kid": "bench"}).to_string().as_bytes());
    let expires = jiff::Timestamp::now().as_second() + 24 * 3600;
    let mut script = String::from("local tokens = {\n");
    for caller in 0..CALLERS {
        let claims = json!({"iss": "https://issuer.test", "aud": "bench", "sub": format!("caller-{caller}"), "exp": expires, "roles": ["viewer"]});
        let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
        let signature = key.sign(&random, signed.as_bytes()).map_err(unspecified)?;
        writeln!(script, "  \"{signed}.{}\",", encode(signature.as_ref()))?;
    }
    script.push_str(
        "}\nlocal requests, next_request = {}, 0\n\
         function init(args)\n\
         \x20 for i, token in ipairs(tokens) do\n\
         \x20   requests[i] = wrk.format(nil, nil, {Host = wrk.headers[\"Host\"] or wrk.host, Authorization = \"Bearer \" .. token})\n\
         \x20 end\n\
         end\n\
         function request()\n\
         \x20 next_request = next_request % #requests + 1\n\
         \x20 return requests[next_request]\n\
         end\n",
    );
    let path = folder.join("callers.lua");
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Tokens { jwks, script: path })
}
