//! Names that are nearly the same: what a slip of the hand makes of another.

use std::collections::BTreeSet;

/// True for two different names that a person may take for one another: other separators, a letter or two wrong, or
/// one the beginning or end of the other.
#[must_use]
pub(crate) fn is_near(a: &str, b: &str) -> bool {
    let (left, right) = (plain(a), plain(b));
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    if a == b || short.is_empty() {
        return false;
    }
    let is_part = short.len() >= 3 && short.len() * 2 >= long.len();
    let slips = match long.len() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    left == right
        || (is_part && (long.starts_with(short.as_str()) || long.ends_with(short.as_str())))
        || distance(&left, &right) <= slips
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour.
#[must_use]
pub(crate) fn distance(a: &str, b: &str) -> usize {
    // Names of Kubernetes have 253 letters at most; what is longer is no name.
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(256).collect(), b.chars().take(256).collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(left != right);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

/// Letters and digits alone, in lower case.
#[must_use]
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name, in lower case: `orderOther-v2` has `order`, `other`, `v2`.
#[must_use]
pub(crate) fn words(name: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut word = String::new();
    let mut before_is_lower = false;
    for letter in name.chars().chain(std::iter::once('-')) {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before_is_lower) {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before_is_lower = letter.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_names_are_not() {
        for (a, b) in [
            ("goat-pen", "goatpen"),
            ("goat", "gota"),
            ("goat", "goat-v2"),
            ("goat-pen", "goat-pen-svc"),
            ("application", "aplication"),
            ("hen", "hens"),
        ] {
            assert!(is_near(a, b) && is_near(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("goat", "goat"),
            ("goat", "hen"),
            ("hen", "pen"),
            ("", "a"),
            ("app", "application"),
            ("goat-pen", "goat-hill"),
        ] {
            assert!(!is_near(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_name_has_words() {
        let of = |name| words(name).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("orderOther-v2_HOST"), "host order other v2");
        assert_eq!(of("--"), "");
    }
}
