//! Other names for all objects of a case.
//!
//! Each letter of a name becomes another letter, the same one everywhere: what began alike, belonged together or differed by one
//! letter still does. Vowels become vowels and consonants consonants, so that generated suffixes stay what Kubernetes could have
//! generated, and the length stays, so that columns of tables stay where they are.

use super::names::Names;
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// The letters and digits that Kubernetes makes suffixes of have no vowels: <https://pkg.go.dev/k8s.io/apimachinery/pkg/util/rand>.
const CONSONANTS: &[u8] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8] = b"aeiouy";

/// New names for old.
pub(super) struct Renaming {
    /// The names by their first word, each list longest first.
    by_first_word: HashMap<String, Vec<String>>,
    names: Names,
    shift: usize,
}

impl Renaming {
    /// For these names. No new name is an old one, or a word of Kubernetes.
    pub(super) fn of(names: Names) -> Self {
        let is_free = |shift: &usize| {
            names.objects().all(|name| {
                let new = shifted(name, *shift);
                !names.has_object(&new) && !names.is_vocabulary(&new)
            })
        };
        // Not by a multiple of either count of letters, which would leave these letters as they are.
        let mut shifts = (7..CONSONANTS.len()).filter(|shift| shift % VOWELS.len() != 0);
        let shift = shifts.clone().find(is_free).or_else(|| shifts.next()).unwrap_or(1);
        let mut by_first_word: HashMap<String, Vec<String>> = HashMap::new();
        for name in names.objects() {
            let first = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(name);
            by_first_word.entry(first.to_owned()).or_default().push(name.to_owned());
        }
        for list in by_first_word.values_mut() {
            list.sort_by_key(|name| std::cmp::Reverse(name.len()));
        }
        Self { by_first_word, names, shift }
    }

    /// The text with all names replaced where they stand as whole words. Images keep theirs: they are not objects.
    pub(super) fn apply(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut out = String::with_capacity(text.len());
        let (mut at, mut copied) = (0, 0);
        while at < bytes.len() {
            if let Some(image) = self.image(text, at) {
                at += image;
            } else if bytes[at] == b'\\' {
                // An escape of JSON: its letter is no part of the word that follows.
                at += 1 + bytes.get(at + 1).map_or(0, |next| usize::from(next.is_ascii()));
            } else if !bytes[at].is_ascii_alphanumeric() {
                at += 1;
            } else if let Some(name) = self.name(text, at) {
                out.push_str(&text[copied..at]);
                out.push_str(&shifted(name, self.shift));
                at += name.len();
                copied = at;
            } else {
                at += word(&bytes[at..]);
            }
        }
        out.push_str(&text[copied..]);
        out
    }

    /// The length of the image reference that begins here.
    fn image(&self, text: &str, at: usize) -> Option<usize> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/:@-".contains(byte);
        let bytes = text.as_bytes();
        if !bytes[at].is_ascii_alphanumeric()
            || at.checked_sub(1).is_some_and(|before| is_part(&bytes[before]))
        {
            return None;
        }
        let length = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
        let token = text[at..at + length].trim_end_matches(['.', ':', '/', '-']);
        self.names.is_image(token).then_some(token.len())
    }

    /// The longest name that begins here and ends with a word.
    fn name(&self, text: &str, at: usize) -> Option<&str> {
        let rest = &text[at..];
        let candidates = self.by_first_word.get(&rest[..word(rest.as_bytes())])?;
        let fits = |name: &&String| {
            let after = rest.strip_prefix(name.as_str()).map(|after| after.bytes().next());
            after.is_some_and(|next| !next.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        };
        candidates.iter().find(fits).map(String::as_str)
    }
}

/// The length of the word at the beginning.
fn word(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

fn shifted(name: &str, by: usize) -> String {
    let letter = |byte: char| {
        [VOWELS, CONSONANTS].into_iter().find_map(|letters| {
            let at = letters.iter().position(|known| char::from(*known) == byte)?;
            Some(char::from(letters[(at + by) % letters.len()]))
        })
    };
    let word = |word: &str| -> String {
        if is_template_hash(word) {
            return word.to_owned();
        }
        word.chars().map(|byte| letter(byte).unwrap_or(byte)).collect()
    };
    name.split_inclusive(['-', '.']).map(word).collect()
}

/// What a replica set adds to the name of its deployment: a number, spelt with ten of the characters.
fn is_template_hash(word: &str) -> bool {
    let word = word.trim_end_matches(['-', '.']);
    word.len() >= 6
        && word.bytes().all(|byte| b"456789bcdf".contains(&byte))
        && word.bytes().any(|byte| byte.is_ascii_digit())
}
