//! When two sightings are one event.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The fingerprint of a sender that gives none: 32 hex digits over the source and all labels, whose order does not matter.
pub(crate) fn fingerprint(source: &str, labels: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        // The length first, so that no two different lists of texts run into the same bytes.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    add(source);
    for (name, value) in labels {
        add(name);
        add(value);
    }
    let digest = hash.finalize();
    hex::encode(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use std::collections::BTreeMap;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_same_labels_give_the_same_fingerprint_and_others_do_not() {
        let one = fingerprint("s", &labels(&[("a", "1"), ("b", "2")]));
        assert_eq!(one, fingerprint("s", &labels(&[("b", "2"), ("a", "1")])));
        for other in [&[("a", "1"), ("b", "3")][..], &[("a", "1b2")], &[("a", "1"), ("b2", "")], &[]] {
            assert_ne!(one, fingerprint("s", &labels(other)), "{other:?}");
        }
        assert_ne!(one, fingerprint("t", &labels(&[("a", "1"), ("b", "2")])));
    }
}
