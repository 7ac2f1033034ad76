//! What is written by programs and committed: each file of `schema/` comes from the program that knows.

use anyhow::{Context, ensure};
use std::{
    fs,
    process::{Command, ExitCode, Stdio},
};

/// A file, and the arguments of cargo that print it.
const MADE: &[(&str, &[&str])] = &[
    ("schema/openapi.json", &["run", "--quiet", "--package", "aetherius", "--", "openapi"]),
    ("schema/agw.schema.json", &["run", "--quiet", "--package", "agw", "--", "schema"]),
];

/// Writes all of them anew.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (file, arguments) in MADE {
        let output = Command::new(&cargo)
            .args(*arguments)
            .stderr(Stdio::inherit())
            .output()
            .context("cargo cannot be started")?;
        ensure!(output.status.success(), "`cargo {}` failed; {file} is as it was", arguments.join(" "));
        fs::write(file, output.stdout).with_context(|| format!("cannot write {file}"))?;
        println!("generate: {file}");
    }
    Ok(ExitCode::SUCCESS)
}
