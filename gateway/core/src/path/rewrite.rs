//! What a route makes of the path, on the way to the upstream or in a redirect.

use crate::{path::normalise, refusal::Refusal, resource::PathMatch};
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// How a route changes the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rewrite {
    /// Not at all.
    #[default]
    Keep,
    /// The matched prefix becomes this one; `/` removes it.
    ReplacePrefix(String),
    /// The whole path becomes this one.
    ReplacePath(PathText),
}

impl Rewrite {
    /// The path after the change. `matched` is the route's and covers `path`.
    ///
    /// # Errors
    /// [`crate::refusal::Code::BadPath`], when parameters put together give a path that can be read in more than one way.
    pub fn apply<'a>(&self, matched: &PathMatch, path: &'a str) -> Result<Cow<'a, str>, Refusal> {
        match self {
            Self::Keep => Ok(Cow::Borrowed(path)),
            Self::ReplacePrefix(replacement) => Ok(replace_prefix(replacement, matched, path)),
            Self::ReplacePath(text) => {
                let filled = text.fill(matched, path);
                normalise(&filled)?;
                Ok(Cow::Owned(filled))
            }
        }
    }
}

fn replace_prefix<'a>(replacement: &str, matched: &PathMatch, path: &'a str) -> Cow<'a, str> {
    let prefix = match matched {
        PathMatch::Prefix(prefix) => prefix.trim_end_matches('/'),
        PathMatch::Exact(_) | PathMatch::Template(_) | PathMatch::Regex(_) => return Cow::Borrowed(path),
    };
    let rest = path.strip_prefix(prefix).unwrap_or(path);
    let replacement = replacement.trim_end_matches('/');
    match (replacement.is_empty(), rest.is_empty()) {
        (true, true) => Cow::Borrowed("/"),
        (true, false) => Cow::Borrowed(rest),
        (false, _) => Cow::Owned(format!("{replacement}{rest}")),
    }
}

/// A path in which `{name}` stands for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathText(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Parameter(String),
}

impl PathText {
    /// Reads a text such as `/v2/{id}`; every parameter must be one of `matched`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str, matched: &PathMatch) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err(format!("{text:?} is not a path; it begins with a slash"));
        }
        if text.contains(['?', '#', ' ']) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("{text:?} is not a path; it has neither query nor spaces"));
        }
        let mut pieces = Vec::new();
        let mut left = text;
        while let Some((before, after)) = left.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                return Err(format!("{text:?}: a bracket is not closed"));
            };
            if !has(matched, name) {
                return Err(format!("{{{name}}} is not a parameter of the route's path"));
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Parameter(name.to_owned()));
            left = behind;
        }
        if left.contains('}') {
            return Err(format!("{text:?}: a bracket is not opened"));
        }
        pieces.push(Piece::Text(left.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        let text = Self(pieces);
        // Whatever the parameters are, what stands between them must be plain.
        let sample: String = text.0.iter().map(Piece::sample).collect();
        match normalise(&sample) {
            Ok(normal) if normal == sample => Ok(text),
            Ok(normal) => Err(format!("the plain form of this path is {normal:?}; write that")),
            Err(refusal) => Err(refusal.detail.into_owned()),
        }
    }

    fn fill(&self, matched: &PathMatch, path: &str) -> String {
        let groups = match matched {
            PathMatch::Regex(pattern) => pattern.captures(path),
            PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::Template(_) => None,
        };
        let mut filled = String::with_capacity(path.len() + 16);
        for piece in &self.0 {
            filled.push_str(match (piece, matched, &groups) {
                (Piece::Text(text), _, _) => text,
                (Piece::Parameter(name), PathMatch::Template(template), _) => {
                    template.value(name, path).unwrap_or_default()
                }
                (Piece::Parameter(name), _, Some(groups)) => {
                    groups.name(name).map_or("", |group| group.as_str())
                }
                (Piece::Parameter(_), _, None) => "",
            });
        }
        filled
    }
}

impl Piece {
    fn sample(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Parameter(_) => "x",
        }
    }
}

fn has(matched: &PathMatch, name: &str) -> bool {
    match matched {
        PathMatch::Template(template) => template.names().any(|other| other == name),
        PathMatch::Regex(pattern) => pattern.names().any(|other| other == name),
        PathMatch::Exact(_) | PathMatch::Prefix(_) => false,
    }
}
