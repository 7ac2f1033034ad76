/// True when a field, variable or flag of this name usually holds a secret: its last word says so. `DB_PASSWORD` and
/// `client-secret` do; `secretName`, `TOKEN_URL`, `password_file` and `max_tokens` do not.
pub(super) fn is_secret(key: &str) -> bool {
    const KEY_BYTES_MAX: usize = 128;
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return false;
    }
    let lower = key.to_ascii_lowercase();
    let stem = without_encoding(&lower);
    let joined: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    if REFERENCES.contains(&joined.as_str()) {
        return false;
    }
    SUFFIXES.iter().any(|suffix| joined.ends_with(suffix))
        || WORDS.iter().any(|word| {
            let rest = stem.strip_suffix(word);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '-', '.', '/']))
        })
}

/// True for a value that hides nothing: empty, a placeholder, a reference, a path.
pub(super) fn is_harmless(value: &str) -> bool {
    let plain = value.trim_matches(['"', '\'', ' ', ',', '\\']);
    matches!(
        plain.to_ascii_lowercase().as_str(),
        "" | "true" | "false" | "null" | "nil" | "none" | "~" | "|" | ">" | "|-" | ">-" | "{}" | "[]"
    ) || plain.starts_with(['<', '{', '['])
        || plain.starts_with("$(")
        || plain.starts_with("${")
        || PATHS.iter().any(|path| plain.starts_with(path))
}

/// Drops what says how the secret is written or which one of several it is.
fn without_encoding(key: &str) -> &str {
    let key = key.trim_end_matches(|letter: char| letter.is_ascii_digit() || "_-.".contains(letter));
    let known = ["_base64", "_b64", "-base64", "_base", "-b", "_b", "_value", "-value", "_hash", "-hash"];
    let stem = known.iter().find_map(|ending| key.strip_suffix(ending)).unwrap_or(key);
    stem.trim_end_matches(|letter: char| letter.is_ascii_digit() || "_-.".contains(letter))
}

/// Endings that mean a secret wherever the word begins (`dbPassword`, `mysqlrootpassword`).
const SUFFIXES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "sharedkey",
    "accountkey",
    "masterkey",
    "clientkeydata",
    "tlskey",
    "dockerconfigjson",
    "dockercfg",
    "requirepass",
    "masterauth",
    "credential",
    "credentials",
    "connectionstring",
];

/// Keys whose value is the name of a Secret.
const REFERENCES: &[&str] = &["existingsecret", "imagepullsecret", "pullsecret", "tlssecret"];

/// Short words that mean a secret only when they stand alone.
const WORDS: &[&str] = &["pass", "pwd", "pat"];

const PATHS: &[&str] =
    &["/var/", "/run/", "/etc/", "/mnt/", "/opt/", "/secrets/", "/home/", "/tmp/", "file:"];
