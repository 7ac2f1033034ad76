use foundation::{secret::Secret, settings::Problem};
use reqwest::{Url, header::HeaderValue};
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, time::Duration};

#[cfg(test)]
mod tests;

/// Each channel has a deliverer of its own.
const CHANNELS_MAX: usize = 32;
const NAME_CHARS_MAX: usize = 64;
const ATTEMPTS_MAX: u32 = 100;

/// What a person writes under `services.notifications`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where people are told. Default: one channel `log` that writes to the log.
    pub channels: Vec<ChannelSettings>,
    /// Under which address people reach Aetherius, e.g. `https://aetherius.example.com`; links in notifications begin with it.
    /// Default empty: links are relative.
    pub public_url: String,
    /// How often a notification is tried before it is given up. Default 8, at most 100.
    pub attempts_max: u32,
}

/// One channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    /// Unique: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// `log` or `webhook`.
    pub kind: ChannelKind,
    /// Where a webhook goes, `http://` or `https://`. A secret, because for many receivers whoever knows the address may post.
    #[serde(default)]
    pub url: Secret,
    /// The value of the `Authorization` header, e.g. `Bearer …`; none when empty.
    #[serde(default)]
    pub authorization: Secret,
}

/// How a channel tells people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A line in the log.
    Log,
    /// A POST with a JSON body.
    Webhook,
}

impl Default for Settings {
    fn default() -> Self {
        let log = ChannelSettings {
            name: "log".to_owned(),
            kind: ChannelKind::Log,
            url: Secret::default(),
            authorization: Secret::default(),
        };
        Self { channels: vec![log], public_url: String::new(), attempts_max: 8 }
    }
}

/// What the service trusts.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) channels: Vec<Channel>,
    /// Without a slash at its end.
    pub(crate) public_url: String,
    pub(crate) attempts_max: u32,
    pub(crate) attempt_timeout: Duration,
    pub(crate) backoff_first: Duration,
    pub(crate) backoff_max: Duration,
}

/// One channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) target: Target,
}

/// Where a channel leads.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Log,
    Webhook {
        /// Parses as an URL.
        url: Secret,
        authorization: Option<HeaderValue>,
    },
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// Every problem, with its path.
    pub fn validate(&self) -> Result<Config, Vec<Problem>> {
        let mut problems = Vec::new();
        if self.channels.len() > CHANNELS_MAX {
            problems.push(Problem::new("channels", format!("at most {CHANNELS_MAX} channels")));
        }
        let mut names = HashSet::new();
        let mut channels = Vec::new();
        for (index, settings) in self.channels.iter().enumerate() {
            let path = format!("channels[{index}]");
            if !names.insert(settings.name.as_str()) {
                problems.push(Problem::new(
                    format!("{path}.name"),
                    format!("`{}` is there twice", settings.name),
                ));
            }
            match settings.validate(&path) {
                Ok(channel) => channels.push(channel),
                Err(more) => problems.extend(more),
            }
        }
        if !self.public_url.is_empty()
            && let Err(message) = check_url(&self.public_url)
        {
            problems.push(Problem::new("public_url", message));
        }
        if self.attempts_max == 0 || self.attempts_max > ATTEMPTS_MAX {
            problems.push(Problem::new("attempts_max", format!("must be from 1 to {ATTEMPTS_MAX} attempts")));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            channels,
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            attempts_max: self.attempts_max,
            attempt_timeout: Duration::from_secs(10),
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(300),
        })
    }
}

impl ChannelSettings {
    fn validate(&self, path: &str) -> Result<Channel, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong =
            |field: &str, message: String| problems.push(Problem::new(format!("{path}.{field}"), message));
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.name.is_empty() || self.name.len() > NAME_CHARS_MAX || !self.name.chars().all(fits) {
            wrong("name", format!("must have from 1 to {NAME_CHARS_MAX} letters, digits, `-`, `_` or `.`"));
        }
        let url = self.url.expose();
        let authorization = self.authorization.expose();
        let target = match self.kind {
            ChannelKind::Log => {
                for (field, value) in [("url", url), ("authorization", authorization)] {
                    if !value.is_empty() {
                        wrong(field, "a `log` channel has none; did you mean `kind: webhook`?".to_owned());
                    }
                }
                Target::Log
            }
            ChannelKind::Webhook => {
                if let Err(message) = check_url(url) {
                    wrong("url", message);
                }
                let header = header(authorization);
                if header.is_none() && !authorization.is_empty() {
                    wrong(
                        "authorization",
                        "holds characters that a header may not have; is there a line break in it?"
                            .to_owned(),
                    );
                }
                Target::Webhook { url: self.url.clone(), authorization: header }
            }
        };
        if problems.is_empty() { Ok(Channel { name: self.name.clone(), target }) } else { Err(problems) }
    }
}

/// Says nothing of the address itself: it may be a secret.
fn check_url(text: &str) -> Result<(), String> {
    let url =
        Url::parse(text).map_err(|error| format!("not an address ({error}); write `https://host/path`"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with `http://` or `https://`".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no user and password; use `authorization`".to_owned());
    }
    Ok(())
}

fn header(value: &str) -> Option<HeaderValue> {
    if value.is_empty() {
        return None;
    }
    let mut header = HeaderValue::from_str(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}
