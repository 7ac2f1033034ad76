//! Which versions of the tools are installed. The gate's tables were held against some of them; of others we can only warn.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::process::{self, Invocation};
use super::{Kubectl, Limits};
use crate::gate::Tool;

const LIMITS: Limits =
    Limits { timeout: Duration::from_secs(10), output_bytes_max: 16 * 1024, log_lines_max: 0 };

/// Asks each installed tool for its version. The answer has a sentence for each that the gate was not held against, or that did
/// not say.
pub(super) async fn doubts(tools: &Kubectl) -> Vec<String> {
    let (kubectl, helm) = tools.programs();
    let mut doubts = Vec::new();
    let said = say(tools, Tool::Kubectl, kubectl, &["version", "--client", "--output=json"]).await;
    let version = serde_json::from_str::<Value>(&said).ok();
    let version = version.as_ref().and_then(|all| all.pointer("/clientVersion/gitVersion")?.as_str());
    doubts.extend(doubt(Tool::Kubectl, kubectl, version.unwrap_or_default()));
    if let Some(helm) = helm {
        let said = say(tools, Tool::Helm, helm, &["version", "--short"]).await;
        doubts.extend(doubt(Tool::Helm, helm, said.trim()));
    }
    doubts
}

async fn say(tools: &Kubectl, tool: Tool, program: &Path, args: &[&str]) -> String {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let invocation = Invocation { program, args: &args, environment: tools.environment(tool) };
    let output = process::run(invocation, LIMITS).await;
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// What is to be said of a tool that calls itself `version`, such as `v1.32.4` or `v3.17.3+ge4da497`.
pub(super) fn doubt(tool: Tool, program: &Path, version: &str) -> Option<String> {
    let (major, minors) = tool.known_versions()?;
    let (first, last) = (minors.start(), minors.end());
    let known =
        if first == last { format!("{major}.{first}") } else { format!("{major}.{first} to {major}.{last}") };
    let program = program.display();
    match parse(version) {
        Some((found, minor)) if found == major && minors.contains(&minor) => None,
        Some((found, minor)) => Some(format!(
            "{program} is {tool} {found}.{minor}, and the command gate was checked against {known}: what this one \
             makes of an approved command is not known; install one of these, or name its path in the settings"
        )),
        None => Some(format!(
            "{program} did not say which version of {tool} it is; the command gate was checked against {known}"
        )),
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v')?.split('.');
    let major = numbers.next()?.parse().ok()?;
    // A version that ends here may have a tail: `v3.17+g1`.
    let minor = numbers.next()?.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some((major, minor.parse().ok()?))
}
