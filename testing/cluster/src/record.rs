//! Scenarios become recorded cases.

use aetherius_test_cluster::{Cluster, Scenario, fault};
use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::{Value, ser::PrettyFormatter};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[cfg(test)]
mod tests;

/// Every case plays in `bookshop-1`, the first namespace of its cluster.
const NAMESPACE: &str = "bookshop";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The program that records.
    #[arg(long, value_name = "AETHERIUS")]
    program: PathBuf,
    /// The folder with the scenarios.
    #[arg(long, value_name = "DIR")]
    scenarios: PathBuf,
    /// The folder of the cases; a case that is there already is replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only scenarios of these names [default: all].
    #[arg(value_name = "SCENARIO")]
    only: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut scenarios = Scenario::load_all(&args.scenarios)?;
    if let Some(unknown) = args.only.iter().find(|name| !scenarios.iter().any(|it| it.name == **name)) {
        bail!("there is no scenario {unknown} in {}", args.scenarios.display());
    }
    scenarios.retain(|it| args.only.is_empty() || args.only.contains(&it.name));
    for (at, scenario) in scenarios.iter().enumerate() {
        println!("{} of {}: {}", at + 1, scenarios.len(), scenario.name);
        record(&args.program, scenario, &args.out.join(&scenario.name))
            .with_context(|| format!("{} was not recorded", scenario.name))?;
    }
    Ok(())
}

fn record(program: &Path, scenario: &Scenario, out: &Path) -> anyhow::Result<()> {
    let cluster = Cluster::start_with(Scenario::NODES).context("there is no cluster")?;
    let namespace = cluster.namespace(NAMESPACE)?;
    scenario.play(&cluster, &namespace)?;
    if out.join("case.yaml").exists() {
        fs::remove_dir_all(out)?;
    }
    let output = Command::new(program)
        .args(["record", "-n", &namespace, "--description", &scenario.description, "--expect"])
        .arg(scenario.expect.in_namespace(&namespace).to_string())
        .arg("--kubeconfig")
        .arg(cluster.viewer_kubeconfig())
        .arg("--out")
        .arg(out)
        .env("PATH", path_with(&cluster)?)
        .output()
        .with_context(|| format!("{} could not be run", program.display()))?;
    if !output.status.success() {
        bail!("{} failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    print!("{}", String::from_utf8_lossy(&output.stdout));
    hide_how_it_was_made(&out.join("outputs"))
}

/// Its kubectl comes first.
fn path_with(cluster: &Cluster) -> anyhow::Result<OsString> {
    let folder = cluster.kubectl_path().parent().map(Path::to_owned);
    let others = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(folder.into_iter().chain(env::split_paths(&others)))?)
}

/// No real cluster has annotations that tell what is wrong.
fn hide_how_it_was_made(outputs: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(outputs)? {
        let file = entry?.path();
        let text = fs::read_to_string(&file)?;
        if !text.contains(fault::PREFIX) {
            continue;
        }
        let mut objects: Value =
            serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
        without_faults(&mut objects);
        fs::write(&file, pretty(&objects)?)?;
    }
    Ok(())
}

fn without_faults(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(without_faults),
        Value::Object(fields) => {
            if let Some(Value::Object(annotations)) = fields.get_mut("annotations") {
                annotations.retain(|key, _| !key.starts_with(fault::PREFIX));
                if annotations.is_empty() {
                    fields.remove("annotations");
                }
            }
            fields.values_mut().for_each(without_faults);
        }
        _ => {}
    }
}

/// As kubectl writes it.
fn pretty(value: &Value) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes,
        PrettyFormatter::with_indent(b"    "),
    ))?;
    let text = String::from_utf8(bytes)?;
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026") + "\n")
}
