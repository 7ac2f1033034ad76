use std::collections::BTreeSet;

use super::denial::Denial;
use super::kinds::Kind;
use super::operands;
use super::parse::Parsed;
use super::values;
use super::verb::Command;

/// What a well-formed command would touch.
pub(super) struct Facts<'a> {
    /// Every kind it reads.
    pub(super) kinds: Vec<&'static Kind>,
    /// The namespace it names.
    pub(super) namespace: Option<&'a str>,
    /// True when it reads all namespaces.
    pub(super) all_namespaces: bool,
    /// The canonical names of its flags.
    pub(super) flags: BTreeSet<&'static str>,
}

/// Checks the operands and collects what the command touches.
pub(super) fn gather<'a>(command: &Command, parsed: &Parsed<'a>) -> Result<Facts<'a>, Denial> {
    let mut kinds = operands::check(command, parsed)?;
    if let Some(object) = parsed.value("for") {
        kinds.push(values::object(object).map_err(Denial::arguments)?);
    }
    if command.verb.blocks && parsed.value("watch").is_none() {
        let verb = command.name();
        return Err(Denial::arguments(format!(
            "`{verb}` waits for changes unless it is given `--watch=false`"
        )));
    }
    Ok(Facts {
        kinds,
        namespace: parsed.value("namespace"),
        all_namespaces: parsed.is_on("all-namespaces"),
        flags: parsed.flags.iter().map(|(flag, _)| flag.long).collect(),
    })
}
