//! Looks for attacks in what clients send.
//!
//! A request is taken apart into texts: path, names and values of the query, headers, fields of the body. Each is looked at in the
//! forms it takes when it is decoded ([`decode`]), by one detector for each family. The work is linear in what is looked at.

use crate::{
    auth::API_KEY_HEADER,
    refusal::{Code, Refusal},
};
use http::{HeaderMap, HeaderName, header};

mod body;
mod decode;
mod excerpt;
mod lines;
mod shell;
mod sql;
#[cfg(test)]
mod tests;
mod traversal;

pub use body::BodyKind;

/// What is looked for on a route, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InjectionPolicy {
    /// Whether a request that looks like an attack is refused, and not only reported.
    pub blocks: bool,
    /// What is looked for.
    pub families: Families,
    /// How much of a body is looked at, in bytes.
    pub body_bytes_max: usize,
}

/// The families of attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// SQL.
    Sql,
    /// Shell commands.
    Shell,
    /// Paths out of a directory.
    PathTraversal,
    /// Line breaks that begin a header of their own.
    Header,
    /// Line breaks and control characters that forge log lines.
    Log,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sql, Self::Shell, Self::PathTraversal, Self::Header, Self::Log];

    /// Its name in the configuration, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Shell => "shell",
            Self::PathTraversal => "path_traversal",
            Self::Header => "header",
            Self::Log => "log",
        }
    }
}

/// A set of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families(u8);

impl Families {
    /// Whether it holds this one.
    #[must_use]
    pub fn contains(self, family: Family) -> bool {
        self.0 & (1 << family as u8) != 0
    }

    fn without(self, family: Family) -> Self {
        Self(self.0 & !(1 << family as u8))
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        Self(families.into_iter().fold(0, |set, family| set | (1 << family as u8)))
    }
}

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In the body.
    Body,
}

impl Location {
    /// Its name in logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
        }
    }
}

/// Something that looks like an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of attack.
    pub family: Family,
    /// In which part of the request.
    pub location: Location,
    /// The name of the parameter, header or field; empty in the path and where there are no names.
    pub name: String,
    /// The suspicious place with what people wrote there made unreadable; safe to log.
    pub excerpt: String,
}

/// Headers whose values are made by programs, of a grammar with signs of its own, or secret.
const HEADERS_LEFT_OUT: [HeaderName; 24] = [
    header::ACCEPT,
    header::ACCEPT_CHARSET,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::DATE,
    header::ETAG,
    header::EXPECT,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::PROXY_AUTHORIZATION,
    header::RANGE,
    header::SEC_WEBSOCKET_KEY,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::VIA,
];

/// The answer to what looks like an attack.
#[must_use]
pub fn refusal() -> Refusal {
    let detail =
        "the request looks like an attack; if it is none, tell the gateway's operator which one it was";
    Refusal::new(Code::Suspicious, detail)
}

