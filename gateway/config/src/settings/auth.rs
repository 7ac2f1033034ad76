//! Who calls, and who may.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Someone who holds a key or a password.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConsumerSettings {
    /// Unique. Also the user name of its password.
    pub name: String,
    /// The project it belongs to. Default: none.
    pub project: String,
    /// What it may do. Default: nothing that needs a role.
    pub roles: Vec<String>,
    /// SHA-256 of the key, 64 hexadecimal digits: `printf %s "$KEY" | sha256sum`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key_sha256: String,
    /// For basic authentication: SHA-256 of a long random password, 64 hexadecimal digits. Default: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub password_sha256: String,
}

/// Somebody whose JSON Web Tokens are believed.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JwtIssuerSettings {
    /// Unique; routes refer to it.
    pub name: String,
    /// What `iss` must be. Default: it is not looked at. Every token needs `exp` and `sub`.
    pub issuer: Option<String>,
    /// One of these must be in `aud`. Default: it is not looked at.
    pub audiences: Vec<String>,
    /// The signatures accepted, e.g. `ES256`. Default: those the keys are for; never `none`.
    pub algorithms: Vec<String>,
    /// A file with a JWK set. Give this, `jwks_url` or `secret_file`.
    pub jwks_file: Option<String>,
    /// Where a JWK set is fetched, and fetched again.
    pub jwks_url: Option<String>,
    /// A file with the hexadecimal key of HS256, HS384 or HS512, at least 32 bytes.
    pub secret_file: Option<String>,
    /// How often `jwks_url` is fetched, in seconds, 1–3,600; a token with an unknown `kid` makes it happen at once, but not more
    /// than once a second. Files are looked at every second. Default 4.
    pub refresh_s: u64,
    /// A file with revoked tokens, one `jti` or `sub:NAME` a line.
    pub revoked_file: Option<String>,
    /// The claim with the caller's roles: an array or a text with spaces. Dots lead into objects. Default `roles`.
    pub roles_claim: String,
    /// The claim with the caller's project. Default `project`.
    pub project_claim: String,
    /// How far clocks may differ, in seconds, 0–300. Default 30.
    pub leeway_s: u64,
}

impl Default for JwtIssuerSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            issuer: None,
            audiences: Vec::new(),
            algorithms: Vec::new(),
            jwks_file: None,
            jwks_url: None,
            secret_file: None,
            refresh_s: 4,
            revoked_file: None,
            roles_claim: "roles".to_owned(),
            project_claim: "project".to_owned(),
            leeway_s: 30,
        }
    }
}

/// Who may pass a route.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Whether a request without a credential is refused; one with a wrong credential always is. Default true.
    pub required: bool,
    /// How callers may prove who they are. Default: by key; by JWT too if there are `jwt_issuers`.
    pub methods: Vec<AuthMethod>,
    /// Names of the `jwt_issuers` believed. Default: all.
    pub issuers: Vec<String>,
    /// A caller needs one of these. Default: any caller.
    pub roles: Vec<String>,
    /// A caller's token needs each of these claims with one of the values. Default: none.
    pub claims: BTreeMap<String, Vec<String>>,
    /// Roles that some methods need beyond `roles`: the first rule that names the request's method decides.
    pub rules: Vec<AuthRuleSettings>,
    /// A cookie that may carry the key or token, for browsers.
    pub cookie: Option<String>,
    /// The path where a browser without a key is sent. Needs `cookie`.
    pub sign_in: Option<String>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            required: true,
            methods: Vec::new(),
            issuers: Vec::new(),
            roles: Vec::new(),
            claims: BTreeMap::new(),
            rules: Vec::new(),
            cookie: None,
            sign_in: None,
        }
    }
}

/// What some methods of a route need.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthRuleSettings {
    /// The methods it is about, in upper case; empty means every method. `GET` includes `HEAD`.
    pub methods: Vec<String>,
    /// A caller needs one of these; empty means none.
    pub roles: Vec<String>,
}

/// A way to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A consumer's key: `Authorization: Bearer KEY`, `X-API-Key: KEY`, or the cookie.
    Key,
    /// A token of one of the issuers: `Authorization: Bearer TOKEN`, or the cookie.
    Jwt,
    /// A consumer's password.
    Basic,
}

/// The signed header that tells upstreams who calls: a JWT (HS256) with `iss`, `sub`, `project`, `roles`, `iat`, `exp`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// The header's name. Default `x-aetherius-identity`. What clients send under this name is removed.
    pub header: String,
    /// A file with the signing key in hexadecimal, at least 32 bytes. Relative to the configuration's directory.
    pub key_file: String,
    /// For how long a signature is valid, in seconds, 2–3,600. Default 60.
    pub ttl_s: u64,
    /// The `iss` claim. Default `agw`.
    pub issuer: String,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            header: "x-aetherius-identity".to_owned(),
            key_file: String::new(),
            ttl_s: 60,
            issuer: "agw".to_owned(),
        }
    }
}
