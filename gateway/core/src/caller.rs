//! Who calls, however it was proved.

use crate::resource::Consumer;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// Someone known.
#[derive(Clone, PartialEq)]
pub struct Caller {
    /// The consumer's name, or the token's `sub`.
    pub name: String,
    /// The project it belongs to; may be empty.
    pub project: String,
    /// What it may do, in words routes and services agree on.
    pub roles: Vec<String>,
    /// All claims of the token; empty for consumers.
    pub claims: Map<String, Value>,
    /// How it was proved.
    pub kind: CallerKind,
    /// Equal for callers of equal name, project, roles and kind.
    pub fingerprint: [u8; 16],
}

/// How it was proved who calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// By a consumer's key.
    Key,
    /// By a consumer's password.
    Basic,
    /// By a token of the issuer of this name.
    Jwt(String),
}

impl Caller {
    /// A caller.
    #[must_use]
    pub fn new(
        name: String,
        project: String,
        roles: Vec<String>,
        claims: Map<String, Value>,
        kind: CallerKind,
    ) -> Self {
        let fingerprint = fingerprint(&name, &project, &roles, &kind);
        Self { name, project, roles, claims, kind, fingerprint }
    }

    /// The consumer as a caller.
    #[must_use]
    pub fn consumer(consumer: &Consumer, kind: CallerKind) -> Self {
        let Consumer { name, project, roles, .. } = consumer;
        Self::new(name.clone(), project.clone(), roles.clone(), Map::new(), kind)
    }

    /// The values of a claim as texts: of a text, number or truth value one, of an array one for each of those in it.
    /// `name` may lead into objects by dots, if no claim has the whole name.
    pub fn claim_values(&self, name: &str) -> impl Iterator<Item = String> + '_ {
        let value = claim(&self.claims, name);
        let (one, many) = match value {
            Some(Value::Array(values)) => (None, values.as_slice()),
            other => (other, &[][..]),
        };
        one.into_iter().chain(many).filter_map(scalar)
    }
}

/// A claim of the whole name, or the one its dots lead to.
pub(crate) fn claim<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        claim(claims.get(first)?.as_object()?, rest)
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn fingerprint(name: &str, project: &str, roles: &[String], kind: &CallerKind) -> [u8; 16] {
    let mut hash = Sha256::new();
    let (kind, issuer) = match kind {
        CallerKind::Key => ("key", ""),
        CallerKind::Basic => ("basic", ""),
        CallerKind::Jwt(issuer) => ("jwt", issuer.as_str()),
    };
    for part in [kind, issuer, name, project].into_iter().chain(roles.iter().map(String::as_str)) {
        // With its length, so that no two lists of parts run together to the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

/// Without the claims: they are the caller's business.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}
