//! Regular expressions that must match a text as a whole.

use regex::{Regex, RegexBuilder};
use std::fmt;

#[cfg(test)]
mod tests;

/// What a person can read; also bounds the work of compiling.
const SOURCE_BYTES_MAX: usize = 1_024;
/// Repetitions such as `(a{100}){100}` grow when compiled.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A regular expression for a whole text. Matching takes time linear in the text, whatever the expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles an expression in the syntax of the `regex` crate.
    ///
    /// # Errors
    /// What is wrong with it, or that it is too large.
    pub fn new(source: &str) -> Result<Self, String> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(format!("a regular expression must not be longer than {SOURCE_BYTES_MAX} bytes"));
        }
        // On its own first: `a)(b` is none, though it would be one within the brackets.
        compile(source)?;
        Ok(Self { regex: compile(&anchored(source))?, source: source.to_owned() })
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// What its groups matched, when the whole text matches.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.regex.captures(text)
    }

    /// The names of its groups.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.regex.capture_names().flatten()
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// The expression with its ends tied to those of the text.
pub(crate) fn anchored(source: &str) -> String {
    format!(r"\A(?:{source})\z")
}

fn compile(source: &str) -> Result<Regex, String> {
    RegexBuilder::new(source).size_limit(COMPILED_BYTES_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "this regular expression becomes too large when compiled; repeat less".to_owned()
        }
        other => {
            // The last line says what is wrong, those above draw where.
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!("not a regular expression: {}", last.trim_start_matches("error: "))
        }
    })
}
