//! A new configuration in the place of the running one: checked, put there in one step, taken over, and undone when refused.

use super::{UpdateArgs, client::Client};
use crate::source;
use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

/// Does it. The answer is that of the reload, with the name of the `backup`.
pub(super) fn update(client: &Client, args: &UpdateArgs) -> anyhow::Result<Value> {
    let status = client.get("/status")?;
    let file = status["config_file"].as_str().context("the gateway does not say which file it runs on")?;
    // What a link leads to is replaced, not the link.
    let file = fs::canonicalize(file).with_context(|| {
        format!("cannot find {file}, which the gateway runs on; run this on its machine, in its file system")
    })?;
    let old = source::text(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let new = match (&args.file, &args.add_route) {
        (Some(path), _) => source::text(path).with_context(|| format!("cannot read {}", path.display()))?,
        (None, Some(route)) => route.added_to(&old)?,
        (None, None) => bail!("name a new configuration, or a route to add"),
    };
    if let Err(problems) = agw_config::read(&new, source::dir(&file)) {
        bail!(
            "the new configuration has problems, nothing was changed:\n{}",
            foundation::settings::list(&problems)
        );
    }
    let backup = beside(&file, ".bak");
    replace(&backup, &old, &file)?;
    replace(&file, &new, &file)?;
    match client.post("/reload-config", None) {
        Ok(mut answer) => {
            answer["backup"] = backup.display().to_string().into();
            Ok(answer)
        }
        Err(refused) => {
            replace(&file, &old, &file).with_context(|| {
                format!("{refused:#}\nand the old file could not be put back; it is {}", backup.display())
            })?;
            Err(refused.context("the old file is back in its place"))
        }
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Writes a file in one step, so that nobody sees half of it, with the permissions of `model`.
fn replace(file: &Path, text: &str, model: &Path) -> anyhow::Result<()> {
    let fresh = beside(file, &format!(".{}.new", std::process::id()));
    let write = || {
        let mut out = File::create_new(&fresh)?;
        out.set_permissions(fs::metadata(model)?.permissions())?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&fresh, file)
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(&fresh)))
        .with_context(|| format!("cannot write {}", file.display()))
}
