//! The built-in embedding: words and pairs of neighbouring words, hashed into a vector of fixed length. It knows no synonyms, needs no
//! model, and finds what is written alike.

/// Numbers of a vector.
const DIMENSIONS: usize = 512;

/// A vector of length 1 (or 0, for a text without words).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Embedding(Vec<f32>);

impl Embedding {
    pub(crate) fn of(text: &str) -> Self {
        let mut sums = vec![0_f32; DIMENSIONS];
        let words = words(text);
        for word in &words {
            add(&mut sums, word, 1.0);
        }
        for pair in words.windows(2) {
            add(&mut sums, &pair.join(" "), 0.5);
        }
        // A word that stands ten times says more than one that stands once, but not ten times more.
        for sum in &mut sums {
            *sum = sum.signum() * sum.abs().ln_1p();
        }
        let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
        if length > 0.0 {
            sums.iter_mut().for_each(|sum| *sum /= length);
        }
        Self(sums)
    }

    /// The cosine, from 0 (nothing in common) to 1 (alike).
    pub(crate) fn likeness(&self, other: &Self) -> f64 {
        let cosine: f32 = self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum();
        f64::from(cosine.clamp(0.0, 1.0))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }
}

/// Lower-case words; `CamelCase` and `snake_case` fall apart, because alert names are written so.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut last_was_lower = false;
    for character in text.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && last_was_lower) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        last_was_lower = character.is_lowercase();
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn add(sums: &mut [f32], feature: &str, weight: f32) {
    // FNV-1a: the same on every machine and in every version, because vectors are stored.
    let hash = feature.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let at = usize::try_from(hash % DIMENSIONS as u64).unwrap_or(0);
    // A sign from another bit lets features that share a place cancel out on average.
    sums[at] += if hash >> 63 == 0 { weight } else { -weight };
}

#[cfg(test)]
mod tests {
    use super::{Embedding, words};

    #[test]
    fn names_of_alerts_fall_into_words() {
        assert_eq!(
            words("KubePodCrashLooping pod_name=x-1 (HTTP)"),
            ["kube", "pod", "crash", "looping", "pod", "name", "x", "1", "http"]
        );
        assert_eq!(words("磁盘 full"), ["磁盘", "full"]);
    }

    #[test]
    fn what_is_written_alike_is_alike() {
        let of = Embedding::of;
        let base = of("KubePodCrashLooping: a pod restarts again and again");
        assert!(base.likeness(&of("pod restarts again and again: kube pod crash looping")) > 0.8);
        assert!(base.likeness(&of("certificate of the ingress expires soon")) < 0.3);
        assert!(base.likeness(&of("")).abs() < f64::EPSILON);
        assert_eq!(Embedding::from_bytes(&base.to_bytes()), base);
    }
}
