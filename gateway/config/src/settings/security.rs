//! Protection: addresses, injection, masking.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may come in, by address. What is denied is denied, even if allowed too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IpSettings {
    /// Addresses or networks, e.g. `10.0.0.0/8`. Default: everybody.
    pub allow: Vec<String>,
    /// Addresses or networks. Default: nobody.
    pub deny: Vec<String>,
}

/// Looks for attacks in path, query, headers and the first bytes of the body.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InjectionSettings {
    /// What happens to a request that looks like an attack. Default `report`.
    pub mode: InjectionMode,
    /// What is looked for. Default: everything.
    pub rules: Vec<InjectionRule>,
    /// How much of a body is looked at, in bytes, 0–65,536. Default 8,192.
    pub body_bytes_max: usize,
}

impl Default for InjectionSettings {
    fn default() -> Self {
        Self { mode: InjectionMode::default(), rules: Vec::new(), body_bytes_max: 8 << 10 }
    }
}

/// What happens to a request that looks like an attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InjectionMode {
    /// It is logged, counted and let through.
    #[default]
    Report,
    /// It is refused with 403.
    Block,
}

/// A family of attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InjectionRule {
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

/// What is never written to a log, on top of credentials, which never are.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MaskingSettings {
    /// Headers whose value becomes `***`.
    pub headers: Vec<String>,
    /// Query parameters whose value becomes `***`.
    pub query: Vec<String>,
    /// JSON fields, by name at any depth, whose value becomes `***` wherever a body is logged.
    pub json_fields: Vec<String>,
}
