//! The files that a configuration names, without knowing what they are for.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// Written by the gateway, so that a change of theirs is no news.
const OUTPUTS: [&str; 2] = ["audit_file", "changes_file"];
/// Far more than a configuration has; a hostile one shall not make us read for ever.
const FILES_MAX: usize = 10_000;

/// The files that are read along with a configuration: every setting whose name ends in `_file` names one. Relative names are looked
/// up in `dir`. A configuration that is not valid still names its files, so that mending them can be noticed; one that is not
/// YAML names none.
#[must_use]
pub fn files(text: &str, dir: &Path) -> Vec<PathBuf> {
    let Ok(document) = foundation::settings::load::<Value>(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect(&document, dir, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, dir: &Path, found: &mut Vec<PathBuf>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(file) if is_input(name) && !file.is_empty() && found.len() < FILES_MAX => {
                        found.push(dir.join(file));
                    }
                    _ => collect(value, dir, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, dir, found)),
        _ => {}
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
