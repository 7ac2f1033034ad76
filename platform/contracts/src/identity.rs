//! Identity: who there is, what each may do, and by what they prove it.

use aetherius_rpc::{CallContext, CallError, Channel};
use foundation::secret::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, ObjectBuilder, SchemaType, Type},
};

/// What a person or a program may do. What a role allows is a table: `docs/roles.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also acts: on incidents, on knowledge, on commands.
    Operator,
    /// Also decides who may do what.
    Admin,
    /// Sends alerts, and nothing else. For keys only.
    Webhook,
}

impl Role {
    /// As it stands in tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Webhook => "webhook",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin, Self::Webhook]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// As it stands wherever somebody is named.
    pub name: String,
    /// For people to read.
    pub display_name: String,
    /// Whose rows are seen.
    pub project: String,
    /// What may be done.
    pub roles: Vec<Role>,
    /// A person, or a program with a key.
    pub kind: MeKind,
}

/// What somebody proved who they are with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MeKind {
    /// A name and a password.
    User,
    /// A key.
    Key,
}

/// The answer to who has signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// For how many seconds the token is good.
    pub expires_in: u64,
    /// Who it is.
    pub user: Me,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Unique over all projects: people sign in by it alone.
    pub name: String,
    /// For people to read.
    pub display_name: String,
    /// Where they belong.
    pub project: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Whether they are kept out.
    pub disabled: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last seen, give or take a minute.
    pub last_seen_at: Option<Timestamp>,
}

/// All but that of programs that send alerts.
fn roles_of_people() -> Array {
    let role = ObjectBuilder::new().schema_type(Type::String);
    let role = role.enum_values(Some([Role::Viewer, Role::Operator, Role::Admin].map(Role::name)));
    ArrayBuilder::new().items(role).min_items(Some(1)).description(Some("What they may do.")).build()
}

fn roles_of_people_if_any() -> Array {
    let is_absent = SchemaType::from_iter([Type::Array, Type::Null]);
    ArrayBuilder::from(roles_of_people()).schema_type(is_absent).build()
}

/// A person to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, `@`.
    #[schema(pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$")]
    pub name: String,
    /// The name, if it is empty.
    #[schema(max_length = 128, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    #[serde(default)]
    pub display_name: String,
    /// 8 to 256 characters.
    // A plain text, because a `Secret` does not travel.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    pub password: String,
    /// At least one.
    #[schema(schema_with = roles_of_people)]
    pub roles: Vec<Role>,
    /// The caller's own, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// What to change about a person; what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// For people to read.
    #[schema(max_length = 128, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What they may do.
    #[schema(schema_with = roles_of_people_if_any)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Whether they are kept out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// A new password.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A person's own new password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The one so far.
    #[schema(value_type = String, format = Password)]
    pub old: Secret,
    /// The next one.
    #[schema(value_type = String, min_length = 8, max_length = 256, format = Password)]
    pub new: Secret,
}

/// A key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Ours.
    pub id: String,
    /// Unique among the keys that are not revoked. Its holder is named `key:` and this.
    pub name: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// Whose rows it sees.
    pub project: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last seen, as far as is known.
    pub last_used_at: Option<Timestamp>,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
    /// How it begins, to tell it from others.
    pub prefix: String,
}

/// A key to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, `@`.
    #[schema(pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$")]
    pub name: String,
    /// At least one.
    #[schema(min_items = 1)]
    pub roles: Vec<Role>,
    /// The caller's own, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// A key that was just made: the only time that it is shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IssuedKey {
    /// What is kept of it.
    #[serde(flatten)]
    pub about: ApiKey,
    /// The key itself.
    pub key: String,
}

/// Whose rows are kept apart from those of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// Unique.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A project to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, `@`.
    #[schema(pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$")]
    pub name: String,
}

/// A page of anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// In the order of the list.
    pub items: Vec<T>,
    /// Give it as `after` for the next page; absent on the last.
    pub next: Option<String>,
}

/// The way to the identity service.
#[derive(Clone)]
pub struct IdentityClient {
    channel: Channel,
}

impl IdentityClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self { channel }
    }

    /// People, by name; `after` is the `next` of the page before.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn users(&self, after: &str, context: &CallContext) -> Result<Page<User>, CallError> {
        self.channel.get(&format!("/v1/users?after={after}"), context).await
    }

    /// Adds a person.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn add_user(&self, user: &NewUser, context: &CallContext) -> Result<User, CallError> {
        self.channel.post("/v1/users", user, context).await
    }

    /// Changes a person. The name must be one that a user can have.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn change_user(
        &self,
        name: &str,
        change: &UserChange,
        context: &CallContext,
    ) -> Result<User, CallError> {
        self.channel.patch(&format!("/v1/users/{name}"), change, context).await
    }
}
