//! Paths with parameters: `/users/{id}/orders/{order}`, `/files/{rest*}`.

use std::fmt;

#[cfg(test)]
mod tests;

/// Deeper paths are rare, and each segment may double the ways a lookup has to look at.
const SEGMENTS_MAX: usize = 32;

/// A path, some of whose segments are parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
    rest: Option<String>,
}

/// A segment of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This one.
    Literal(String),
    /// Any that is not empty, under this name.
    Parameter(String),
}

impl Template {
    /// Reads a template. A parameter is a whole segment and is not empty; the last may be `{name*}`, which takes whatever follows
    /// the slash before it, even nothing.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest_of_text) = text.strip_prefix('/') else {
            return Err(format!("{text:?} is not a path; it begins with a slash"));
        };
        let mut template = Self { segments: Vec::new(), rest: None };
        let mut names: Vec<&str> = Vec::new();
        for segment in rest_of_text.split('/') {
            if template.rest.is_some() {
                return Err("nothing can follow a parameter that takes the rest".to_owned());
            }
            let Some(inner) = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) else {
                if segment.contains(['{', '}']) {
                    return Err(format!("{segment:?}: a parameter is a whole segment, e.g. /users/{{id}}"));
                }
                template.segments.push(Segment::Literal(segment.to_owned()));
                continue;
            };
            let name = inner.strip_suffix('*').unwrap_or(inner);
            check_name(name)?;
            if names.contains(&name) {
                return Err(format!("the parameter {name} is there twice"));
            }
            names.push(name);
            if inner.ends_with('*') {
                template.rest = Some(name.to_owned());
            } else {
                template.segments.push(Segment::Parameter(name.to_owned()));
            }
        }
        if template.segments.len() > SEGMENTS_MAX {
            return Err(format!("a template has at most {SEGMENTS_MAX} segments"));
        }
        if names.is_empty() {
            return Err("there is no parameter in it; use path instead".to_owned());
        }
        Ok(template)
    }

    /// The segments, without the one that takes the rest.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether the last parameter takes all that is left.
    #[must_use]
    pub fn takes_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// The names of its parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let parameters = self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        });
        parameters.chain(self.rest.as_deref())
    }

    /// Whether it covers a [normalised](super::normalise) path.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.walk(path, |_, _| {})
    }

    /// What a parameter is in a path that it covers.
    #[must_use]
    pub fn value<'p>(&self, name: &str, path: &'p str) -> Option<&'p str> {
        let mut found = None;
        let covered = self.walk(path, |parameter, value| {
            if parameter == name {
                found = Some(value);
            }
        });
        found.filter(|_| covered)
    }

    fn walk<'p>(&self, path: &'p str, mut parameter: impl FnMut(&str, &'p str)) -> bool {
        let mut left = path.strip_prefix('/');
        for expected in &self.segments {
            let Some(text) = left else { return false };
            let (segment, after) = match text.split_once('/') {
                Some((segment, after)) => (segment, Some(after)),
                None => (text, None),
            };
            match expected {
                Segment::Literal(literal) if literal == segment => {}
                Segment::Parameter(name) if !segment.is_empty() => parameter(name, segment),
                Segment::Literal(_) | Segment::Parameter(_) => return false,
            }
            left = after;
        }
        match (&self.rest, left) {
            (None, None) => true,
            (Some(name), Some(rest)) => {
                parameter(name, rest);
                true
            }
            _ => false,
        }
    }
}

/// Also the names of groups in regular expressions, so that both can be asked for alike.
fn check_name(name: &str) -> Result<(), String> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(())
    } else {
        Err(format!("{{{name}}} is not a parameter; its name has letters, digits and _"))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => write!(f, "/{literal}")?,
                Segment::Parameter(name) => write!(f, "/{{{name}}}")?,
            }
        }
        match &self.rest {
            Some(name) => write!(f, "/{{{name}*}}"),
            None => Ok(()),
        }
    }
}
