//! The files that a configuration names, without knowing what they are for.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Written by the gateway, so that a change of theirs is no news.
const OUTPUTS: [&str; 2] = ["audit_file", "changes_file"];
/// Far more than a configuration has; a hostile one shall not make us read for ever.
const FILES_MAX: usize = 10_000;

/// The files that are read along with a configuration: every setting whose name ends in `_file` names one. Relative names are looked
/// up in `dir`. A configuration that is not valid still names its files, so that mending them can be noticed; one that is not
/// YAML names none.
#[must_use]
pub fn files(text: &str, dir: &Path) -> Vec<PathBuf> {
    let found = serde_saphyr::from_str::<Found>(text).unwrap_or_default();
    let mut files: Vec<PathBuf> = found.files.into_iter().map(|file| dir.join(file)).collect();
    files.sort();
    files.dedup();
    files
}

/// What is found in a value: nothing else is kept of it, for a configuration may be large.
#[derive(Default)]
struct Found {
    /// It is this text.
    text: Option<String>,
    /// Within it.
    files: Vec<String>,
}

impl Found {
    fn add(&mut self, name: &str, value: Self) {
        match value.text {
            Some(file) if is_input(name) && !file.is_empty() => self.files.push(file),
            _ => self.files.extend(value.files),
        }
        self.files.truncate(FILES_MAX);
    }
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Find)
    }
}

struct Find;

impl<'de> Visitor<'de> for Find {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some((name, value)) = map.next_entry::<String, Found>()? {
            found.add(&name, value);
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(value) = items.next_element::<Found>()? {
            found.add("", value);
        }
        Ok(found)
    }

    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        Ok(Found { text: Some(text.to_owned()), files: Vec::new() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }
}

fn is_input(name: &str) -> bool {
    name.ends_with("_file") && !OUTPUTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::files;
    use std::path::{Path, PathBuf};

    #[test]
    fn inputs_are_found_at_any_depth_and_outputs_are_not() {
        let text = "
admin: {audit_file: audit.log}
certificates: [{name: a, cert_file: b.pem, key_file: /etc/a.key}]
clusters: [{name: c, nonsense: [], tls: {ca_file: b.pem}}]
jwt_issuers: [{jwks_file: ''}]
";
        let expected = [PathBuf::from("/dir/b.pem"), PathBuf::from("/etc/a.key")];
        assert_eq!(files(text, Path::new("/dir")), expected);
        assert!(files("a: [", Path::new("/dir")).is_empty());
    }
}
