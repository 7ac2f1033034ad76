//! A route more in a configuration that a person wrote: the text stays as it is, comments too.

use agw_config::{
    Settings,
    settings::{MetaSettings, ProxyRouteSettings, TargetSettings},
};
use anyhow::{anyhow, bail};
use serde_json::{Map, Value};
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// A route as it is described on a command line.
#[derive(Clone, Debug)]
pub(super) struct NewRoute {
    /// Keys and values in the order of the file's settings.
    item: Map<String, Value>,
    settings: ProxyRouteSettings,
}

impl FromStr for NewRoute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut settings = ProxyRouteSettings::default();
        let mut meta = MetaSettings::default();
        let (mut item, mut meta_item) = (Map::new(), Map::new());
        for pair in text.split(',') {
            let (key, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} is not KEY=VALUE"))?;
            let value = value.to_owned();
            match key.trim() {
                "path" => settings.path.clone_from(&value),
                "target" => settings.target = TargetSettings::One(value.clone()),
                "strip_prefix" => {
                    settings.strip_prefix =
                        value.parse().map_err(|_| format!("strip_prefix is true or false, not {value:?}"))?;
                    item.insert(key.to_owned(), settings.strip_prefix.into());
                    continue;
                }
                "version" => meta.version.clone_from(&value),
                "owner" => meta.owner.clone_from(&value),
                other => {
                    return Err(format!(
                        "{other:?} is not known here; there are path, target, strip_prefix, version, owner"
                    ));
                }
            }
            let place = if matches!(key, "version" | "owner") { &mut meta_item } else { &mut item };
            place.insert(key.trim().to_owned(), value.into());
        }
        if settings.path.is_empty() || !item.contains_key("target") {
            return Err("path and target are needed, e.g. path=/x,target=http://127.0.0.1:3000".to_owned());
        }
        if !meta_item.is_empty() {
            settings.meta = meta;
            item.insert("meta".to_owned(), meta_item.into());
        }
        Ok(Self { item, settings })
    }
}

impl NewRoute {
    /// The text with this route at the end of `proxy_routes`.
    ///
    /// # Errors
    /// The text cannot be changed in this one place alone: then a person must.
    pub(super) fn added_to(&self, text: &str) -> anyhow::Result<String> {
        let load = |text: &str| {
            foundation::settings::load::<Settings>(text).map_err(|problems| {
                anyhow!("the present file has problems:\n{}", foundation::settings::list(&problems))
            })
        };
        let mut expected = load(text)?;
        expected.proxy_routes.push(self.settings.clone());
        let changed = self.inserted(text)?;
        // Whatever the text looks like: it must now mean what it meant and the route, nothing else.
        let means = load(&changed).ok().map(|settings| serde_json::to_value(settings).unwrap_or_default());
        if means != serde_json::to_value(&expected).ok() {
            bail!("proxy_routes is not written in a way that a route can be added to; add it by hand");
        }
        Ok(changed)
    }

    fn inserted(&self, text: &str) -> anyhow::Result<String> {
        let item = Value::Object(self.item.clone());
        let mut lines: Vec<&str> = text.lines().collect();
        let Some(head) = lines.iter().position(|line| line.starts_with("proxy_routes:")) else {
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            return Ok(format!("{text}{end}proxy_routes:\n  - {item}\n"));
        };
        let rest = lines[head]["proxy_routes:".len()..].trim_start();
        if !rest.is_empty() && !rest.starts_with('#') {
            bail!(
                "proxy_routes is written in one line; begin each route on a line of its own with \"- \", or add this one by hand"
            );
        }
        // The section ends at the next line that begins at the margin with something else than an item or a comment.
        let is_inside =
            |line: &&&str| line.is_empty() || line.starts_with([' ', '#', '\t']) || line.starts_with("- ");
        let section = lines[head + 1..].iter().take_while(is_inside).count();
        let last = lines[head + 1..head + 1 + section]
            .iter()
            .rposition(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let indent = lines[head + 1..head + 1 + section]
            .iter()
            .find(|line| line.trim_start().starts_with("- "))
            .map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
        let line = format!("{indent}- {item}");
        lines.insert(last.map_or(head + 1, |last| head + 2 + last), &line);
        Ok(lines.join("\n") + "\n")
    }
}