/// Looks at path, query and headers. Finds each family at most once.
#[must_use]
pub fn inspect_head(
    families: Families,
    path: &str,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Vec<Finding> {
    let mut search = Search { left: families, found: Vec::new() };
    search.text(Location::Path, b"", path.as_bytes(), Place::Path);
    if let Some(query) = query {
        search.query(query.as_bytes());
    }
    for (name, value) in headers {
        let is_key = name.as_str() == API_KEY_HEADER;
        if is_key || HEADERS_LEFT_OUT.contains(name) || name.as_str().starts_with("sec-") {
            continue;
        }
        search.header(name, value.as_bytes());
    }
    search.found
}

/// Looks at the first bytes of a body. Finds each family at most once.
#[must_use]
pub fn inspect_body(families: Families, kind: BodyKind, body: &[u8]) -> Vec<Finding> {
    let mut search = Search { left: families, found: Vec::new() };
    let kind = kind.refined(body);
    let place = match kind {
        BodyKind::Form => Place::Form,
        BodyKind::Multipart => Place::Part,
        BodyKind::Json | BodyKind::Xml | BodyKind::Plain => Place::Document,
    };
    body::fields(kind, body, &mut |name, text| {
        search.text(Location::Body, name, text, place);
        search.left == Families::default()
    });
    search.found
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Header,
    /// A field of a form, encoded.
    Form,
    /// A field of a form, as it is.
    Part,
    Document,
}

struct Search {
    left: Families,
    found: Vec<Finding>,
}

impl Search {
    fn query(&mut self, query: &[u8]) {
        for pair in query.split(|byte| *byte == b'&') {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = (&pair[..equals], pair.get(equals + 1..).unwrap_or_default());
            self.text(Location::Query, name, value, Place::Query);
            self.text(Location::Query, name, name, Place::Query);
        }
    }

    fn header(&mut self, name: &HeaderName, value: &[u8]) {
        let is_url = value.starts_with(b"http://") || value.starts_with(b"https://");
        if name == header::COOKIE {
            for pair in value.split(|byte| *byte == b';') {
                let equals = pair.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
                self.text(Location::Header, b"cookie", pair[equals..].trim_ascii(), Place::Header);
            }
        } else if is_url && !value.contains(&b' ') {
            // The signs between the parts of an address say nothing.
            let query = value.iter().position(|byte| *byte == b'?').unwrap_or(value.len());
            let path =
                value[..query].iter().skip(8).position(|byte| *byte == b'/').map_or(query, |at| at + 8);
            self.text(Location::Header, name.as_str().as_bytes(), &value[path..query], Place::Header);
            for pair in value.get(query + 1..).unwrap_or_default().split(|byte| *byte == b'&') {
                let equals = pair.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
                self.text(Location::Header, name.as_str().as_bytes(), &pair[equals..], Place::Query);
            }
        } else {
            self.text(Location::Header, name.as_str().as_bytes(), value, Place::Header);
        }
    }

    fn text(&mut self, location: Location, name: &[u8], text: &[u8], place: Place) {
        if is_harmless(text) {
            return;
        }
        let once = matches!(place, Place::Path | Place::Query | Place::Form);
        let plus = matches!(place, Place::Query | Place::Form);
        for form in decode::forms(text, once, plus) {
            for family in
                Family::ALL.into_iter().filter(|family| self.left.contains(*family)).collect::<Vec<_>>()
            {
                if let Some(at) = detect(family, &form, place) {
                    self.left = self.left.without(family);
                    self.found.push(Finding {
                        family,
                        location,
                        name: excerpt::name(name),
                        excerpt: if name == b"cookie" { String::new() } else { excerpt::of(&form.text, at) },
                    });
                }
            }
        }
    }
}

/// Letters, digits and a few signs, with no two dots together: most texts, and no attack.
fn is_harmless(text: &[u8]) -> bool {
    let plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b':' | b'.' | b',');
    text.iter().all(plain)
        && !text.windows(2).any(|pair| pair == b"..")
        && !text.starts_with(b"/etc")
        && !traversal::may_name_loot(text)
}

fn detect(family: Family, form: &decode::Form<'_>, place: Place) -> Option<usize> {
    let text = &form.text;
    match family {
        Family::Sql if place == Place::Path => {
            sql::find(text.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
        }
        Family::Sql => sql::find(text),
        Family::Shell => shell::find(text),
        Family::PathTraversal => {
            let place = match place {
                Place::Document => traversal::Place::Document,
                _ => traversal::Place::Parameter,
            };
            traversal::find(text, place, form.hidden)
        }
        Family::Header => lines::header(text, lines_place(place)),
        Family::Log => lines::log(text, lines_place(place)),
    }
}

fn lines_place(place: Place) -> lines::Place {
    match place {
        Place::Path | Place::Query | Place::Header => lines::Place::Line,
        Place::Form | Place::Part => lines::Place::Form,
        Place::Document => lines::Place::Document,
    }
}
