//! Names, passwords and roles as people may choose them.

use crate::FixedKey;
use aetherius_contracts::identity::Role;
use aetherius_rpc::{Caller, Code, Problem};

/// Keys and users are told apart by this in all that is written down about them.
pub(crate) const KEY_PREFIX: &str = "key:";
/// Who calls for the command line.
const RESERVED: &[&str] = &["cli", "aetherius"];
const NAME_BYTES_MAX: usize = 64;
const DISPLAY_NAME_CHARS_MAX: usize = 128;
/// NIST SP 800-63B asks for 8, and for room for 64 at least.
const PASSWORD_CHARS_MIN: usize = 8;
pub(crate) const PASSWORD_CHARS_MAX: usize = 256;

/// The name as it is looked up: people write theirs as they like.
pub(crate) fn as_typed(name: &str) -> String {
    name.trim().to_lowercase()
}

pub(crate) fn check(field: &str, name: &str) -> Result<(), Problem> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte);
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && name.len() <= NAME_BYTES_MAX && name.bytes().all(fits) {
        return Ok(());
    }
    Err(wrong(field, "must be 1 to 64 of a-z, 0-9, `.`, `_`, `-` and `@`, beginning with a letter or digit"))
}

pub(crate) fn check_user(name: &str, fixed: &[FixedKey]) -> Result<(), Problem> {
    check("name", name)?;
    if is_reserved(name, fixed) {
        let detail = "`name`: this name is taken by Aetherius itself; choose another";
        return Err(Problem::new(Code::Conflict, detail));
    }
    Ok(())
}

pub(crate) fn check_display_name(name: &str) -> Result<(), Problem> {
    if name.chars().count() <= DISPLAY_NAME_CHARS_MAX && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(wrong("display_name", "must be at most 128 characters without control characters"))
}

pub(crate) fn check_password(field: &str, password: &str) -> Result<(), Problem> {
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&password.chars().count()) {
        return Ok(());
    }
    Err(wrong(field, "must have 8 to 256 characters"))
}

/// Sorted and each once.
pub(crate) fn check_roles(roles: &[Role], allowed: &[Role]) -> Result<Vec<Role>, Problem> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if !roles.is_empty() && roles.iter().all(|role| allowed.contains(role)) {
        return Ok(roles);
    }
    let names: Vec<&str> = allowed.iter().map(|role| role.name()).collect();
    Err(wrong("roles", &format!("must be one or more of {}", names.join(", "))))
}

/// Whether a caller is a person who has signed in.
pub(crate) fn is_user(caller: &Caller, fixed: &[FixedKey]) -> bool {
    check("name", &caller.name).is_ok() && !is_reserved(&caller.name, fixed)
}

fn is_reserved(name: &str, fixed: &[FixedKey]) -> bool {
    RESERVED.contains(&name) || fixed.iter().any(|key| key.name == name)
}

fn wrong(field: &str, message: &str) -> Problem {
    Problem::new(Code::InvalidBody, format!("`{field}`: {message}"))
}
