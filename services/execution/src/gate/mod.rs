//! The gate: may this very argument vector run?
//!
//! An argument vector goes in and either an [`Approved`] or a [`Denial`] comes out; nothing is read or written. Five checks are
//! made in a fixed order and each is a *positive* list: what nobody wrote down is refused. The vector is parsed once, by the
//! grammar of the pinned tools ([`Tool::known_versions`]), and the vector that was parsed is the one that runs, so the gate and
//! the tool cannot read the same text in two ways. Where the tool's own grammar is generous (underscores in flag names, ten
//! spellings of `true`, a value that begins with a dash) only the canonical form passes.
//!
//! Invariants: only [`judge`] makes an [`Approved`]; no shell is ever involved; no approved command can name a kind, a verb or a
//! flag that is absent from the tables in this module.

mod approved;
mod denial;
mod facts;
mod policy;
mod raw;
mod verb;

mod helm;
mod kubectl;
mod probe;

mod expression;
mod kinds;
mod operands;
mod parse;
mod values;

#[cfg(test)]
mod tests;

pub use approved::{Approved, Needs, Tool};
pub use denial::{Check, Denial};
pub use policy::{Allowed, Policy, Role, Scope};
pub use raw::split_raw;

use verb::Verb;

/// The most arguments one command may have.
pub const ARGS_MAX: usize = 64;
/// The most bytes one argument may have.
pub const ARG_BYTES_MAX: usize = 1024;

/// Judges one command: `argv` is what follows the tool's name, verb first. The checks are made in the order of [`Check::ALL`]
/// and the first that fails is the answer.
pub fn judge(policy: &Policy, tool: &str, argv: &[String]) -> Result<Approved, Denial> {
    let known_tool = policy.tool(tool)?;
    let command = verb::find(verbs_of(known_tool), known_tool, argv)?;
    check_shape(argv)?;
    let parsed = parse::parse(&command, argv)?;
    let facts = facts::gather(&command, &parsed)?;
    policy.check_rbac(&command, &facts)?;
    policy.check_cluster()?;
    Ok(Approved::new(known_tool, argv.to_vec(), command.arguments_at, policy.needs(&command, &facts)))
}

/// What the gate believes a command to read; the real tools are held against it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) verb: String,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) kinds_without_namespace: Vec<&'static str>,
}

#[cfg(test)]
pub(crate) fn reading(tool: &str, argv: &[String]) -> Result<Reading, Denial> {
    let tool = Policy::viewer("", Scope::Cluster).tool(tool)?;
    let command = verb::find(verbs_of(tool), tool, argv)?;
    let kinds = facts::gather(&command, &parse::parse(&command, argv)?)?.kinds;
    let outside = kinds.iter().filter(|kind| !kind.namespaced);
    Ok(Reading {
        verb: command.name(),
        kinds_without_namespace: outside.map(|kind| kind.plural).collect(),
        kinds: kinds.iter().map(|kind| kind.plural).collect(),
    })
}

fn verbs_of(tool: Tool) -> &'static [Verb] {
    match tool {
        Tool::Kubectl => kubectl::VERBS,
        Tool::Helm => helm::VERBS,
        Tool::Probe => probe::VERBS,
    }
}

/// What holds for every argument before its meaning is known.
fn check_shape(argv: &[String]) -> Result<(), Denial> {
    if argv.len() > ARGS_MAX {
        return Err(Denial::arguments(format!(
            "{} arguments are more than the {ARGS_MAX} allowed",
            argv.len()
        )));
    }
    for arg in argv {
        let quoted = denial::quote(arg);
        if arg.is_empty() {
            return Err(Denial::arguments("an argument is empty"));
        }
        if arg.len() > ARG_BYTES_MAX {
            let bytes = arg.len();
            return Err(Denial::arguments(format!(
                "argument {quoted} has {bytes} bytes; {ARG_BYTES_MAX} are allowed"
            )));
        }
        if !arg.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(Denial::arguments(format!(
                "argument {quoted} contains a character that is not printable ASCII"
            )));
        }
    }
    Ok(())
}
