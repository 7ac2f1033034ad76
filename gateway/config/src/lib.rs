//! What people write to configure the gateway, and what becomes of it.
//!
//! In goes YAML ([`settings::Settings`]); out comes a [`config::Config`] that the data plane trusts: addresses are parsed, names
//! lead somewhere, the signing key is read. In between stands [`settings::Settings::validate`] alone.
//!
//! Invariants:
//! - every problem of a file is reported at once, each with the path to it;
//! - a field that is unknown is a problem, never ignored;
//! - every default is in [`settings`], documented with its unit.

use std::path::Path;

pub mod config;
mod files;
mod redact;
mod schema;
pub mod settings;
mod validate;

pub use config::Config;
pub use files::files;
pub use foundation::settings::Problem;
pub use redact::redacted;
pub use schema::schema;
pub use settings::Settings;

/// Reads a configuration. Relative file names in it are looked up in `dir`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str, dir: &Path) -> Result<Config, Vec<Problem>> {
    foundation::settings::load::<Settings>(text)?.validate(dir)
}
