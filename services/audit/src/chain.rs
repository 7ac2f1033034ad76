//! How links hold on to each other.

use sha2::{Digest, Sha256};

/// What the first link points at.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Hashed first, so that no other program's hash can be passed off as a link, and a new encoding gets a new name.
const DOMAIN: &str = "aetherius.audit.link.v1";

/// What a link says, besides its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) message_id: String,
    pub(crate) action: String,
    pub(crate) project_id: String,
    pub(crate) subject: String,
    pub(crate) trace_id: String,
    pub(crate) payload_hash: String,
    /// As it is stored: what is hashed must be what is kept, to the letter.
    pub(crate) recorded_at: String,
}

/// One link as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) seq: i64,
    pub(crate) entry: Entry,
    pub(crate) previous_hash: String,
    pub(crate) hash: String,
}

/// The end of a chain: what the next link must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) hash: String,
}

impl Head {
    /// The end of a chain without links.
    pub(crate) fn genesis() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }

    /// The link that puts `entry` behind this end.
    pub(crate) fn forge(&self, entry: Entry) -> Link {
        let seq = self.seq + 1;
        let hash = hash(seq, &entry, &self.hash);
        Link { seq, entry, previous_hash: self.hash.clone(), hash }
    }

    /// The end after `link`, if it follows from this one.
    pub(crate) fn follow(&self, link: &Link) -> Option<Self> {
        let follows = link.seq == self.seq + 1
            && link.previous_hash == self.hash
            && link.hash == hash(link.seq, &link.entry, &link.previous_hash);
        follows.then(|| Self { seq: link.seq, hash: link.hash.clone() })
    }
}

/// SHA-256 over every field, each with its length before it, so that no two different links encode alike.
fn hash(seq: i64, entry: &Entry, previous_hash: &str) -> String {
    let seq = seq.to_string();
    let Entry { message_id, action, project_id, subject, trace_id, payload_hash, recorded_at } = entry;
    let fields = [
        DOMAIN,
        &seq,
        message_id,
        action,
        project_id,
        subject,
        trace_id,
        payload_hash,
        recorded_at,
        previous_hash,
    ];
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field.as_bytes());
    }
    hex::encode(hasher.finalize())
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
